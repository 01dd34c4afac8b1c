// Nobody took the goods: why, how often; and the way back where the customer does not want them any more.
import { Button, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ifMatch, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { Confirm } from '../kit/dialogs.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { useContactTexts } from './texts.ts';

const REASONS = ['nobody_there', 'wrong_address', 'refused', 'damaged', 'other'] as const;

export function Undelivered({ order }: { order: string }) {
  const t = useContactTexts();
  const kit = useKitTexts();
  const may = useMay();
  const query = useQuery({
    queryKey: ['delivery', 'of', order],
    queryFn: () => ok(api.GET('/api/delivery/shipments', { params: { query: { order } } })),
    meta: { live: ['delivery'] },
  });
  const shipment = query.data?.shipments[0];
  if (shipment?.state !== 'failed') return null;
  const reason = REASONS.find((each) => each === shipment.reason);
  return (
    <Panel title={t('undelivered')}>
      <Stack gap="sm" align="flex-start">
        <div>
          <Status tone="bad">{t('undelivered.attempts', { n: shipment.attempts })}</Status>{' '}
          {reason !== undefined && <span>{kit(`undelivered.${reason}`)}</span>}
        </div>
        <Text size="sm">{t('undelivered.text')}</Text>
        {may('delivery.return', shipment.site) && <TakeBack shipment={shipment} />}
      </Stack>
    </Panel>
  );
}

function TakeBack({ shipment }: { shipment: Schemas['ShipmentView'] }) {
  const t = useContactTexts();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const take = useCommand({
    run: () =>
      ok(
        api.POST('/api/delivery/shipments/{id}/take-back', {
          params: { path: { id: shipment.id }, header: ifMatch(shipment.version) },
        }),
      ),
    touches: [['delivery'], ['orders'], ['contact']],
    onDone: () => {
      toast('good', t('take-back.done', { number: shipment.number }));
      void navigate({ to: paths.contact });
    },
  });
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        {t('take-back')}
      </Button>
      <Confirm
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={t('take-back')}
        action={t('take-back')}
        isDangerous
        isRunning={take.isPending}
        error={take.error}
        onConfirm={() => take.mutate(undefined)}
      >
        <Text>{t('take-back.text')}</Text>
      </Confirm>
    </>
  );
}

// The money was refused as the goods were to be handed over: how else the customer pays.
import { Button, Stack, Text } from '@mantine/core';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { ProblemView } from '../kit/states.tsx';
import { Status } from '../kit/Status.tsx';
import { toast } from '../kit/toast.tsx';
import { money } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { useContactTexts } from './texts.ts';

export function PayOtherwise({ order, isMine }: { order: Schemas['OrderSheet']; isMine: boolean }) {
  const t = useContactTexts();
  const code = locale(useLanguage());
  const pay = useCommand({
    run: () =>
      ok(
        api.POST('/api/orders/{id}/pay', {
          params: { path: { id: order.id } },
          body: { payment_method: 'on_delivery' },
        }),
      ),
    touches: [['contact'], ['orders']],
    onDone: () => toast('good', t('pay.promised')),
  });
  return (
    <Panel title={t('why.pay')}>
      <Stack gap="sm" align="flex-start">
        {order.due.minor > 0 ? (
          <>
            <div>
              <Status tone="bad">{t('pay.refused', { price: money(order.due, code) })}</Status>
            </div>
            <Text size="sm">{t('pay.text')}</Text>
            <Button variant="default" disabled={!isMine} loading={pay.isPending} onClick={() => pay.mutate(undefined)}>
              {t(order.pick_up ? 'pay.counter' : 'pay.door')}
            </Button>
          </>
        ) : (
          <Status tone="good">{t('pay.settled')}</Status>
        )}
        {pay.error !== null && <ProblemView error={pay.error} />}
      </Stack>
    </Panel>
  );
}

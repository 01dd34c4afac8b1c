// Not enough on the shelf: leave it out, take something else, or give the order back to the contact center.
import { Button, Checkbox, NumberInput, Radio, Stack, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { SideForm } from '../kit/dialogs.tsx';
import { toast } from '../kit/toast.tsx';
import { usePickingTexts } from './texts.ts';

type How = 'drop' | 'substitute' | 'agent';

export function Short(props: { pick: string; item: Schemas['PickItem']; name: string; onClose: () => void }) {
  const { item } = props;
  const t = usePickingTexts();
  const rest = item.asked.milli - item.picked.milli;
  const [missing, setMissing] = useState(rest / 1000);
  const [how, setHow] = useState<How>('agent');
  const [isEmpty, setEmpty] = useState(false);
  const [substitute, setSubstitute] = useState<{ id: string; name: string }>();
  const [text, setText] = useState('');
  const [typed] = useDebouncedValue(text.trim(), 250);
  const found = useQuery({
    queryKey: ['catalog', 'search', typed],
    queryFn: () => ok(api.GET('/api/catalog/search', { params: { query: { q: typed, limit: 6 } } })),
    enabled: how === 'substitute' && typed.length > 1,
    meta: { live: [] },
  });
  const report = useCommand({
    run: (body: Schemas['ReportShort'], key) =>
      ok(
        api.POST('/api/inventory/picks/{id}/short', {
          params: { path: { id: props.pick }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
    touches: [['inventory'], ['orders']],
    onDone: () => {
      toast('good', t('short.told'));
      props.onClose();
    },
  });
  const unit = item.asked.unit;
  const submit = () =>
    report.mutate({
      product: item.product,
      missing: { milli: Math.round(missing * 1000), unit },
      how,
      ...(how === 'substitute' && substitute !== undefined ? { substitute: substitute.id } : {}),
      ...(isEmpty ? { counted: { milli: 0, unit } } : {}),
    });
  return (
    <SideForm
      isOpen
      onClose={props.onClose}
      title={t('short.title', { name: props.name })}
      action={t('short.done')}
      isRunning={report.isPending}
      isDisabled={missing <= 0 || (how === 'substitute' && substitute === undefined)}
      error={report.error}
      onSubmit={submit}
    >
      <NumberInput
        label={t('short.missing')}
        value={missing}
        min={0}
        max={rest / 1000}
        allowDecimal={unit !== 'pcs'}
        onChange={(value) => setMissing(Number(value))}
      />
      <Radio.Group label={t('short.how')} value={how} onChange={(value) => setHow(value)}>
        <Stack gap="sm" mt="xs">
          {(['agent', 'drop', 'substitute'] as const).map((each) => (
            <Radio key={each} value={each} label={t(`short.${each}`)} />
          ))}
        </Stack>
      </Radio.Group>
      {how === 'substitute' && (
        <Stack gap="xs">
          <TextInput
            label={t('short.substitute.find')}
            value={substitute?.name ?? text}
            onChange={(event) => {
              setSubstitute(undefined);
              setText(event.currentTarget.value);
            }}
          />
          {substitute === undefined &&
            found.data?.items.map((each) => (
              <Button key={each.id} variant="default" justify="flex-start" onClick={() => setSubstitute(each)}>
                {each.name}
              </Button>
            ))}
        </Stack>
      )}
      <Checkbox
        label={t('short.counted')}
        checked={isEmpty}
        onChange={(event) => setEmpty(event.currentTarget.checked)}
      />
    </SideForm>
  );
}

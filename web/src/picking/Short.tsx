// Not enough on the shelf: leave it out, take something else, or give the order back to the contact center.
import { Checkbox, NumberInput, Radio, Stack, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { SideForm } from '../kit/dialogs.tsx';
import { Money } from '../kit/Money.tsx';
import { Quantity } from '../kit/Quantity.tsx';
import { ProblemView } from '../kit/states.tsx';
import { toast } from '../kit/toast.tsx';
import { useSiteName } from '../session/sites.ts';
import { useNamed } from '../texts/named.ts';
import classes from './picking.module.css';
import { usePickingTexts } from './texts.ts';

type How = 'drop' | 'substitute' | 'agent';

type Found = Schemas['SearchItem'];
const MOST = 6;

/** What is found for `q`, with what of it can be promised at `site` and what it costs. */
async function found(q: string, site: string) {
  const { items } = await ok(api.GET('/api/catalog/search', { params: { query: { q, limit: MOST } } }));
  const products = items.map((each) => each.id);
  if (products.length === 0) return [];
  const [{ lines }, { prices }] = await Promise.all([
    ok(api.POST('/api/inventory/availability', { body: { products, sites: [site] } })),
    ok(api.POST('/api/pricing/prices/ask', { body: { products } })),
  ]);
  return items.map((each) => ({
    item: each,
    here: lines.find((line) => line.product === each.id)?.available,
    price: prices.find((price) => price.product === each.id)?.price,
  }));
}

export function Short(props: {
  pick: string;
  site: string;
  item: Schemas['PickItem'];
  name: string;
  onClose: () => void;
}) {
  const { item, site } = props;
  const t = usePickingTexts();
  const rest = item.asked.milli - item.picked.milli;
  const [missing, setMissing] = useState(rest / 1000);
  const [how, setHow] = useState<How>('agent');
  const [isEmpty, setEmpty] = useState(false);
  const named = useNamed();
  const siteName = useSiteName();
  const [substitute, setSubstitute] = useState<Found>();
  const [text, setText] = useState('');
  const [typed] = useDebouncedValue(text.trim(), 250);
  const instead = useQuery({
    queryKey: ['catalog', 'search', 'instead', site, typed],
    queryFn: () => found(typed, site),
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
            value={substitute === undefined ? text : named(substitute)}
            onChange={(event) => {
              setSubstitute(undefined);
              setText(event.currentTarget.value);
            }}
          />
          {substitute === undefined &&
            instead.data?.map((each) => (
              <Substitute
                key={each.item.id}
                of={each}
                site={siteName(site)}
                onChoose={() => setSubstitute(each.item)}
              />
            ))}
          {instead.error !== null && <ProblemView error={instead.error} />}
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

/** One choice: what it is, what it costs, and how many can be taken here; what is promised to others cannot. */
function Substitute(props: { of: Awaited<ReturnType<typeof found>>[number]; site: string; onChoose: () => void }) {
  const t = usePickingTexts();
  const named = useNamed();
  const { item, here, price } = props.of;
  const isHere = here !== undefined && here.milli > 0;
  return (
    <button type="button" className={classes['substitute']} disabled={!isHere} onClick={props.onChoose}>
      <span>{named(item)}</span>
      <span className="figures">{price === undefined ? t('short.price.none') : <Money value={price} />}</span>
      <span className="soft">
        {props.site}: {isHere ? <Quantity value={here} withPieces /> : t('short.here.none')}
      </span>
    </button>
  );
}

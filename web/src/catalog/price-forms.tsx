// Setting a price now or for later, and reducing it for a time.
import { Select } from '@mantine/core';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { SideForm } from '../kit/dialogs.tsx';
import { ClockInput, MomentField, useClockNote, useMoment } from '../kit/moment.tsx';
import { MoneyInput } from '../kit/MoneyInput.tsx';
import { toast } from '../kit/toast.tsx';
import { useCompanyClock } from '../session/company.ts';
import { clockIn, instantIn, isInstant, midnightIn } from '../texts/format.ts';
import { useCatalogTexts } from './texts.ts';

type List = Schemas['ListView'];

export interface PriceFormProps {
  product: string;
  lists: readonly List[];
  /** Said above the fields where the page does not say of which product. */
  name?: string;
  /** What it costs now, minor units, to begin from. */
  now?: number | undefined;
  onClose: () => void;
}

function useList(lists: readonly List[]) {
  const t = useCatalogTexts();
  const [code, setCode] = useState((lists.find((list) => list.standard) ?? lists[0])?.code ?? '');
  const list = lists.find((each) => each.code === code);
  const field = (
    <Select
      label={t('list')}
      data={lists.map((each) => ({
        value: each.code,
        label: each.standard ? t('list.shoppers', { name: each.name }) : each.name,
      }))}
      value={code}
      allowDeselect={false}
      onChange={(value) => setCode(value ?? code)}
    />
  );
  return { code, list, field };
}

function PriceField(props: { label: string; list: List; value: number | undefined; onChange: (n?: number) => void }) {
  const t = useCatalogTexts();
  return (
    <MoneyInput
      label={props.label}
      description={t(props.list.with_tax ? 'set.with-tax' : 'set.without-tax')}
      currency={props.list.currency}
      value={props.value}
      onChange={props.onChange}
      required
    />
  );
}

export function SetPriceForm(props: PriceFormProps) {
  const t = useCatalogTexts();
  const { code, list, field } = useList(props.lists);
  const [price, setPrice] = useState<number | undefined>(props.now);
  const moment = useMoment('now', useCompanyClock());
  const set = useCommand({
    run: (body: Schemas['SetPrices']) => ok(api.PUT('/api/pricing/prices', { body })),
    touches: [['pricing'], ['catalog']],
    onDone: () => {
      toast('good', t(moment.when === 'now' ? 'set.done' : 'set.scheduled'));
      props.onClose();
    },
  });
  const submit = () => {
    if (price === undefined || moment.isPast) return;
    const from = moment.at === undefined ? {} : { valid_from: moment.at };
    set.mutate({ list: code, prices: [{ product: props.product, price, ...from }] });
  };
  return (
    <SideForm
      isOpen
      onClose={props.onClose}
      title={props.name ?? t('price.set')}
      action={t('price.set')}
      isRunning={set.isPending}
      isDisabled={price === undefined || moment.isPast}
      error={set.error}
      onSubmit={submit}
    >
      {field}
      {list !== undefined && <PriceField label={t('set.price')} list={list} value={price} onChange={setPrice} />}
      <MomentField moment={moment} hint={t('set.text')} />
    </SideForm>
  );
}

export function ReduceForm(props: PriceFormProps) {
  const t = useCatalogTexts();
  const { code, list, field } = useList(props.lists);
  const [price, setPrice] = useState<number>();
  const clock = useCompanyClock();
  const { zone } = clock;
  const note = useClockNote();
  const [opened] = useState(() => new Date());
  const [typed, setFrom] = useState<string>();
  const [typedEnd, setUntil] = useState<string>();
  const from = typed ?? clockIn(opened, zone);
  const until = typedEnd ?? midnightIn(8, zone, opened);
  const isTurned = !isInstant(from, zone) || !isInstant(until, zone) || from >= until;
  const reduce = useCommand({
    run: (body: Schemas['SetReductions']) => ok(api.PUT('/api/pricing/reductions', { body })),
    touches: [['pricing'], ['catalog']],
    onDone: () => {
      toast('good', t('reduce.done'));
      props.onClose();
    },
  });
  const isReady = price !== undefined && !isTurned && clock.isKnown;
  const submit = () => {
    if (!isReady) return;
    const times = { from: instantIn(from, zone).toISOString(), until: instantIn(until, zone).toISOString() };
    reduce.mutate({ list: code, reductions: [{ product: props.product, price, ...times }] });
  };
  return (
    <SideForm
      isOpen
      onClose={props.onClose}
      title={t('price.reduce')}
      action={t('price.reduce')}
      isRunning={reduce.isPending}
      isDisabled={!isReady}
      error={reduce.error}
      onSubmit={submit}
    >
      {field}
      {list !== undefined && <PriceField label={t('reduce.price')} list={list} value={price} onChange={setPrice} />}
      <ClockInput
        label={t('reduce.from')}
        description={note(clock)}
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <ClockInput
        label={t('reduce.until')}
        description={note(clock)}
        value={until}
        error={isTurned && t('reduce.order')}
        onChange={(event) => setUntil(event.currentTarget.value)}
      />
    </SideForm>
  );
}

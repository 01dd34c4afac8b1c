// A price list: what it is called, whether shoppers buy by it, and when it holds. Currency and tax are chosen once.
import { SegmentedControl, Switch, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import { useCommand } from '../api/queries.ts';
import { SideForm } from '../kit/dialogs.tsx';
import { codeOf, useTheirs } from '../kit/edit.ts';
import { local } from '../kit/moment.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { toast } from '../kit/toast.tsx';
import { instant } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { usePriceLists } from './Prices.tsx';
import { useCatalogTexts } from './texts.ts';

type List = Schemas['ListView'];

interface Draft {
  code: string;
  name: string;
  currency: string;
  with_tax: boolean;
  standard: boolean;
  from: string;
  until: string;
}

const typed = (at: string | null | undefined) => (at == null ? '' : local(new Date(at)));
const sent = (text: string) => new Date(text).toISOString();

/** What is shown to the minute is kept to the second, unless somebody typed another. */
const moved = (text: string, was: string | null | undefined) => (was != null && typed(was) === text ? was : sent(text));

function draftOf(list: List): Draft {
  const { code, name, currency, with_tax, standard, valid_from, valid_until } = list;
  return { code, name, currency, with_tax, standard, from: typed(valid_from), until: typed(valid_until) };
}

/** When somebody else was faster, what they set is said at each field that differs; saving again then sets one's own. */
export function PriceListForm(props: { list: List | undefined; currency: string; onClose: () => void }) {
  const { list, onClose } = props;
  const t = useCatalogTexts();
  const kit = useKitTexts();
  const code = locale(useLanguage());
  const differs = useTheirs();
  const lists = usePriceLists();
  const [draft, setDraft] = useState<Draft>(
    list === undefined
      ? { code: '', name: '', currency: props.currency, with_tax: true, standard: false, from: '', until: '' }
      : draftOf(list),
  );
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const isTurned = !draft.standard && draft.from !== '' && draft.until !== '' && draft.from >= draft.until;
  const isTaken = list === undefined && (lists.data ?? []).some((each) => each.code === draft.code);
  const save = useCommand({
    run: (body: Schemas['SetPriceList']) => ok(api.PUT('/api/pricing/lists', { body: { lists: [body] } })),
    touches: [['pricing'], ['catalog']],
    onDone: () => {
      toast('good', t('list.saved', { name: draft.name }));
      onClose();
    },
  });
  const theirs = isProblem(save.error, 'kit/stale') ? lists.data?.find((each) => each.code === draft.code) : undefined;
  const moment = (at: string | null | undefined) => (at == null ? '' : instant(at, code, new Date()));
  const submit = () => {
    const { from, until, ...others } = draft;
    save.mutate({
      ...others,
      version: (theirs ?? list)?.version ?? 0,
      ...(list?.company == null ? {} : { company: list.company }),
      ...(draft.standard || from === '' ? {} : { valid_from: moved(from, list?.valid_from) }),
      ...(draft.standard || until === '' ? {} : { valid_until: moved(until, list?.valid_until) }),
    });
  };
  return (
    <SideForm
      isOpen
      onClose={onClose}
      title={t(list === undefined ? 'list.new' : 'list.change')}
      isRunning={save.isPending}
      isDisabled={draft.name.trim() === '' || draft.code === '' || draft.currency.length !== 3 || isTurned || isTaken}
      error={save.error}
      onSubmit={submit}
    >
      <TextInput
        label={t('name')}
        description={differs(draft.name, theirs?.name)}
        value={draft.name}
        maxLength={100}
        required
        data-autofocus
        onChange={(event) => {
          const name = event.currentTarget.value;
          const follows = list === undefined && draft.code === codeOf(draft.name);
          set(follows ? { name, code: codeOf(name) } : { name });
        }}
      />
      {list === undefined && (
        <>
          <TextInput
            label={t('lists.code')}
            description={t('list.code.hint')}
            error={isTaken && t('list.code.taken')}
            value={draft.code}
            maxLength={40}
            required
            onChange={(event) => set({ code: event.currentTarget.value.trim() })}
          />
          <TextInput
            label={t('lists.currency')}
            value={draft.currency}
            maxLength={3}
            required
            onChange={(event) => set({ currency: event.currentTarget.value.toUpperCase() })}
          />
          <SegmentedControl
            aria-label={t('lists.tax')}
            data={[
              { value: 'with', label: t('set.with-tax') },
              { value: 'without', label: t('set.without-tax') },
            ]}
            value={draft.with_tax ? 'with' : 'without'}
            onChange={(value) => set({ with_tax: value === 'with' })}
            fullWidth
          />
          <Text size="sm" c="dimmed">
            {t('list.once')}
          </Text>
        </>
      )}
      <Switch
        label={t('lists.standard')}
        description={
          theirs !== undefined && theirs.standard !== draft.standard
            ? kit('theirs.other')
            : list?.standard === true
              ? t('list.standard.is')
              : draft.standard
                ? t('list.standard.text')
                : undefined
        }
        disabled={list?.standard === true}
        checked={draft.standard}
        onChange={(event) => set({ standard: event.currentTarget.checked })}
      />
      {!draft.standard && (
        <>
          <TextInput
            type="datetime-local"
            label={t('list.from')}
            description={
              (theirs && differs(draft.from === '' ? '' : moment(sent(draft.from)), moment(theirs.valid_from))) ??
              t('list.from.hint')
            }
            value={draft.from}
            onChange={(event) => set({ from: event.currentTarget.value })}
          />
          <TextInput
            type="datetime-local"
            label={t('list.until')}
            description={
              (theirs && differs(draft.until === '' ? '' : moment(sent(draft.until)), moment(theirs.valid_until))) ??
              t('list.until.hint')
            }
            value={draft.until}
            error={isTurned && t('reduce.order')}
            onChange={(event) => set({ until: event.currentTarget.value })}
          />
        </>
      )}
    </SideForm>
  );
}

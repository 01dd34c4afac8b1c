// A price list: what it is called, whether shoppers buy by it, and when it holds. Currency and tax are chosen once.
import { SegmentedControl, Switch, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { codeOf, useTheirs } from '../kit/edit.ts';
import { ClockInput, useClockNote } from '../kit/moment.tsx';
import { CodeOf, NamesOf, SetForm, upon } from '../kit/SetForm.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { toast } from '../kit/toast.tsx';
import { useCompanyClock } from '../session/company.ts';
import { clockIn, instant, instantIn, isInstant } from '../texts/format.ts';
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
  /** Absent: as the list has it. */
  from?: string;
  until?: string;
}

/** Seasons begin and end by the company's clock. */
function useSeason() {
  const clock = useCompanyClock();
  const { zone } = clock;
  const shown = (at: string | null | undefined) => (at == null ? '' : clockIn(new Date(at), zone));
  const sent = (text: string) => instantIn(text, zone).toISOString();
  /** What is shown to the minute is kept to the second, unless somebody typed another. */
  const moved = (text: string, was: string | null | undefined) =>
    was != null && shown(was) === text ? was : sent(text);
  return { clock, shown, sent, moved };
}

/** When somebody else was faster, what they set is said at each field that differs; saving again then sets one's own. */
export function PriceListForm(props: { list: List | undefined; currency: string; onClose: () => void }) {
  const { list, onClose } = props;
  const { clock, shown, sent, moved } = useSeason();
  const { zone } = clock;
  const note = useClockNote();
  const t = useCatalogTexts();
  const kit = useKitTexts();
  const code = locale(useLanguage());
  const differs = useTheirs();
  const lists = usePriceLists();
  const [draft, setDraft] = useState<Draft>(
    list === undefined
      ? { code: '', name: '', currency: props.currency, with_tax: true, standard: false }
      : { ...list },
  );
  const from = draft.from ?? shown(list?.valid_from);
  const until = draft.until ?? shown(list?.valid_until);
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const isTurned = !draft.standard && from !== '' && until !== '' && from >= until;
  const isMoment = (text: string) => text === '' || isInstant(text, zone);
  const hasSeason = draft.standard || (clock.isKnown && isMoment(from) && isMoment(until) && !isTurned);
  const isTaken = list === undefined && (lists.data ?? []).some((each) => each.code === draft.code);
  const save = useCommand({
    run: (body: Schemas['SetPriceList']) => ok(api.PUT('/api/pricing/lists', { body: { lists: [body] } })),
    touches: [['pricing'], ['catalog']],
    onDone: () => {
      toast('good', t('list.saved', { name: draft.name }));
      onClose();
    },
  });
  const known = lists.data?.find((each) => each.code === draft.code);
  const { base, isTheirs } = upon(list, known, save.error);
  const theirs = isTheirs ? base : undefined;
  const moment = (at: string | null | undefined) => (at == null ? '' : instant(at, code, new Date(), zone));
  const typed = (text: string) => (text === '' || !isMoment(text) ? '' : moment(sent(text)));
  const submit = () => {
    const { code: key, name, currency, with_tax, standard } = draft;
    save.mutate({
      code: key,
      name,
      currency,
      with_tax,
      standard,
      version: base?.version ?? 0,
      ...(list?.company == null ? {} : { company: list.company }),
      ...(draft.standard || from === '' ? {} : { valid_from: moved(from, list?.valid_from) }),
      ...(draft.standard || until === '' ? {} : { valid_until: moved(until, list?.valid_until) }),
    });
  };
  return (
    <SetForm
      title={t(list === undefined ? 'list.new' : 'list.change')}
      save={save}
      isReady={draft.name.trim() !== '' && draft.code !== '' && draft.currency.length === 3 && hasSeason && !isTaken}
      onSubmit={submit}
      onClose={onClose}
    >
      <NamesOf
        label={t('name')}
        name={draft.name}
        theirs={differs(draft.name, theirs?.name)}
        onName={(name) => {
          const follows = list === undefined && draft.code === codeOf(draft.name);
          set(follows ? { name, code: codeOf(name) } : { name });
        }}
      />
      {list === undefined && (
        <>
          <CodeOf
            label={t('lists.code')}
            hint={t('list.code.hint')}
            taken={isTaken && t('list.code.taken')}
            code={draft.code}
            onCode={(key) => set({ code: key.trim() })}
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
          <ClockInput
            label={t('list.from')}
            description={
              (theirs && differs(typed(from), moment(theirs.valid_from))) ??
              [t('list.from.hint'), note(clock)].filter((each) => each !== undefined).join('. ')
            }
            value={from}
            onChange={(event) => set({ from: event.currentTarget.value })}
          />
          <ClockInput
            label={t('list.until')}
            description={
              (theirs && differs(typed(until), moment(theirs.valid_until))) ??
              [t('list.until.hint'), note(clock)].filter((each) => each !== undefined).join('. ')
            }
            value={until}
            error={isTurned && t('reduce.order')}
            onChange={(event) => set({ until: event.currentTarget.value })}
          />
        </>
      )}
    </SetForm>
  );
}

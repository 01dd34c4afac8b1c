// A way of delivery: its names, what it costs before the rules are asked, until when it leaves on the same day.
import { NumberInput, Select, Switch, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { codeOf, useTheirs } from '../kit/edit.ts';
import { MoneyInput } from '../kit/MoneyInput.tsx';
import { CodeOf, NamesOf, SetForm, upon } from '../kit/SetForm.tsx';
import { useKitTexts } from '../kit/texts.ts';
import { toast } from '../kit/toast.tsx';
import { useCompany } from '../session/company.ts';
import { sitesQuery } from '../session/sites.ts';
import { money } from '../texts/format.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { useDeliveryTexts } from './texts.ts';
import { asSet, useMethods, useSetMethods, type Method, type Methods } from './ways.ts';

const two = (n: number) => String(n).padStart(2, '0');
const clock = (minutes: number) => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

/** `09:30` as minutes after midnight. */
function minutesOf(text: string): number {
  const [hours, minutes] = text.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

/** `seen`: all methods as they were when the form was opened. When somebody else was faster, saving again is upon theirs. */
export function MethodForm(props: { method: Method | undefined; seen: Methods; onClose: () => void }) {
  const { method, seen, onClose } = props;
  const t = useDeliveryTexts();
  const kit = useKitTexts();
  const code = locale(useLanguage());
  const differs = useTheirs();
  const company = useCompany();
  const sites = useQuery(sitesQuery);
  const fresh = useMethods();
  const usual = seen.methods[0];
  const currency = method?.fee.currency ?? usual?.fee.currency ?? company?.currency ?? 'EUR';
  const [draft, setDraft] = useState<Omit<Method, 'fee' | 'cut_off'>>(
    method ?? { code: '', name: '', names: {}, tax: usual?.tax ?? 0, pick_up: false, offered: true },
  );
  const [fee, setFee] = useState(method?.fee.minor);
  const [until, setUntil] = useState(method?.cut_off == null ? '' : clock(method.cut_off.minutes));
  const [chosen, setZone] = useState(method?.cut_off?.zone);
  const set = (change: Partial<Method>) => setDraft({ ...draft, ...change });
  const zone = chosen ?? company?.zone ?? 'UTC';
  const zones = [...new Set([zone, ...(sites.data ?? []).map((site) => site.zone)])].sort();
  const save = useSetMethods(() => {
    toast('good', t('method.saved', { name: draft.name }));
    onClose();
  });
  const { base, isTheirs } = upon(seen, fresh.data, save.error);
  const theirs = isTheirs ? base.methods.find((each) => each.code === draft.code) : undefined;
  const isTaken = method === undefined && (fresh.data ?? seen).methods.some((each) => each.code === draft.code);
  const submit = () => {
    const cut_off = until === '' ? {} : { cut_off: { minutes: minutesOf(until), zone } };
    const { code: key, name, names, tax, pick_up, offered } = draft;
    const mine: Method = {
      code: key,
      name: name.trim(),
      names: names ?? {},
      tax,
      pick_up,
      offered,
      fee: { minor: fee ?? 0, currency },
      ...cut_off,
    };
    const all = asSet(base.methods);
    const isKnown = all.some((each) => each.code === key);
    const methods = isKnown ? all.map((each) => (each.code === key ? mine : each)) : [...all, mine];
    save.mutate({ methods, version: base.version });
  };
  const kind = (isFetched: boolean) => t(isFetched ? 'method.fetched' : 'method.brought');
  return (
    <SetForm
      title={t(method === undefined ? 'method.new' : 'method.change')}
      save={save}
      isReady={draft.name.trim() !== '' && draft.code !== '' && fee !== undefined && !isTaken}
      onSubmit={submit}
      onClose={onClose}
    >
      <NamesOf
        label={t('name')}
        name={draft.name}
        names={draft.names}
        theirs={differs(draft.name, theirs?.name)}
        theirsIn={(language) => theirs && differs(draft.names?.[language] ?? '', theirs.names?.[language] ?? '')}
        onNames={(names) => set({ names })}
        onName={(name) => {
          const follows = method === undefined && draft.code === codeOf(draft.name);
          set(follows ? { name, code: codeOf(name) } : { name });
        }}
      />
      {method === undefined && (
        <CodeOf
          label={t('method.code')}
          hint={t('method.code.hint')}
          taken={isTaken && t('method.code.taken')}
          code={draft.code}
          onCode={(key) => set({ code: key.toLowerCase().replace(/[^a-z0-9_-]/g, '') })}
        />
      )}
      <Select
        label={t('method.kind')}
        description={theirs && differs(kind(draft.pick_up), kind(theirs.pick_up))}
        data={[
          { value: 'brought', label: kind(false) },
          { value: 'fetched', label: kind(true) },
        ]}
        value={draft.pick_up ? 'fetched' : 'brought'}
        allowDeselect={false}
        onChange={(value) => set({ pick_up: value === 'fetched' })}
      />
      <MoneyInput
        label={t('method.fee')}
        description={
          (theirs && differs(money({ minor: fee ?? 0, currency }, code), money(theirs.fee, code))) ??
          t('method.fee.hint')
        }
        currency={currency}
        value={fee}
        onChange={setFee}
        required
      />
      <NumberInput
        label={t('method.tax')}
        description={
          (theirs && differs(`${String(draft.tax / 100)} %`, `${String(theirs.tax / 100)} %`)) ?? t('method.tax.hint')
        }
        value={draft.tax / 100}
        min={0}
        max={100}
        decimalScale={2}
        allowedDecimalSeparators={['.', ',']}
        hideControls
        required
        rightSection="%"
        onChange={(value) => set({ tax: Math.round(Number(value) * 100) })}
      />
      <TextInput
        type="time"
        label={t('method.cut-off')}
        description={
          (theirs && differs(until, theirs.cut_off == null ? '' : clock(theirs.cut_off.minutes))) ??
          t('method.cut-off.hint')
        }
        value={until}
        onChange={(event) => setUntil(event.currentTarget.value)}
      />
      {until !== '' && (
        <Select
          label={t('method.cut-off.zone')}
          data={zones}
          value={zone}
          allowDeselect={false}
          onChange={(value) => setZone(value ?? zone)}
        />
      )}
      <Switch
        label={t('method.offered')}
        description={
          theirs !== undefined && theirs.offered !== draft.offered ? kit('theirs.other') : t('method.offered.text')
        }
        checked={draft.offered}
        onChange={(event) => set({ offered: event.currentTarget.checked })}
      />
    </SetForm>
  );
}

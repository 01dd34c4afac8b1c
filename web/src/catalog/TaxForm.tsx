// A tax class: a new one with its first rate, or another name and a rate from a moment on. Rates that held stay as they were.
import { NumberInput } from '@mantine/core';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { codeOf, useTheirs } from '../kit/edit.ts';
import { MomentField, useMoment } from '../kit/moment.tsx';
import { CodeOf, NamesOf, SetForm, upon } from '../kit/SetForm.tsx';
import { toast } from '../kit/toast.tsx';
import { useTaxRates } from './Prices.tsx';
import { useCompanyClock } from '../session/company.ts';
import { useCatalogTexts } from './texts.ts';

type Rates = Schemas['TaxClasses'];
type Set = Schemas['SetTaxClasses'];

export function useSetTaxes(onDone: (body: Set) => void) {
  return useCommand({
    run: (body: Set) => ok(api.PUT('/api/pricing/tax-classes', { body })),
    touches: [['pricing'], ['catalog']],
    onDone: (_, body) => onDone(body),
  });
}

/** `seen`: the rates as they were when the form was opened. When somebody else was faster, saving again is upon theirs. */
export function TaxForm({ code, seen, onClose }: { code: string | undefined; seen: Rates; onClose: () => void }) {
  const t = useCatalogTexts();
  const differs = useTheirs();
  const before = seen.classes.filter((each) => each.code === code);
  const [name, setName] = useState(before.at(-1)?.name ?? '');
  const [own, setOwn] = useState<string>();
  const [rate, setRate] = useState<number>();
  const moment = useMoment(code === undefined ? 'now' : 'later', useCompanyClock());
  const fresh = useTaxRates();
  const newCode = own ?? codeOf(name);
  const isTaken = code === undefined && (fresh.data?.classes ?? []).some((each) => each.code === newCode);
  const save = useSetTaxes(() => {
    toast('good', t('taxes.saved', { name }));
    onClose();
  });
  const { base, isTheirs } = upon(seen, fresh.data, save.error);
  const rows = base.classes.filter((each) => each.code === code);
  const isRenamed = rows.some((each) => each.name !== name);
  const isReady =
    name.trim() !== '' &&
    (code ?? newCode) !== '' &&
    !isTaken &&
    (rate === undefined ? code !== undefined && isRenamed : !moment.isPast);
  const submit = () => {
    const classes: Set['classes'] = isRenamed ? rows.map((each) => ({ ...each, name })) : [];
    if (rate !== undefined) {
      // A class that is new has its rate since always, unless it is to begin later.
      const from = moment.at ?? (code === undefined ? undefined : new Date().toISOString());
      const added = { code: code ?? newCode, name, rate: Math.round(rate * 100) };
      classes.push(from === undefined ? added : { ...added, valid_from: from });
    }
    save.mutate({ classes, version: base.version });
  };
  return (
    <SetForm
      title={t(code === undefined ? 'taxes.new' : 'taxes.change')}
      save={save}
      isReady={isReady}
      onSubmit={submit}
      onClose={onClose}
    >
      <NamesOf
        label={t('name')}
        name={name}
        theirs={isTheirs ? differs(name, rows.at(-1)?.name) : undefined}
        onName={setName}
      />
      {code === undefined && (
        <CodeOf
          label={t('lists.code')}
          hint={t('taxes.code.hint')}
          taken={isTaken && t('list.code.taken')}
          code={newCode}
          onCode={(own) => setOwn(own.trim().replace(/[@*]/g, ''))}
        />
      )}
      <NumberInput
        label={t(code === undefined ? 'taxes.rate' : 'taxes.rate.new')}
        description={code === undefined ? undefined : t('taxes.rate.hint')}
        value={rate ?? ''}
        min={0}
        max={100}
        decimalScale={2}
        allowedDecimalSeparators={['.', ',']}
        hideControls
        required={code === undefined}
        rightSection="%"
        onChange={(value) => setRate(value === '' ? undefined : Number(value))}
      />
      {rate !== undefined && (
        <MomentField moment={moment} hint={t(code === undefined ? 'taxes.text.new' : 'taxes.text')} />
      )}
    </SetForm>
  );
}

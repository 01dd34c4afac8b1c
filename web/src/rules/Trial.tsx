// Asks a version, or the draft on the screen, with inputs that one types; tells the outcome and which rows decided.
import { Autocomplete, Button, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ok, type Schemas } from '../api/client.ts';
import { Facts, Panel } from '../kit/DetailPage.tsx';
import { ProblemView } from '../kit/states.tsx';
import { useColumnName } from './columns.ts';
import type { Table } from './dmn.ts';
import classes from './rules.module.css';
import { useRuleTexts } from './texts.ts';

type Input = Schemas['InputView'];
type Value = string | number | boolean;

export interface TrialProps {
  decision: Schemas['DecisionView'];
  asked: { version: number } | { xml: string };
  table: Table | undefined;
  onFired: (rows: readonly number[]) => void;
}

export function Trial({ decision, asked, table, onFired }: TrialProps) {
  const t = useRuleTexts();
  const [values, setValues] = useState<Record<string, Value>>({});
  const trial = useMutation({
    mutationFn: () => {
      const inputs = Object.fromEntries(
        decision.inputs.map(({ name, kind }) => [name, values[name] ?? (kind === 'boolean' ? false : null)]),
      );
      const body = { inputs, ...asked } as Schemas['TryDecision'];
      return ok(api.POST('/api/rules/decisions/{key}/try', { params: { path: { key: decision.key } }, body }));
    },
    onMutate: () => onFired([]),
    onSuccess: ({ rows }) => onFired(rows),
    retry: false,
  });
  const set = (name: string, value: Value | undefined) =>
    setValues((before) =>
      Object.fromEntries([
        ...Object.entries(before).filter(([key]) => key !== name),
        ...(value === undefined || value === '' ? [] : [[name, value] as const]),
      ]),
    );
  return (
    <Panel title={t('try')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          trial.mutate();
        }}
      >
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {t('xml' in asked ? 'try.draft' : 'try.text')}
          </Text>
          {decision.inputs.map((input) => (
            <InputField
              key={input.name}
              input={input}
              known={literals(table, input.name)}
              value={values[input.name]}
              onChange={(value) => set(input.name, value)}
            />
          ))}
          <Button type="submit" loading={trial.isPending}>
            {t('try.run')}
          </Button>
          {trial.error !== null && <ProblemView error={trial.error} />}
          {trial.data !== undefined && <Outcome of={trial.data} />}
        </Stack>
      </form>
    </Panel>
  );
}

function Outcome({ of }: { of: Schemas['DecisionTrial'] }) {
  const t = useRuleTexts();
  const written = (value: unknown): string => {
    if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
    if (value === null || value === undefined) return '–';
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  const columnName = useColumnName();
  const outputs: unknown = of.outputs;
  const isNamed = typeof outputs === 'object' && outputs !== null && !Array.isArray(outputs);
  return (
    <div className={classes['outcome']} role="status">
      <strong>
        {of.rows.length === 0 ? t('try.no-row') : t('try.rows', { n: of.rows.length, rows: of.rows.join(', ') })}
      </strong>
      {isNamed ? (
        <Facts of={Object.entries(outputs).map(([name, value]) => [columnName(name), written(value)])} />
      ) : (
        <div>{written(outputs)}</div>
      )}
    </div>
  );
}

/** The texts that a column of the table names: `"phone","web"` → phone, web. */
function literals(table: Table | undefined, name: string): string[] {
  const column = table?.inputs.findIndex((each) => each.name === name) ?? -1;
  if (table === undefined || column < 0) return [];
  const found = table.rows.flatMap((row) => [...(row.inputs[column] ?? '').matchAll(/"([^"]+)"/g)]);
  return [...new Set(found.map((match) => match[1] ?? ''))].sort();
}

const NATIVE = { date: 'date', time: 'time', date_time: 'datetime-local' } as const;

function InputField(props: {
  input: Input;
  known: string[];
  value: Value | undefined;
  onChange: (value: Value | undefined) => void;
}) {
  const t = useRuleTexts();
  const { input, value, onChange } = props;
  const label = useColumnName()(input.name);
  switch (input.kind) {
    case 'number':
      return (
        <NumberInput
          label={label}
          value={typeof value === 'number' ? value : ''}
          required
          hideControls
          onChange={(next) => onChange(next === '' ? undefined : Number(next))}
        />
      );
    case 'boolean':
      return (
        <Select
          label={label}
          data={[
            { value: 'true', label: t('yes') },
            { value: 'false', label: t('no') },
          ]}
          value={String(value ?? false)}
          allowDeselect={false}
          onChange={(next) => onChange(next === 'true')}
        />
      );
    case 'date':
    case 'time':
    case 'date_time':
      return (
        <TextInput
          type={NATIVE[input.kind]}
          label={label}
          value={typeof value === 'string' ? value : ''}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    default:
      return (
        <Autocomplete
          label={label}
          data={props.known}
          required={input.kind !== 'any'}
          value={typeof value === 'string' ? value : ''}
          onChange={onChange}
        />
      );
  }
}

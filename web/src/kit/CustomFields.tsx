// Custom fields: what the retailer keeps beside, of an order or a customer, as facts, and a form in which each has a name, a kind and a value.
import { ActionIcon, Button, Fieldset, Group, NumberInput, Select, Switch, TextInput } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Schemas } from '../api/client.ts';
import { locale, useLanguage } from '../texts/language.ts';
import { Facts, Panel } from './DetailPage.tsx';
import { SideForm } from './dialogs.tsx';
import { useKitTexts } from './texts.ts';

export type Fields = Record<string, Schemas['FieldValue']>;

const KINDS = ['text', 'number', 'flag'] as const;
type Kind = (typeof KINDS)[number];

interface Row {
  /** Tells rows apart while their names are typed. */
  key: number;
  name: string;
  kind: Kind;
  text: string;
  number: number | string;
  flag: boolean;
}

const MOST = 50;

export interface CustomFieldsProps {
  fields: Fields;
  /** Keeps all that there shall be; absent for those who may only look. */
  set?: UseMutationResult<unknown, Error, Fields> | undefined;
}

/** The panel; nothing where there are no fields and none may be added. */
export function CustomFields({ fields, set }: CustomFieldsProps) {
  const t = useKitTexts();
  const code = locale(useLanguage());
  const [isOpen, setOpen] = useState(false);
  const names = Object.keys(fields).sort((one, other) => one.localeCompare(other, code));
  if (names.length === 0 && set === undefined) return null;
  const shown = (value: Schemas['FieldValue']) =>
    typeof value === 'boolean'
      ? t(value ? 'yes' : 'no')
      : typeof value === 'number'
        ? new Intl.NumberFormat(code, { useGrouping: false }).format(value)
        : value;
  const edit = (
    <Button
      variant="default"
      size="compact-sm"
      onClick={() => {
        set?.reset();
        setOpen(true);
      }}
    >
      {t(names.length === 0 ? 'fields.add' : 'fields.edit')}
    </Button>
  );
  return (
    <Panel title={t('fields')} actions={set !== undefined && edit}>
      {names.length === 0 ? (
        <p className="soft">{t('fields.none')}</p>
      ) : (
        <Facts of={names.map((name) => [name, shown(fields[name] ?? '') || '–'])} />
      )}
      {isOpen && set !== undefined && <Form fields={fields} set={set} onClose={() => setOpen(false)} />}
    </Panel>
  );
}

function Form(props: { fields: Fields; set: UseMutationResult<unknown, Error, Fields>; onClose: () => void }) {
  const { set } = props;
  const t = useKitTexts();
  const [rows, setRows] = useState<Row[]>(() => {
    const known = Object.entries(props.fields).map(([name, value], key) => rowOf(key, name, value));
    return known.length === 0 ? [rowOf(0, '', '')] : known;
  });
  const more = useRef<HTMLButtonElement>(null);
  const [added, setAdded] = useState<number>();
  const last = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (added !== undefined) last.current?.focus();
  }, [added]);
  const change = (key: number, to: Partial<Row>) =>
    setRows((all) => all.map((row) => (row.key === key ? { ...row, ...to } : row)));
  const isTwice = (row: Row) =>
    rows.some((other) => other.key !== row.key && row.name.trim() !== '' && other.name.trim() === row.name.trim());
  // A row that nobody has begun is none.
  const begun = rows.filter(
    (row) => row.name.trim() !== '' || row.text.trim() !== '' || row.number !== '' || row.kind === 'flag',
  );
  const isReady = begun.every((row) => row.name.trim() !== '' && !isTwice(row) && valueOf(row) !== undefined);
  const wanted = Object.fromEntries(begun.map((row) => [row.name.trim(), valueOf(row) ?? '']));
  const [seen] = useState(props.fields);
  return (
    <SideForm
      isOpen
      onClose={props.onClose}
      title={t('fields')}
      isRunning={set.isPending}
      isDisabled={!isReady}
      error={set.error}
      onSubmit={() => set.mutate(changed(props.fields, seen, wanted), { onSuccess: props.onClose })}
    >
      {rows.map((row, place) => (
        <Fieldset key={row.key} aria-label={row.name.trim() || t('fields.one', { n: place + 1 })} p="sm">
          <Group gap="xs" wrap="nowrap" align="flex-start">
            <TextInput
              label={t('fields.name')}
              flex={1}
              value={row.name}
              maxLength={40}
              error={isTwice(row) ? t('fields.twice') : undefined}
              {...(place === rows.length - 1 ? { 'ref': last, 'data-autofocus': true } : {})}
              onChange={(event) => change(row.key, { name: event.currentTarget.value })}
            />
            <Select
              label={t('fields.kind')}
              w={120}
              data={KINDS.map((kind) => ({ value: kind, label: t(`fields.kind.${kind}`) }))}
              value={row.kind}
              allowDeselect={false}
              onChange={(kind) => kind !== null && change(row.key, { kind })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              mt={22}
              size={36}
              aria-label={t('fields.remove', { name: row.name })}
              onClick={() => {
                setRows((all) => all.filter((each) => each.key !== row.key));
                // Keys are heard where the form is.
                more.current?.focus();
              }}
            >
              <Trash2 size={16} aria-hidden />
            </ActionIcon>
          </Group>
          <Value row={row} onChange={(to) => change(row.key, to)} />
        </Fieldset>
      ))}
      {rows.length < MOST && (
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<Plus size={14} aria-hidden />}
          ref={more}
          onClick={() => {
            const key = Math.max(-1, ...rows.map((row) => row.key)) + 1;
            setRows([...rows, rowOf(key, '', '')]);
            setAdded(key);
          }}
        >
          {t('fields.more')}
        </Button>
      )}
    </SideForm>
  );
}

function Value({ row, onChange }: { row: Row; onChange: (to: Partial<Row>) => void }) {
  const t = useKitTexts();
  if (row.kind === 'flag')
    return (
      <Switch
        mt="sm"
        label={t(row.flag ? 'yes' : 'no')}
        checked={row.flag}
        onChange={(event) => onChange({ flag: event.currentTarget.checked })}
      />
    );
  if (row.kind === 'number')
    return (
      <NumberInput
        mt="xs"
        label={t('fields.value')}
        value={row.number}
        allowDecimal={false}
        hideControls
        onChange={(number) => onChange({ number })}
      />
    );
  return (
    <TextInput
      mt="xs"
      label={t('fields.value')}
      value={row.text}
      maxLength={500}
      onChange={(event) => onChange({ text: event.currentTarget.value })}
    />
  );
}

function rowOf(key: number, name: string, value: Schemas['FieldValue']): Row {
  const kind = typeof value === 'boolean' ? 'flag' : typeof value === 'number' ? 'number' : 'text';
  return {
    key,
    name,
    kind,
    text: typeof value === 'string' ? value : '',
    number: typeof value === 'number' ? value : '',
    flag: value === true,
  };
}

/** What there is now with what was changed of what was seen: somebody else may have set other fields meanwhile. */
function changed(now: Fields, seen: Fields, wanted: Fields): Fields {
  const kept = Object.entries(now).filter(([name]) => !Object.hasOwn(seen, name) || Object.hasOwn(wanted, name));
  const mine = Object.entries(wanted).filter(([name, value]) => seen[name] !== value);
  return Object.fromEntries([...kept, ...mine]);
}

/** What a row says; absent where a number is none yet. */
function valueOf(row: Row): Schemas['FieldValue'] | undefined {
  if (row.kind === 'flag') return row.flag;
  if (row.kind === 'text') return row.text.trim();
  return row.number !== '' && Number.isInteger(Number(row.number)) ? Number(row.number) : undefined;
}

// The fields of a product: what it is, what its category asks for, its codes, its packs.
import { ActionIcon, Button, Group, NumberInput, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import { api, ok, type Schemas } from '../api/client.ts';
import { Panel } from '../kit/DetailPage.tsx';
import { NameFields } from '../kit/NameFields.tsx';
import { locale, useLanguage } from '../texts/language.ts';
import { useNamed } from '../texts/named.ts';
import classes from './catalog.module.css';
import { useTaxClasses } from './Prices.tsx';
import type { Draft } from './product-form.ts';
import { useCatalogTexts } from './texts.ts';

export interface FieldsProps {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}

const UNITS = ['pcs', 'kg', 'l', 'm'] as const;
const LEVELS = ['each', 'case', 'pallet'] as const;

export function ProductFields(props: FieldsProps) {
  return (
    <>
      <What {...props} />
      {props.draft.category !== '' && <Attributes {...props} />}
      <Codes {...props} />
      <Packs {...props} />
    </>
  );
}

function What({ draft, onChange }: FieldsProps) {
  const t = useCatalogTexts();
  const code = locale(useLanguage());
  const taxes = useTaxClasses();
  const options = (taxes.data ?? []).map((each) => ({
    value: each.code,
    label: t('tax.rate', { name: each.name, rate: (each.rate / 100).toLocaleString(code) }),
  }));
  if (draft.tax_class !== '' && !options.some(({ value }) => value === draft.tax_class)) {
    options.push({ value: draft.tax_class, label: draft.tax_class });
  }
  const text = (field: 'name' | 'number' | 'brand' | 'maker', longest: number, required = false) => (
    <TextInput
      label={t(field)}
      value={draft[field]}
      maxLength={longest}
      required={required}
      onChange={(event) => onChange({ [field]: event.currentTarget.value })}
    />
  );
  return (
    <Panel title={t('what')}>
      <div className={classes['fields']}>
        <div className={classes['wide']}>{text('name', 200, true)}</div>
        <div className={classes['wide']}>
          <NameFields names={draft.names} longest={200} onChange={(names) => onChange({ names })} />
        </div>
        {text('number', 40, true)}
        <CategoryChoice value={draft.category} onChange={(category) => onChange({ category })} />
        {text('brand', 100)}
        {text('maker', 100)}
        <Select
          label={t('unit')}
          data={UNITS.map((value) => ({ value, label: t(`unit.${value}`) }))}
          value={draft.unit}
          allowDeselect={false}
          onChange={(value) => onChange({ unit: UNITS.find((each) => each === value) ?? draft.unit })}
        />
        <Select
          label={t('tax')}
          data={options}
          value={draft.tax_class === '' ? null : draft.tax_class}
          required
          allowDeselect={false}
          onChange={(value) => onChange({ tax_class: value ?? '' })}
        />
        <Switch
          className={classes['wide'] ?? ''}
          label={t('sold')}
          checked={draft.status === 'active'}
          onChange={(event) => onChange({ status: event.currentTarget.checked ? 'active' : 'blocked' })}
        />
        <Textarea
          className={classes['wide'] ?? ''}
          label={t('description')}
          value={draft.description}
          maxLength={10_000}
          autosize
          minRows={3}
          maxRows={12}
          onChange={(event) => onChange({ description: event.currentTarget.value })}
        />
      </div>
    </Panel>
  );
}

/** `of` with `value` under `key`; without that key when there is no value. */
function having<T>(of: Record<string, T>, key: string, value: T | undefined): Record<string, T> {
  const others = Object.entries(of).filter(([name]) => name !== key);
  return Object.fromEntries(value === undefined || value === '' ? others : [...others, [key, value]]);
}

/** Any category of the tree, found by typing a part of its path. */
function CategoryChoice(props: { value: string; onChange: (id: string) => void }) {
  const t = useCatalogTexts();
  const named = useNamed();
  const query = useQuery({
    queryKey: ['catalog', 'tree'],
    queryFn: async () => (await ok(api.GET('/api/catalog/categories', { params: { query: { depth: 5 } } }))).categories,
    staleTime: 300_000,
  });
  const all = new Map((query.data ?? []).map((each) => [each.id, each]));
  const path = (id: string | null | undefined): string => {
    const each = id == null ? undefined : all.get(id);
    if (each === undefined) return '';
    const above = path(each.parent);
    return above === '' ? named(each) : `${above} › ${named(each)}`;
  };
  const options = [...all.keys()].map((value) => ({ value, label: path(value) }));
  return (
    <Select
      label={t('category')}
      placeholder={t('category.choose')}
      data={options.sort((a, b) => a.label.localeCompare(b.label))}
      value={props.value === '' ? null : props.value}
      searchable
      required
      allowDeselect={false}
      limit={60}
      onChange={(value) => props.onChange(value ?? '')}
    />
  );
}

function Attributes({ draft, onChange }: FieldsProps) {
  const t = useCatalogTexts();
  const query = useQuery({
    queryKey: ['catalog', 'category', draft.category],
    queryFn: () => ok(api.GET('/api/catalog/categories/{id}', { params: { path: { id: draft.category } } })),
    staleTime: 300_000,
  });
  const definitions = query.data?.attributes ?? [];
  if (definitions.length === 0) return null;
  const set = (key: string, value: boolean | number | string | undefined) =>
    onChange({ attributes: having(draft.attributes, key, value) });
  return (
    <Panel title={t('attributes')}>
      <div className={classes['fields']}>
        {definitions.map((each) => (
          <AttributeField
            key={each.key}
            definition={each}
            value={draft.attributes[each.key]}
            onChange={(value) => set(each.key, value)}
          />
        ))}
      </div>
    </Panel>
  );
}

function AttributeField(props: {
  definition: Schemas['Attribute'];
  value: boolean | number | string | undefined;
  onChange: (value: boolean | number | string | undefined) => void;
}) {
  const t = useCatalogTexts();
  const named = useNamed();
  const { definition, value, onChange } = props;
  const label = named(definition);
  const description = definition.required === true ? t('attribute.required') : undefined;
  switch (definition.kind) {
    case 'number':
      return (
        <NumberInput
          label={label}
          description={description}
          value={typeof value === 'number' ? value : ''}
          rightSection={definition.unit == null ? undefined : <span className="soft">{definition.unit}</span>}
          hideControls
          onChange={(next) => onChange(next === '' ? undefined : Number(next))}
        />
      );
    case 'yes_no':
      return (
        <Select
          label={label}
          description={description}
          clearable
          data={[
            { value: 'yes', label: t('yes') },
            { value: 'no', label: t('no') },
          ]}
          value={typeof value === 'boolean' ? (value ? 'yes' : 'no') : null}
          onChange={(next) => onChange(next === null ? undefined : next === 'yes')}
        />
      );
    case 'choice':
      return (
        <Select
          label={label}
          description={description}
          clearable
          searchable={(definition.choices?.length ?? 0) > 8}
          data={definition.choices ?? []}
          value={typeof value === 'string' ? value : null}
          onChange={(next) => onChange(next ?? undefined)}
        />
      );
    case 'text':
      return (
        <TextInput
          label={label}
          description={description}
          value={typeof value === 'string' ? value : ''}
          maxLength={500}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
  }
}

function Codes({ draft, onChange }: FieldsProps) {
  const t = useCatalogTexts();
  const set = (at: number, change: Partial<Schemas['Barcode']>) =>
    onChange({ barcodes: draft.barcodes.map((each, place) => (place === at ? { ...each, ...change } : each)) });
  const KINDS = ['gtin', 'other'] as const;
  return (
    <Panel title={t('barcodes')}>
      <div className={classes['rows']}>
        {draft.barcodes.map((each, at) => (
          <div key={at} className={classes['formRow']}>
            <TextInput
              label={t('barcode')}
              value={each.code}
              required
              maxLength={48}
              onChange={(event) => set(at, { code: event.currentTarget.value.trim() })}
            />
            <Select
              label={t('kind')}
              data={KINDS.map((value) => ({ value, label: t(`kind.${value}`) }))}
              value={each.kind ?? 'gtin'}
              allowDeselect={false}
              onChange={(value) => set(at, { kind: value === 'other' ? 'other' : 'gtin' })}
            />
            <Select
              label={t('pack')}
              data={LEVELS.map((value) => ({ value, label: t(`pack.${value}`) }))}
              value={each.pack ?? 'each'}
              allowDeselect={false}
              onChange={(value) => set(at, { pack: LEVELS.find((level) => level === value) ?? 'each' })}
            />
            <ActionIcon
              aria-label={t('barcode.remove', { code: each.code })}
              onClick={() => onChange({ barcodes: draft.barcodes.filter((_, place) => place !== at) })}
            >
              <X size={16} aria-hidden />
            </ActionIcon>
          </div>
        ))}
        <Group>
          <Button
            variant="default"
            leftSection={<Plus size={16} aria-hidden />}
            disabled={draft.barcodes.length >= 20}
            onClick={() => onChange({ barcodes: [...draft.barcodes, { code: '', kind: 'gtin', pack: 'each' }] })}
          >
            {t('barcode.add')}
          </Button>
        </Group>
      </div>
    </Panel>
  );
}

function Packs({ draft, onChange }: FieldsProps) {
  const t = useCatalogTexts();
  const MEASURES = [
    ['width_mm', 'pack.width'],
    ['height_mm', 'pack.height'],
    ['depth_mm', 'pack.depth'],
    ['weight_g', 'pack.weight.g'],
    ['pieces', 'pack.pieces'],
  ] as const;
  const set = (level: string, change: Partial<Schemas['Pack']>) =>
    onChange({ packs: draft.packs.map((each) => (each.level === level ? { ...each, ...change } : each)) });
  const add = (level: (typeof LEVELS)[number]) => {
    const pack = { level, width_mm: 1, height_mm: 1, depth_mm: 1, weight_g: 1, pieces: 1 };
    const order = (each: { level: (typeof LEVELS)[number] }) => LEVELS.indexOf(each.level);
    onChange({ packs: [...draft.packs, pack].sort((a, b) => order(a) - order(b)) });
  };
  return (
    <Panel title={t('packs')}>
      <div className={classes['rows']}>
        {draft.packs.map((each) => (
          <fieldset key={each.level} style={{ border: 0, margin: 0, padding: 0 }}>
            <legend>
              <strong>{t(`pack.${each.level}`)}</strong>
            </legend>
            <div className={classes['formRow']}>
              {MEASURES.filter(([field]) => field !== 'pieces' || each.level !== 'each').map(([field, label]) => (
                <NumberInput
                  key={field}
                  label={t(label)}
                  value={each[field]}
                  min={1}
                  allowDecimal={false}
                  hideControls
                  required
                  onChange={(value) => set(each.level, { [field]: Math.max(1, Number(value)) })}
                />
              ))}
              <ActionIcon
                aria-label={t('pack.remove', { level: t(`pack.${each.level}`) })}
                onClick={() => onChange({ packs: draft.packs.filter(({ level }) => level !== each.level) })}
              >
                <X size={16} aria-hidden />
              </ActionIcon>
            </div>
          </fieldset>
        ))}
        <Group gap="xs">
          {LEVELS.filter((level) => !draft.packs.some((each) => each.level === level)).map((level) => (
            <Button
              key={level}
              variant="default"
              leftSection={<Plus size={16} aria-hidden />}
              onClick={() => add(level)}
            >
              {t('pack.add', { level: t(`pack.${level}`) })}
            </Button>
          ))}
        </Group>
      </div>
    </Panel>
  );
}

// A product while it is edited: what is sent, what differs from what was read, and how two people's changes fit together. Pure.
import type { Schemas } from '../api/client.ts';

export type Product = Schemas['ProductView'];
export type Draft = Required<Omit<Schemas['SetProduct'], 'id' | 'category'>> & { category: string };

export const FIELDS = [
  'name',
  'names',
  'number',
  'brand',
  'maker',
  'category',
  'unit',
  'tax_class',
  'status',
  'description',
  'attributes',
  'barcodes',
  'packs',
  'custom',
  'refs',
] as const;
export type Field = (typeof FIELDS)[number];

export const EMPTY: Draft = {
  name: '',
  names: {},
  number: '',
  brand: '',
  maker: '',
  category: '',
  unit: 'pcs',
  tax_class: '',
  status: 'active',
  description: '',
  attributes: {},
  barcodes: [],
  packs: [],
  custom: {},
  refs: [],
};

export function draftOf(product: Product): Draft {
  return Object.fromEntries(FIELDS.map((field) => [field, product[field]])) as Draft;
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** With the members of objects in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, each]) => [name, sorted(each)]),
  );
}

export interface Difference {
  field: Field;
  mine: boolean;
  theirs: boolean;
}

/** Fields that I or somebody else changed since `base` was read; what both made the same is no difference. */
export function differences(base: Draft, mine: Draft, theirs: Draft): Difference[] {
  return FIELDS.filter((field) => !same(mine[field], theirs[field])).map((field) => ({
    field,
    mine: !same(base[field], mine[field]),
    theirs: !same(base[field], theirs[field]),
  }));
}

/** What I changed, over what they have; where both changed a field, mine or theirs. */
export function merged(base: Draft, mine: Draft, theirs: Draft, keep: 'mine' | 'theirs'): Draft {
  const taken = differences(base, mine, theirs).filter((each) => each.mine && (!each.theirs || keep === 'mine'));
  return { ...theirs, ...Object.fromEntries(taken.map(({ field }) => [field, mine[field]])) };
}

// The products that a filter finds, with what one price list says of them.
import { api, ok, type Schemas } from '../api/client.ts';

/** A product with what this list says of it. */
export type PriceRow = Schemas['SearchItem'] & {
  price: Schemas['Money'] | undefined;
  since: string | undefined;
  reduced: Schemas['Money'] | undefined;
};

export interface PriceFilter {
  q: string;
  category: string;
  brand: string;
}

/** Products of one page with their prices in the list `code`, as it has them: now, or at a moment. */
export async function searchPrices(code: string, filter: PriceFilter, after: string | undefined, at?: string) {
  const { q, category, brand } = filter;
  const narrowed = { ...(category === '' ? {} : { category }), ...(brand === '' ? {} : { brand }) };
  const found = await ok(api.GET('/api/catalog/search', { params: { query: { q, ...narrowed, after, limit: 100 } } }));
  if (found.items.length === 0) return { rows: [], next: found.next, total: found.total };
  const lines = found.items.map(({ id, unit }) => ({ product: id, quantity: { milli: 1000, unit } }));
  const quote = await ok(
    api.POST('/api/pricing/quote', { body: { list: code, lines, ...(at === undefined ? {} : { at }) } }),
  );
  const steps = new Map(quote.lines.map((line) => [line.product, line.why]));
  const rows = found.items.map((item): PriceRow => {
    const why = steps.get(item.id) ?? [];
    const listed = why.find((step) => step.step === 'list_price');
    const reduction = why.find((step) => step.step === 'reduction');
    return { ...item, price: listed?.price, since: listed?.valid_from, reduced: reduction?.price };
  });
  return { rows, next: found.next, total: found.total };
}

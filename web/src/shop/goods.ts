// What the shop asks about goods: search, categories, products, prices, what is available where.
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { api, ask, ok, type Schemas } from '../api/client.ts';
import type { Language } from '../texts/language.ts';

export type Money = Schemas['Money'];
export type Quantity = Schemas['Quantity'];

export type Found = Schemas['SearchItem'];
export type Category = Schemas['CategoryFacet'];
export type Product = Schemas['ProductView'];

export interface Price {
  product: string;
  price: Money;
  was?: Money;
}

/** A name in the shopper's language; the main one where there is no other. A figure stays with its unit. */
export function named(thing: { name: string; names?: Record<string, string> | undefined }, language: Language): string {
  return (thing.names?.[language] ?? thing.name).replace(/(\d) (?=\S{1,4}$)/, '$1\u00a0');
}

const PAGE = 24;

export function search(
  filters: { q: string; category: string; brand: string },
  after: string | undefined,
): Promise<Schemas['SearchView']> {
  const { q, category, brand } = filters;
  const query = {
    limit: PAGE,
    after,
    q,
    category: category === '' ? undefined : category,
    brand: brand === '' ? undefined : brand,
  };
  return ok(api.GET('/api/catalog/search', { params: { query } }));
}

export function useProduct(id: string) {
  return useQuery({
    queryKey: ['shop', 'product', id],
    queryFn: () => ok(api.GET('/api/catalog/products/{id}', { params: { path: { id } } })),
    staleTime: 60_000,
  });
}

export function useCategory(id: string) {
  return useQuery({
    queryKey: ['shop', 'category', id],
    queryFn: () => ok(api.GET('/api/catalog/categories/{id}', { params: { path: { id } } })),
    enabled: id !== '',
    staleTime: 300_000,
  });
}

/** Prices and what can be promised of some products. Asked together, because a card shows both. */
export function useOffers(ids: readonly string[]) {
  return useQuery({
    queryKey: ['shop', 'offers', ids],
    queryFn: async () => {
      const [prices, available] = await Promise.all([
        ask<{ prices: Price[] }>('POST', '/api/pricing/prices/ask', { products: ids }),
        ok(api.POST('/api/inventory/availability', { body: { products: [...ids], sites: [] } })),
      ]);
      const offers = new Map<string, { price: Price | undefined; available: Quantity | undefined }>();
      for (const id of ids) {
        offers.set(id, {
          price: prices.prices.find((each) => each.product === id),
          available: available.totals.find((each) => each.product === id)?.available,
        });
      }
      return { offers, places: available.lines };
    },
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 15_000,
  });
}

export interface Site {
  id: string;
  name: string;
  kind: 'store' | 'warehouse';
  address: string[];
  pick_up: boolean;
  open: boolean;
}

export const sitesQuery = queryOptions({
  queryKey: ['shop', 'sites'],
  queryFn: async () => (await ask<{ sites: Site[] }>('GET', '/api/staff/sites')).sites,
  staleTime: 300_000,
});

/** When one can come to a store, in its own words; empty where nobody has said. */
export function useOpeningHours(): (site: string) => string {
  const { data } = useQuery({
    queryKey: ['shop', 'hours'],
    queryFn: async () => (await ok(api.GET('/api/delivery/pick-up-sites'))).sites,
    staleTime: 300_000,
  });
  return (site) => data?.find((each) => each.site === site)?.hours ?? '';
}

// What the shop asks about goods: search, categories, products, prices, what is available where.
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { api, ask, ok, type Schemas } from '../api/client.ts';
import type { Language } from '../texts/language.ts';

export type Money = Schemas['Money'];
export type Quantity = Schemas['Quantity'];

export interface Found {
  id: string;
  number: string;
  name: string;
  names?: Record<string, string>;
  brand?: string;
  path: string[];
  unit: Quantity['unit'];
  sold: boolean;
}

export interface Category {
  id: string;
  parent?: string;
  name: string;
  names?: Record<string, string>;
  count?: number;
}

export interface SearchResult {
  total: number;
  items: Found[];
  categories: Category[];
  brands: { name: string; count: number }[];
  /** Not all words were found. */
  relaxed: boolean;
  next?: string;
}

export interface Product extends Omit<Found, 'path' | 'sold'> {
  description?: string;
  maker?: string;
  path: Category[];
  status: 'active' | 'blocked';
  attributes: Record<string, string | number | boolean>;
  definitions: { key: string; name: string; names?: Record<string, string>; unit?: string }[];
  barcodes: { code: string; pack: string }[];
  packs: { level: string; width_mm: number; height_mm: number; depth_mm: number; weight_g: number; pieces: number }[];
}

export interface Price {
  product: string;
  price: Money;
  was?: Money;
}

/** A name in the shopper's language; the main one where there is no other. */
export function named(thing: { name: string; names?: Record<string, string> | undefined }, language: Language): string {
  return thing.names?.[language] ?? thing.name;
}

const PAGE = 24;

export async function search(
  filters: { q: string; category: string; brand: string },
  after: string | undefined,
): Promise<SearchResult> {
  const words = new URLSearchParams({ limit: String(PAGE) });
  for (const [name, value] of Object.entries({ ...filters, after }))
    if (value !== undefined && value !== '') words.set(name, value);
  return ask<SearchResult>('GET', `/api/catalog/search?${words.toString()}`);
}

export function useProduct(id: string) {
  return useQuery({
    queryKey: ['shop', 'product', id],
    queryFn: () => ask<Product>('GET', `/api/catalog/products/${encodeURIComponent(id)}`),
    staleTime: 60_000,
  });
}

export function useCategory(id: string) {
  return useQuery({
    queryKey: ['shop', 'category', id],
    queryFn: () => ask<Category & { path: Category[] }>('GET', `/api/catalog/categories/${encodeURIComponent(id)}`),
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

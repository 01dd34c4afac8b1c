// The names of products in the reader's language, for screens of services that know only ids, or the name that was said at the time.
import { useQuery } from '@tanstack/react-query';
import { api, ok } from '../api/client.ts';
import { useNamed } from '../texts/named.ts';

const AT_ONCE = 500;

/** The name of each of these products; until it is told, `known` or an ellipsis. */
export function useProductNames(products: readonly string[]): (product: string, known?: string) => string {
  const named = useNamed();
  const wanted = [...new Set(products)].slice(0, AT_ONCE);
  const { data } = useQuery({
    queryKey: ['catalog', 'names', wanted],
    queryFn: async () => {
      const body = { products: wanted };
      const [{ products: found }, { products: others }] = await Promise.all([
        ok(api.POST('/api/catalog/products/ask', { body })),
        ok(api.POST('/api/catalog/products/names/ask', { body })),
      ]);
      const names = new Map(others.map((each) => [each.id, each.names]));
      const inLanguages = (id: string) =>
        Object.fromEntries((names.get(id) ?? []).map((each) => [each.language, each.name]));
      return new Map(found.map(({ id, name }) => [id, { name, names: inLanguages(id) }]));
    },
    enabled: wanted.length > 0,
    staleTime: 300_000,
    placeholderData: (earlier) => earlier,
    meta: { live: [] },
  });
  return (product, known = '…') => {
    const found = data?.get(product);
    return found === undefined ? known : named(found);
  };
}

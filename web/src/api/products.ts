// The names of products, for screens of services that know only ids.
import { useQuery } from '@tanstack/react-query';
import { api, ok } from './client.ts';

const AT_ONCE = 500;

/** The name of each of these products; an ellipsis until it is known. */
export function useProductNames(products: readonly string[]): (product: string) => string {
  const wanted = [...new Set(products)].slice(0, AT_ONCE);
  const { data } = useQuery({
    queryKey: ['catalog', 'names', wanted],
    queryFn: async () => {
      const answer = await ok(api.POST('/api/catalog/products/ask', { body: { products: wanted } }));
      return new Map(answer.products.map(({ id, name }) => [id, name]));
    },
    enabled: wanted.length > 0,
    staleTime: 300_000,
    placeholderData: (earlier) => earlier,
    meta: { live: [] },
  });
  return (product) => data?.get(product) ?? '…';
}

// The cart of an order by telephone: it lives on the server, the page's address names it. Changes go one after the other.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { api, newKey, ok, type Schemas } from '../api/client.ts';

export type Cart = Schemas['CartView'];
export type Customer = Schemas['CustomerView'];

/** A line as it is to be, or so much more of it than there is when its turn comes. */
export type LineChange = Schemas['SetCartLine'] | { product: string; more: Schemas['Quantity'] };

interface Where {
  id: string;
  customer: string;
  onOpened: (id: string) => void;
}

export function useCart(id: string) {
  return useQuery({
    queryKey: ['orders', 'cart', id],
    queryFn: () => ok(api.GET('/api/orders/carts/{id}', { params: { path: { id } } })),
    enabled: id !== '',
    meta: { live: [] },
  });
}

/** One way for all changes, so that none overtakes another; the first one opens the cart. */
export function useChange({ id, customer, onOpened }: Where) {
  const client = useQueryClient();
  const known = useRef(id);
  useEffect(() => {
    if (id !== '') known.current = id;
  }, [id]);
  const path = () => ({ path: { id: known.current } });
  const opened = async () => {
    if (known.current !== '') return;
    const whose = customer === '' ? {} : { customer };
    const cart = await ok(
      api.POST('/api/orders/carts', {
        params: { header: { 'Idempotency-Key': newKey() } },
        body: { channel: 'phone', ...whose },
      }),
    );
    known.current = cart.id;
    onOpened(cart.id);
  };
  const show = (cart: Cart) => client.setQueryData(['orders', 'cart', cart.id], cart);
  const again = () => void client.invalidateQueries({ queryKey: ['orders', 'cart', known.current] });
  const withMore = ({ product, more }: { product: string; more: Schemas['Quantity'] }) => {
    const newest = client.getQueryData<Cart>(['orders', 'cart', known.current]);
    const before = newest?.lines.find((line) => line.product === product)?.quantity.milli ?? 0;
    return { product, quantity: { ...more, milli: before + more.milli } };
  };
  const scope = { id: 'cart by telephone' };
  const line = useMutation({
    scope,
    mutationFn: async (change: LineChange) => {
      await opened();
      const body = 'more' in change ? withMore(change) : change;
      return ok(api.PUT('/api/orders/carts/{id}/lines', { params: path(), body }));
    },
    onSuccess: show,
    onError: again,
  });
  const whose = useMutation({
    scope,
    mutationFn: async (next: string | null) => {
      if (known.current === '') return undefined;
      const body = { channel: 'phone' as const, customer: next };
      return ok(api.PUT('/api/orders/carts/{id}/customer', { params: path(), body }));
    },
    onSuccess: (cart) => cart && show(cart),
  });
  const delivery = useMutation({
    scope,
    mutationFn: (body: Schemas['SetCartDelivery']) =>
      ok(api.PUT('/api/orders/carts/{id}/delivery', { params: path(), body })),
    onSuccess: show,
  });
  return { line, whose, delivery };
}

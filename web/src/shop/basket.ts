// The shopper's cart: it lives on the server, this browser only keeps its id. Changes go one after the other.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, newKey, ok, type Schemas } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import type { Quantity } from './goods.ts';

export type Cart = Schemas['CartView'];

const KEY = 'backroom.cart';
const ORDERS = 'backroom.orders';
const CART = ['shop', 'cart'];

export function cartId(): string | undefined {
  return localStorage.getItem(KEY) ?? undefined;
}

/** The cart as the server has it; `null` while there is none. */
export function useCart() {
  return useQuery({
    queryKey: CART,
    queryFn: async (): Promise<Cart | null> => {
      const id = cartId();
      if (id === undefined) return null;
      try {
        const cart = await ok(api.GET('/api/orders/carts/{id}', { params: { path: { id } } }));
        if (cart.order === undefined || cart.order === null) return cart;
        remember(cart.order, id);
      } catch (error) {
        if (!isProblem(error, 'kit/not-found')) throw error;
      }
      localStorage.removeItem(KEY);
      return null;
    },
    staleTime: 30_000,
  });
}

export function useSetLine() {
  const client = useQueryClient();
  return useMutation({
    mutationKey: CART,
    scope: { id: 'cart' },
    // Shown at once, so that the next press counts on; the server's answer to the last one holds.
    onMutate: ({ product, quantity }) => {
      client.setQueryData(CART, (cart: Cart | null | undefined) => (cart ? withLine(cart, product, quantity) : cart));
    },
    mutationFn: async ({ product, quantity }: { product: string; quantity: Quantity | undefined }) => {
      let id = cartId();
      if (id === undefined) {
        const opened = await ok(
          api.POST('/api/orders/carts', { params: { header: { 'Idempotency-Key': newKey() } }, body: {} }),
        );
        id = opened.id;
        localStorage.setItem(KEY, id);
      }
      return ok(
        api.PUT('/api/orders/carts/{id}/lines', {
          params: { path: { id } },
          body: { product, quantity: quantity ?? null },
        }),
      );
    },
    onSuccess: (cart) => {
      if (client.isMutating({ mutationKey: CART }) === 1) client.setQueryData(CART, cart);
    },
    onError: (error) => {
      // Gone, or ordered meanwhile in another tab: the next try opens a new one.
      if (isProblem(error, 'kit/not-found', 'orders/cart-placed')) localStorage.removeItem(KEY);
      void client.invalidateQueries({ queryKey: CART });
    },
  });
}

function withLine(cart: Cart, product: string, quantity: Quantity | undefined): Cart {
  const others = quantity === undefined ? cart.lines.filter((line) => line.product !== product) : cart.lines;
  return {
    ...cart,
    lines: others.map((line) => (line.product === product && quantity !== undefined ? { ...line, quantity } : line)),
  };
}

/** After an order was made of the cart: the next thing bought opens another one. */
export function leaveCart(order: string, cart: string): void {
  remember(order, cart);
  localStorage.removeItem(KEY);
}

/** Who knows an order's cart may see and pay it, so this browser keeps the last few. */
function remember(order: string, cart: string): void {
  const known = Object.entries(remembered()).filter(([id]) => id !== order);
  localStorage.setItem(ORDERS, JSON.stringify(Object.fromEntries([...known, [order, cart]].slice(-20))));
}

export function cartOf(order: string): string | undefined {
  return remembered()[order];
}

function remembered(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(ORDERS) ?? '{}') as Record<string, string>;
  } catch {
    return {};
  }
}

/** One step of the stepper: a piece, or a tenth of a kilo, litre or metre. */
export function stepOf(unit: Quantity['unit']): number {
  return unit === 'pcs' ? 1000 : 100;
}

/** What one click on "Add" adds. */
export function firstOf(unit: Quantity['unit']): Quantity {
  return { milli: unit === 'pcs' ? 1000 : 500, unit };
}

// The shopper's addresses: four pages need no library. Links are real links; only a plain click is taken over.
import { useSyncExternalStore, type AnchorHTMLAttributes } from 'react';

export type Route =
  | { page: 'browse'; q: string; category: string; brand: string }
  | { page: 'product'; id: string }
  | { page: 'cart' }
  | { page: 'checkout'; step: 'delivery' | 'payment' }
  | { page: 'order'; id: string }
  | { page: 'missing' };

const BASE = '/shop';
const listeners = new Set<() => void>();
window.addEventListener('popstate', tell);

export const to = {
  browse: (search: { q?: string; category?: string; brand?: string } = {}): string => {
    const words = new URLSearchParams(Object.entries(search).filter(([, value]) => value !== ''));
    const text = words.toString();
    return text === '' ? BASE : `${BASE}?${text}`;
  },
  product: (id: string): string => `${BASE}/products/${id}`,
  cart: `${BASE}/cart`,
  checkout: (step: 'delivery' | 'payment'): string => `${BASE}/checkout/${step}`,
  order: (id: string): string => `${BASE}/orders/${id}`,
};

/** What an address means. */
export function parse(path: string, query: string): Route {
  const parts = path.slice(BASE.length).split('/').filter(Boolean);
  const [page, id] = parts;
  const search = new URLSearchParams(query);
  if (page === undefined) {
    return {
      page: 'browse',
      q: search.get('q') ?? '',
      category: search.get('category') ?? '',
      brand: search.get('brand') ?? '',
    };
  }
  if (page === 'products' && id !== undefined) return { page: 'product', id };
  if (page === 'cart') return { page: 'cart' };
  if (page === 'checkout') return { page: 'checkout', step: id === 'payment' ? 'payment' : 'delivery' };
  if (page === 'orders' && id !== undefined) return { page: 'order', id };
  return { page: 'missing' };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}

export function useRoute(): Route {
  const address = useSyncExternalStore(subscribe, () => window.location.pathname + window.location.search);
  const [path = '', query = ''] = address.split('?');
  return parse(path, query);
}

/** Goes to an address. `replace` leaves no step in the history, e.g. while one types; `stay` keeps the scroll position. */
export function go(address: string, how: { replace?: boolean; stay?: boolean } = {}): void {
  if (how.replace === true) window.history.replaceState(null, '', address);
  else window.history.pushState(null, '', address);
  tell();
  if (how.stay !== true) {
    window.scrollTo(0, 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  }
}

export function Link({ href, children, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  return (
    <a
      href={href}
      {...rest}
      onClick={(event) => {
        rest.onClick?.(event);
        if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        go(href);
      }}
    >
      {children}
    </a>
  );
}

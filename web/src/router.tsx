// The one list of pages. Each is loaded when it is first visited; `screen` names the permission that opens it.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type AnyRoute,
  type RouteComponent,
} from '@tanstack/react-router';
import { Loading } from './kit/states.tsx';
import { Allowed, Broken, Missing } from './shell/dead-ends.tsx';
import { Shell } from './shell/Shell.tsx';

const root = createRootRoute({ component: Outlet });
/** Everything for people who are signed in. */
const inside = createRoute({ getParentRoute: () => root, id: 'inside', component: Shell });

function screen(path: string, component: RouteComponent, permission?: string): AnyRoute {
  const Screen = component;
  return createRoute({
    getParentRoute: () => inside,
    path,
    component:
      permission === undefined
        ? component
        : () => (
            <Allowed permission={permission}>
              <Screen />
            </Allowed>
          ),
  });
}

const routes = [
  screen(
    '/',
    lazyRouteComponent(() => import('./home/HomePage.tsx'), 'HomePage'),
  ),
  screen(
    '/sign-in',
    lazyRouteComponent(() => import('./home/HomePage.tsx'), 'HomePage'),
  ),
  screen(
    '/orders',
    lazyRouteComponent(() => import('./orders/OrderListPage.tsx'), 'OrderListPage'),
    'orders.read',
  ),
  screen(
    '/orders/$id',
    lazyRouteComponent(() => import('./orders/OrderPage.tsx'), 'OrderPage'),
    'orders.read',
  ),
  screen('$', Missing),
];

const components = createRoute({
  getParentRoute: () => root,
  path: '/components',
  component: lazyRouteComponent(() => import('./components/ComponentsPage.tsx'), 'ComponentsPage'),
});

/** Plain words in the URL: `?state=placed&q=tea`, no JSON. */
function parseSearch(text: string): Record<string, unknown> {
  return Object.fromEntries(new URLSearchParams(text));
}

function stringifySearch(search: Record<string, unknown>): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) if (typeof value === 'string') words.set(name, value);
  const text = words.toString();
  return text === '' ? '' : `?${text}`;
}

export const router = createRouter({
  routeTree: root.addChildren([inside.addChildren(routes), components]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPendingComponent: () => <Loading />,
  defaultErrorComponent: Broken,
  scrollRestoration: true,
});

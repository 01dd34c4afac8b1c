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
  screen('/', lazyRouteComponent(() => import('./home/HomePage.tsx'), 'HomePage')),
  screen('/sign-in', lazyRouteComponent(() => import('./home/HomePage.tsx'), 'HomePage')),
  screen('/orders', lazyRouteComponent(() => import('./orders/OrderListPage.tsx'), 'OrderListPage'), 'orders.read'),
  screen('/orders/$id', lazyRouteComponent(() => import('./orders/OrderPage.tsx'), 'OrderPage'), 'orders.read'),
  screen('/contact', lazyRouteComponent(() => import('./contact/QueuePage.tsx'), 'QueuePage'), 'contact.work'),
  screen('/contact/board', lazyRouteComponent(() => import('./contact/BoardPage.tsx'), 'BoardPage'), 'contact.supervise'),
  screen('/contact/$id', lazyRouteComponent(() => import('./contact/CallPage.tsx'), 'CallPage'), 'contact.work'),
  screen('/picking', lazyRouteComponent(() => import('./picking/PickListPage.tsx'), 'PickListPage'), 'inventory.pick'),
  screen('/picking/$id', lazyRouteComponent(() => import('./picking/PickPage.tsx'), 'PickPage'), 'inventory.pick'),
  screen('/stock', lazyRouteComponent(() => import('./stock/StockPage.tsx'), 'StockPage'), 'inventory.read'),
  screen('/stock/$id', lazyRouteComponent(() => import('./stock/ProductStockPage.tsx'), 'ProductStockPage'), 'inventory.read'),
  screen('/invoices', lazyRouteComponent(() => import('./invoices/InvoiceListPage.tsx'), 'InvoiceListPage'), 'finance.read'),
  screen('/invoices/$id', lazyRouteComponent(() => import('./invoices/InvoicePage.tsx'), 'InvoicePage'), 'finance.read'),
  screen('/customers', lazyRouteComponent(() => import('./customers/CustomerListPage.tsx'), 'CustomerListPage'), 'customers.read'),
  screen('/customers/$id', lazyRouteComponent(() => import('./customers/CustomerPage.tsx'), 'CustomerPage'), 'customers.read'),
  screen('/messages', lazyRouteComponent(() => import('./messages/MessageListPage.tsx'), 'MessageListPage'), 'notices.read'),
  screen('/messages/$id', lazyRouteComponent(() => import('./messages/MessagePage.tsx'), 'MessagePage'), 'notices.read'),
  screen('/incidents', lazyRouteComponent(() => import('./incidents/IncidentListPage.tsx'), 'IncidentListPage'), 'processes.read'),
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

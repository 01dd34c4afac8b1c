// The one list of pages. Each is loaded when it is first visited; `screen` names the permission that opens it.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type AnyRoute,
  type AsyncRouteComponent,
  type RouteComponent,
} from '@tanstack/react-router';
import { isReachable } from './api/online.ts';
import { Loading } from './kit/states.tsx';
import { Allowed, Broken, Missing } from './shell/dead-ends.tsx';
import { Shell } from './shell/Shell.tsx';

const root = createRootRoute({ component: Outlet });
/** Everything for people who are signed in. */
const inside = createRoute({ getParentRoute: () => root, id: 'inside', component: Shell });

const TRY_AGAIN_MS = 1000;

/**
 * A page that cannot be loaded makes the router load everything anew when it is shown, which is right after a release. It knows that by
 * what a browser says of a lost script; a lost style sheet is no less. Without a connection that would leave an empty window: then the
 * page waits until there is one.
 */
async function patiently<Module>(path: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    while (!(await isReachable())) await new Promise((resolve) => window.setTimeout(resolve, TRY_AGAIN_MS));
    throw new TypeError(`Failed to fetch dynamically imported module: ${path}`, { cause: error });
  }
}

/** A page that is loaded when it is first visited. */
function screen<Module extends Record<string, unknown>>(
  path: string,
  load: () => Promise<Module>,
  name: keyof Module & string,
  permission?: string,
): AnyRoute {
  const Screen = lazyRouteComponent(() => patiently(path, load), name) as AsyncRouteComponent<object>;
  const Guarded = () => (
    <Allowed permission={permission ?? ''}>
      <Screen />
    </Allowed>
  );
  return createRoute({
    getParentRoute: () => inside,
    path,
    // What stands around a page hands on that it can be loaded ahead: while one asks who is signed in, and when one points at its link.
    component: (permission === undefined
      ? Screen
      : Object.assign(Guarded, { preload: Screen.preload })) as RouteComponent,
  });
}

const routes = [
  screen('/', () => import('./home/HomePage.tsx'), 'HomePage'),
  screen('/sign-in', () => import('./home/HomePage.tsx'), 'HomePage'),
  screen('/orders', () => import('./orders/OrderListPage.tsx'), 'OrderListPage', 'orders.read'),
  screen('/orders/$id', () => import('./orders/OrderPage.tsx'), 'OrderPage', 'orders.read'),
  screen('/contact', () => import('./contact/QueuePage.tsx'), 'QueuePage', 'contact.work'),
  screen('/contact/board', () => import('./contact/BoardPage.tsx'), 'BoardPage', 'contact.supervise'),
  screen('/contact/new', () => import('./contact/PhoneOrderPage.tsx'), 'PhoneOrderPage', 'orders.sell'),
  screen('/contact/$id', () => import('./contact/CallPage.tsx'), 'CallPage', 'contact.work'),
  screen('/picking', () => import('./picking/PickListPage.tsx'), 'PickListPage', 'inventory.pick'),
  screen('/picking/$id', () => import('./picking/PickPage.tsx'), 'PickPage', 'inventory.pick'),
  screen('/picking/back/$id', () => import('./picking/ReturnPage.tsx'), 'ReturnPage', 'inventory.pick'),
  screen('/stock', () => import('./stock/StockPage.tsx'), 'StockPage', 'inventory.read'),
  screen('/stock/places', () => import('./stock/PlacesPage.tsx'), 'PlacesPage', 'inventory.read'),
  screen('/stock/$id', () => import('./stock/ProductStockPage.tsx'), 'ProductStockPage', 'inventory.read'),
  screen('/invoices', () => import('./invoices/InvoiceListPage.tsx'), 'InvoiceListPage', 'finance.read'),
  screen('/invoices/$id', () => import('./invoices/InvoicePage.tsx'), 'InvoicePage', 'finance.read'),
  screen('/customers', () => import('./customers/CustomerListPage.tsx'), 'CustomerListPage', 'customers.read'),
  screen('/customers/duplicates', () => import('./customers/DuplicatesPage.tsx'), 'DuplicatesPage', 'customers.read'),
  screen('/customers/$id', () => import('./customers/CustomerPage.tsx'), 'CustomerPage', 'customers.read'),
  screen('/messages', () => import('./messages/MessageListPage.tsx'), 'MessageListPage', 'notices.read'),
  screen('/messages/templates', () => import('./messages/TemplatesPage.tsx'), 'TemplateListPage', 'notices.edit'),
  screen('/messages/templates/$id', () => import('./messages/TemplatesPage.tsx'), 'TemplatePage', 'notices.edit'),
  screen('/messages/$id', () => import('./messages/MessagePage.tsx'), 'MessagePage', 'notices.read'),
  screen('/incidents', () => import('./incidents/IncidentListPage.tsx'), 'IncidentListPage', 'processes.read'),
  screen('/products', () => import('./catalog/ProductListPage.tsx'), 'ProductListPage', 'catalog.read'),
  screen('/products/new', () => import('./catalog/ProductFormPage.tsx'), 'ProductNewPage', 'catalog.edit'),
  screen('/products/$id', () => import('./catalog/ProductPage.tsx'), 'ProductPage', 'catalog.read'),
  screen('/products/$id/edit', () => import('./catalog/ProductFormPage.tsx'), 'ProductEditPage', 'catalog.edit'),
  screen('/products/lists', () => import('./catalog/PriceListsPage.tsx'), 'PriceListsPage', 'pricing.read'),
  screen('/products/categories', () => import('./catalog/CategoriesPage.tsx'), 'CategoriesPage', 'catalog.read'),
  screen('/products/lists/$code', () => import('./catalog/PriceListPage.tsx'), 'PriceListPage', 'pricing.read'),
  screen('/staff', () => import('./staff/StaffListPage.tsx'), 'StaffListPage', 'staff.read'),
  screen('/staff/$id', () => import('./staff/PersonPage.tsx'), 'PersonPage', 'staff.read'),
  screen('/staff/sites', () => import('./staff/SiteListPage.tsx'), 'SiteListPage', 'staff.read'),
  screen('/staff/sign-ins', () => import('./staff/SignInListPage.tsx'), 'SignInListPage', 'staff.edit'),
  screen('/staff/keys', () => import('./staff/KeyListPage.tsx'), 'KeyListPage', 'gateway.keys'),
  screen('/deliveries', () => import('./delivery/DriverPage.tsx'), 'DriverPage', 'delivery.drive'),
  screen('/deliveries/ways', () => import('./delivery/WaysPage.tsx'), 'WaysPage', 'delivery.edit'),
  screen('/deliveries/$id', () => import('./delivery/DeliveryPage.tsx'), 'DeliveryPage', 'delivery.drive'),
  screen('/decisions', () => import('./rules/DecisionListPage.tsx'), 'DecisionListPage', 'rules.read'),
  screen('/decisions/$id', () => import('./rules/DecisionPage.tsx'), 'DecisionPage', 'rules.read'),
  screen('/procedures', () => import('./processes/ProcedureListPage.tsx'), 'ProcedureListPage', 'processes.read'),
  screen('/procedures/$id', () => import('./processes/ProcedurePage.tsx'), 'ProcedurePage', 'processes.read'),
  screen('/sales', () => import('./sales/SalesPage.tsx'), 'SalesPage', 'insight.read'),
  screen('/ledger', () => import('./finance/LedgerPage.tsx'), 'LedgerPage', 'finance.read'),
  createRoute({ getParentRoute: () => inside, path: '$', component: Missing }),
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

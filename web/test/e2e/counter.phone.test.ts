// Money at the counter: what is fetched and not paid yet is paid before it is given away; a card that refuses then is a call.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, signIn, test } from './backroom.ts';

interface Order {
  id: string;
  number: string;
  state: string;
  version: number;
}

/** Orders something that lies in `store`, to be fetched there; and confirms it. */
async function ordered(page: Page, origin: string, store: string, means: object): Promise<Order> {
  const ask = async (method: 'post' | 'put' | 'get', path: string, data?: object, headers?: Record<string, string>) => {
    const answer = await page.request[method](path, {
      ...(data === undefined ? {} : { data }),
      headers: { 'idempotency-key': crypto.randomUUID(), origin, ...headers },
    });
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
    return (await answer.json()) as never;
  };
  const found: { items: { id: string }[] } = await ask('get', '/api/catalog/search?limit=100');
  const { lines }: { lines: { product: string; available: { milli: number } }[] } = await ask(
    'post',
    '/api/inventory/availability',
    { products: found.items.map((item) => item.id), sites: [store] },
  );
  const { methods }: { methods: { code: string; pick_up: boolean }[] } = await ask(
    'get',
    '/api/orders/delivery-methods',
  );
  const product = lines.find((line) => line.available.milli >= 2000)?.product;
  const cart: { id: string } = await ask('post', '/api/orders/carts', {});
  const path = `/api/orders/carts/${cart.id}`;
  await ask('put', `${path}/lines`, { product, quantity: { milli: 1000, unit: 'pcs' } });
  await ask('put', `${path}/delivery`, {
    method: methods.find((method) => method.pick_up)?.code,
    site: store,
    contact: { name: 'Olena Vyhadana', phone: '+380 44 000 00 03' },
  });
  const placed: Order = await ask('post', `${path}/place`, means);
  for (;;) {
    const now: Order = await ask('get', `/api/orders/${placed.id}`);
    if (now.state !== 'placed') return now;
    const at = { 'if-match': `"${String(now.version)}"`, origin };
    await page.request.post(`/api/orders/${placed.id}/confirm`, { data: {}, headers: at });
  }
}

/** Picks and packs it on the clerk's phone, and begins to hand it over. */
async function packed(page: Page, number: string): Promise<void> {
  await page.goto('/picking');
  await page.getByRole('link', { name: new RegExp(number) }).click({ timeout: 15_000 });
  await page.getByRole('button', { name: 'Start picking' }).click();
  await page.getByRole('button', { name: 'All of it' }).click();
  await page.getByRole('button', { name: 'Pack', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Pack', exact: true }).click();
  await page.getByRole('button', { name: 'Hand over' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Hand over' }).click();
}

test('a card refused at hand-over is a call, and then it is paid at the counter', async ({ page, browser, house }) => {
  test.setTimeout(120_000);
  await signIn(page, 'clerk');
  const me = (await (await page.request.get('/api/staff/me')).json()) as { sites?: string[] };
  const admin = await (await browser.newContext({ baseURL: house.url })).newPage();
  await signIn(admin, 'admin');
  const means = { payment_method: 'card', payment_token: 'tok_refused_later' };
  const order = await ordered(admin, house.url, me.sites?.[0] ?? '', means);

  await packed(page, order.number);
  await expect(page.getByText(/may not leave|payment/i).first()).toBeVisible();

  const agent = await (await browser.newContext({ baseURL: house.url })).newPage();
  await signIn(agent, 'agent');
  await agent.goto('/contact');
  await agent
    .getByRole('row', { name: new RegExp(order.number) })
    .filter({ hasText: 'The payment failed' })
    .click({ timeout: 15_000 });
  await expectAccessible(agent);
  await agent.getByRole('button', { name: 'The customer pays at the counter' }).click();
  await expect(agent.getByText('It is settled how the order is paid')).toBeVisible();

  await page.reload();
  await page.getByRole('button', { name: 'Hand over' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Hand over' }).click();
  await expect(page.getByText('Take at the counter first')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('dialog').getByText('Card, at the terminal').click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^I took/ })
    .click();
  await expect(page).toHaveURL(/\/picking$/);
  await admin.goto(`/orders/${order.id}`);
  await expect(admin.getByText(/by card at the counter/)).toBeVisible();
  const procedures = admin.getByRole('radiogroup', { name: 'Which procedure' });
  await expect(procedures.getByRole('radio', { name: 'Online order' })).toBeChecked();
  await procedures.getByText('Failed payment').click();
  await expect(admin.getByText('Agree on another payment')).toBeVisible();
  await expect
    .poll(async () => {
      const books = (await (await admin.request.get(`/api/finance/orders/${order.id}`)).json()) as {
        invoices: unknown[];
        owed?: { minor: number };
      };
      return [books.invoices.length, books.owed?.minor];
    })
    .toEqual([1, 0]);
});

// What customers were told: found by address or order, seen as the mail it became.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, signIn, test } from './backroom.ts';

interface Placed {
  id: string;
  number: string;
}

/** Orders something that is there, for this address; by the door, so that no card is needed. */
async function ordered(page: Page, email: string): Promise<Placed> {
  const ask = async <T>(method: 'post' | 'put' | 'get', path: string, data?: object): Promise<T> => {
    const answer = await page.request[method](path, {
      ...(data === undefined ? {} : { data }),
      headers: { 'idempotency-key': crypto.randomUUID(), 'sec-fetch-site': 'same-origin' },
    });
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
    return (await answer.json()) as T;
  };
  const { items } = await ask<{ items: { id: string }[] }>('get', '/api/catalog/search?limit=50');
  const products = items.map((item) => item.id);
  const { totals } = await ask<{ totals: { product: string; available: { milli: number; unit: string } }[] }>(
    'post',
    '/api/inventory/availability',
    { products, sites: [] },
  );
  const free = totals.find(({ available }) => available.unit === 'pcs' && available.milli >= 5000);
  const cart = await ask<{ id: string }>('post', '/api/orders/carts', {});
  const path = `/api/orders/carts/${cart.id}`;
  await ask('put', `${path}/lines`, { product: free?.product, quantity: { milli: 1000, unit: 'pcs' } });
  const contact = { name: 'Olena Vyhadana', email, address: ['1 Example Street'], city: 'Exampleton', country: 'UA' };
  await ask('put', `${path}/delivery`, { method: 'courier', contact });
  return ask<Placed>('post', `${path}/place`, { payment_method: 'on_delivery' });
}

test('a message is found by address and by order, and read as the customer does', async ({ page }) => {
  const email = `reader-${String(Date.now())}@customer.example`;
  await signIn(page, 'agent');
  const order = await ordered(page, email);
  await page.goto('/messages');
  const search = page.getByRole('searchbox', { name: 'E-mail address or order number' });
  const row = page.getByRole('row').filter({ hasText: email });
  await search.fill(order.number);
  await expect(row.filter({ hasText: 'Sent' })).toHaveCount(1);
  await search.fill(email.slice(0, -4).toUpperCase());
  await expect(row.filter({ hasText: 'Sent' })).toHaveCount(1);
  await expectAccessible(page);
  const mail = await row.getByRole('link', { name: /See the mail/ }).getAttribute('href');
  expect(await (await page.request.get(mail ?? '')).text()).toContain(order.number);
  await search.fill('no-such-number-0');
  await expect(page.getByText('Nothing matches the filters')).toBeVisible();
});

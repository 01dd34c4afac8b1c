// One order goes through everybody's hands: the shopper orders, the agent confirms by keyboard alone, the clerk picks and hands
// over on a phone, and the shopper's page has followed all the way.
import type { Browser, Page } from '@playwright/test';
import { expect, expectAccessible, signIn, test } from './backroom.ts';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

test('from the shelf to the customer', async ({ browser, house }) => {
  test.setTimeout(120_000);
  const clerk = await person(browser, house.url, 'clerk', PHONE);
  const me = (await (await clerk.request.get('/api/staff/me')).json()) as { sites?: string[] };
  const store = me.sites?.[0];
  expect(store, 'the demo clerk works at one store').toBeDefined();

  const shopper = await (await browser.newContext({ ...PHONE, baseURL: house.url })).newPage();
  const number = await order(shopper, store ?? '');

  const agent = await person(browser, house.url, 'agent', { viewport: { width: 1280, height: 800 } });
  await confirmByKeyboard(agent, number);

  await clerk.goto('/picking');
  await clerk.getByRole('link', { name: new RegExp(number) }).click({ timeout: 15_000 });
  await expectAccessible(clerk);
  await clerk.getByRole('button', { name: 'Start picking' }).click();
  await clerk.getByRole('button', { name: 'All of it' }).click();
  await clerk.getByRole('button', { name: 'Pack', exact: true }).click();
  await clerk.getByRole('dialog').getByRole('button', { name: 'Pack', exact: true }).click();
  await clerk.getByRole('button', { name: 'Hand over' }).click();
  await clerk.getByRole('dialog').getByRole('textbox').fill(number);
  await clerk.getByRole('dialog').getByRole('button', { name: 'Hand over' }).click();
  await expect(shopper.getByRole('listitem').and(shopper.locator('[aria-current="step"]'))).toContainText('Fetched', {
    timeout: 20_000,
  });
});

async function person(browser: Browser, baseURL: string, role: 'agent' | 'clerk', options: object): Promise<Page> {
  const page = await (await browser.newContext({ ...options, baseURL })).newPage();
  await signIn(page, role);
  return page;
}

/** Orders one product that lies in `store`, to be fetched there; gives back the order's number. */
async function order(page: Page, store: string): Promise<string> {
  await page.goto('/shop');
  const found = (await (await page.request.get('/api/catalog/search?limit=100')).json()) as { items: { id: string }[] };
  const asked = await page.request.post('/api/inventory/availability', {
    data: { products: found.items.map((item) => item.id), sites: [store] },
  });
  const { lines } = (await asked.json()) as { lines: { product: string; available: { milli: number } }[] };
  const product = lines.find((line) => line.available.milli >= 2000)?.product;
  expect(product, 'the store has something').toBeDefined();
  await page.goto(`/shop/products/${product ?? ''}`);
  await page.getByRole('button', { name: /^Add/ }).click();
  await page.getByRole('link', { name: 'Cart, 1 product' }).waitFor();
  await page.goto('/shop/checkout/delivery');
  await page.getByText('Fetch it in a store').first().click();
  await page.locator(`input[name="site"][value="${store}"]`).check();
  await page.getByLabel('Name').fill('Olena Vyhadana');
  await page.getByLabel('Phone').fill('+380 44 000 00 03');
  await page.getByRole('button', { name: 'On to the payment' }).click();
  await page.getByRole('button', { name: 'works', exact: true }).click();
  await page.getByRole('button', { name: /^Order/ }).click();
  await expect(page.getByRole('heading', { name: 'Thank you, your order is placed' })).toBeVisible();
  return (await page.getByRole('status').locator('strong').first().innerText()).trim();
}

/** The agent's part when the rule wants this order confirmed; else there is nothing to do. */
async function confirmByKeyboard(page: Page, number: string): Promise<void> {
  const row = page.getByRole('row', { name: new RegExp(number) });
  const isAsked = await row.waitFor({ timeout: 8_000 }).then(
    () => true,
    () => false,
  );
  if (!isAsked) return;
  await expectAccessible(page);
  await row.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: new RegExp(number) })).toBeVisible();
  await expect(page.getByRole('button', { name: /^Confirm the order/ })).toBeEnabled();
  await expectAccessible(page);
  await page.keyboard.press('1');
  await expect(page.getByText('Noted: Reached').first()).toBeVisible();
  await page.keyboard.press('c');
  await expect(page).toHaveURL(/\/contact$/);
}

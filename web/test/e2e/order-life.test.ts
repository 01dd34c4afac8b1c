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
  const wasCalled = await confirmByKeyboard(agent, number);

  await clerk.goto('/picking');
  await clerk.getByRole('link', { name: new RegExp(number) }).click({ timeout: 15_000 });
  await expectAccessible(clerk);
  await clerk.getByRole('button', { name: 'Start picking' }).click();
  await clerk.getByRole('button', { name: 'All of it' }).click();
  await clerk.getByRole('button', { name: 'Pack', exact: true }).click();
  await clerk.getByRole('dialog').getByRole('button', { name: 'Pack', exact: true }).click();
  // Told to the shopper's page, which looks by itself once a minute.
  const current = shopper.getByRole('listitem').and(shopper.locator('[aria-current="step"]'));
  await expect(current).toContainText('Ready for you', { timeout: 5_000 });
  await clerk.getByRole('button', { name: 'Hand over' }).click();
  await clerk.getByRole('dialog').getByRole('textbox').fill(number);
  await clerk.getByRole('dialog').getByRole('button', { name: 'Hand over' }).click();
  await expect(current).toContainText('Fetched', { timeout: 20_000 });
  await theWholeStory(browser, house.url, number, wasCalled);
});

/** What happened stands on the order's page, with who; what somebody may not see is left out. */
async function theWholeStory(browser: Browser, baseURL: string, number: string, wasCalled: boolean): Promise<void> {
  const manager = await person(browser, baseURL, 'manager', { viewport: { width: 1280, height: 800 } });
  const clerk = await person(browser, baseURL, 'clerk', { viewport: { width: 1280, height: 800 } });
  for (const page of [manager, clerk]) {
    await page.goto('/orders');
    await page.getByRole('searchbox').fill(number);
    await page.getByRole('row', { name: new RegExp(number) }).click();
    const said = page.getByRole('listitem').filter({ hasText: /Klara Clerkova/ });
    await expect(said.filter({ hasText: 'Picking begun' })).toHaveCount(1);
    await expect(said.filter({ hasText: /^Packed1 parcel/ })).toHaveCount(1);
    const called = page.getByRole('listitem').filter({ hasText: 'Call ended' });
    await expect(called).toHaveCount(wasCalled && page === manager ? 1 : 0);
  }
  await expect(manager.getByRole('listitem').filter({ hasText: /^Invoice INV-.*the system/ })).toHaveCount(1);
  await expectAccessible(manager);
  // The drawing can be read, and shows where the order has come to.
  const drawing = manager.getByRole('group', { name: /procedure/ });
  const scale = () => drawing.locator('g.viewport').evaluate((drawn) => (drawn as SVGGElement).getScreenCTM()?.a ?? 0);
  await expect.poll(scale).toBeGreaterThan(0.95);
  expect(await drawing.evaluate((field) => field.scrollLeft)).toBeGreaterThan(0);
  // The goods are called as the reader calls them.
  await manager.getByText('УК', { exact: true }).click();
  await expect(manager.getByRole('table').first().getByRole('link')).toHaveText(/[а-яіїєґ]/i);
}

async function person(
  browser: Browser,
  baseURL: string,
  role: 'agent' | 'clerk' | 'manager',
  options: object,
): Promise<Page> {
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
async function confirmByKeyboard(page: Page, number: string): Promise<boolean> {
  const row = page.getByRole('row', { name: new RegExp(number) });
  const isAsked = await row.waitFor({ timeout: 8_000 }).then(
    () => true,
    () => false,
  );
  if (!isAsked) return false;
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
  return true;
}

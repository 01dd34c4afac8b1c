// The shop at a desk: typing errors, facets, languages, keyboard, and pages that are empty or missing.
import { expect, expectAccessible, signIn, test } from './backroom.ts';

test('a typing error is forgiven, and a category narrows what was found', async ({ page }) => {
  await page.goto('/shop');
  await page.getByRole('searchbox').pressSequentially('choclate');
  await expect(page).toHaveURL(/q=choclate/);
  await expect(
    page
      .getByRole('listitem')
      .filter({ hasText: /chocolate/i })
      .first(),
  ).toBeVisible();
  const facet = page.getByRole('navigation', { name: 'Narrow down' }).getByRole('link').first();
  await facet.click();
  await expect(page).toHaveURL(/category=cat_/);
  await expectAccessible(page);
});

test('the shop speaks Ukrainian, in light and dark', async ({ page }) => {
  await page.goto('/shop');
  await page.getByRole('button', { name: 'Українська' }).click();
  await expect(page.getByRole('searchbox', { name: 'Пошук товарів' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'uk');
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.reload();
  await expect(page.getByText(/товар/).first()).toBeVisible();
  await expectAccessible(page);
});

test('a product tells where it is available', async ({ page }) => {
  await page.goto('/shop');
  await page.getByRole('main').getByRole('listitem').getByRole('link').first().waitFor();
  await page.locator('main a[href*="/products/"]').first().click();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByText('For delivery')).toBeVisible();
  await expect(page.getByText('Article number')).toBeVisible();
  await expectAccessible(page);
});

test('it is bought by keyboard alone', async ({ page }) => {
  await page.goto('/shop');
  await page.getByRole('button', { name: /^Add / }).first().waitFor();
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox')).toBeFocused();
  const add = page.getByRole('button', { name: /^Add / }).and(page.locator(':enabled')).first();
  await add.focus();
  await page.keyboard.press('Enter');
  const cart = page.getByRole('link', { name: 'Cart, 1 product' });
  await expect(cart).toBeVisible();
  await cart.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Cart' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'To the checkout' })).toBeVisible();
});

test('an address is in the company’s country, or in another one that is delivered to', async ({
  page,
  browser,
  house,
}) => {
  const admin = await (await browser.newContext({ baseURL: house.url })).newPage();
  await signIn(admin, 'admin');
  const answer = await admin.request.get('/api/staff/company');
  const { id, version, ...company } = (await answer.json()) as { id: string; version: number; country: string };
  const set = (country: string, seen: number) =>
    admin.request.put('/api/staff/company', {
      headers: { 'sec-fetch-site': 'same-origin', 'If-Match': `"${String(seen)}"` },
      data: { ...company, country },
    });
  const wrong = (await (await set('slovakia', version)).json()) as { field?: string };
  expect([id.slice(0, 4), wrong.field]).toEqual(['com_', 'country']);
  expect((await set('SK', version)).ok()).toBe(true);
  const zoned = (zones: object[]) =>
    admin.request.put('/api/delivery/zones', { headers: { 'sec-fetch-site': 'same-origin' }, data: { zones } });
  expect((await zoned([{ country: 'UA', prefix: '', region: 'ukraine' }])).ok()).toBe(true);

  await page.goto('/shop');
  await page.getByRole('button', { name: /^Add / }).and(page.locator(':enabled')).first().click();
  await page.getByRole('link', { name: 'Cart, 1 product' }).waitFor();
  await page.goto('/shop/checkout/delivery');
  await page.getByLabel('Name').fill('Olena Vyhadana');
  await page.getByLabel('Phone').fill('+380 44 000 00 03');
  await expect(page.getByLabel('Country')).toHaveValue('SK');
  await page.getByLabel('Street').fill('1 Example Street');
  await page.getByLabel('Postcode').fill('01001');
  await page.getByLabel('City').fill('Exampleton');
  await expectAccessible(page);
  const sent = page.waitForRequest((request) => request.method() === 'PUT' && request.url().endsWith('/delivery'));
  await page.getByRole('button', { name: 'On to the payment' }).click();
  expect((await sent).postDataJSON()).toMatchObject({ contact: { country: 'SK' } });
  expect((await set('UA', version + 1)).ok()).toBe(true);
  expect((await zoned([])).ok()).toBe(true);
  await page.goto('/shop/checkout/delivery');
  await expect(page.getByLabel('Street')).toBeVisible();
  await expect(page.getByLabel('Country')).toHaveCount(0);
});

test('an empty cart and a page that does not exist say what to do', async ({ page }) => {
  await page.goto('/shop/cart');
  await expect(page.getByRole('heading', { name: 'The cart is empty' })).toBeVisible();
  await page.goto('/shop/nothing');
  await expect(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible();
});

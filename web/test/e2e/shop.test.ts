// The shop at a desk: typing errors, facets, languages, keyboard, and pages that are empty or missing.
import { expect, expectAccessible, test } from './backroom.ts';

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

test('an empty cart and a page that does not exist say what to do', async ({ page }) => {
  await page.goto('/shop/cart');
  await expect(page.getByRole('heading', { name: 'The cart is empty' })).toBeVisible();
  await page.goto('/shop/nothing');
  await expect(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible();
});

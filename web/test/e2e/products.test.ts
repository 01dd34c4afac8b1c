// The merchandiser's day: find a product, change it while somebody else does, set its price, take it back.
import { expect, expectAccessible, signIn, test } from './backroom.ts';

test('a product is found although it is misspelt, and the list is narrowed by category and brand', async ({ page }) => {
  await signIn(page, 'merchandiser');
  await expect(page).toHaveURL(/\/products$/);
  await page.getByRole('searchbox').fill('yogurt chery');
  await expect(
    page
      .getByRole('grid')
      .getByText(/Cherry yoghurt/)
      .first(),
  ).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('searchbox').fill('');
  const facets = page.getByRole('complementary', { name: 'Narrow down' });
  await facets.getByRole('button', { name: /^Drinks/ }).click();
  await expect(page).toHaveURL(/category=cat_/);
  await facets.getByRole('listitem').last().getByRole('button').click();
  await expect(page).toHaveURL(/brand=/);
});

test('a new product gets its price, and says why it costs that', async ({ page }) => {
  test.slow();
  const number = `T-${String(Date.now())}`;
  await signIn(page, 'merchandiser');
  await page.getByRole('link', { name: 'New product' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'New product' })).toBeVisible();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Example tea 20 bags');
  await page.getByLabel('Article number').fill(number);
  await page.getByRole('combobox', { name: 'Category' }).fill('tea');
  await page.getByRole('option').first().click();
  await page.getByRole('combobox', { name: 'Tax class' }).click();
  await page.getByRole('option').first().click();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Add product' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Example tea 20 bags' })).toBeVisible();
  await expect(page.getByText('No price: it cannot be sold.')).toBeVisible();
  await page.getByRole('button', { name: 'Set price' }).click();
  await page.getByLabel('New price of one unit').fill('3.49');
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Set price' }).click();
  await expect(page.getByRole('list', { name: 'Why this price' })).toContainText('€3.49');
  await expect(page.getByText('holds now')).toBeVisible();
  await expectAccessible(page);

  // The number is taken now: nobody's product is changed by adding another one.
  await page.goto('/products/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Another tea');
  await page.getByLabel('Article number').fill(number);
  await page.getByRole('combobox', { name: 'Category' }).fill('tea');
  await page.getByRole('option').first().click();
  await page.getByRole('combobox', { name: 'Tax class' }).click();
  await page.getByRole('option').first().click();
  await page.getByRole('button', { name: 'Add product' }).click();
  await expect(page.getByRole('alert')).toContainText('Another product has this article number');
  await page.getByRole('link', { name: 'Open the product that has it' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Example tea 20 bags' })).toBeVisible();
});

test('two people change one product, and neither loses what they wrote', async ({ page, browser, baseURL }) => {
  test.slow();
  const [maker, description] = [`Example Maker ${String(Date.now())}`, `Changed at ${String(Date.now())}.`];
  await signIn(page, 'merchandiser');
  await page.getByRole('grid').getByRole('row').nth(3).click();
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('Products');
  const address = page.url();
  await page.keyboard.press('e');
  await page.getByLabel('Maker').fill(maker);

  const context = await browser.newContext({ baseURL });
  const other = await context.newPage();
  await signIn(other, 'manager');
  await other.goto(`${address}/edit`);
  await other.getByLabel('Description').fill(description);
  await other.getByRole('button', { name: 'Save' }).click();
  await expect(other.getByText(description)).toBeVisible();
  await context.close();

  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { name: 'Somebody else has changed this product meanwhile' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Keep mine, take the rest from them' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText(maker)).toBeVisible();
  await expect(page.getByText(description)).toBeVisible();
});

// A clerk says where a product lies, and the late one of two is told.
import { expect, expectAccessible, signIn, test } from './backroom.ts';

const OWN = { 'sec-fetch-site': 'same-origin' };

test('a clerk says where a product lies', async ({ page }) => {
  const place = `Z-${String(Date.now()).slice(-6)}`;
  await signIn(page, 'clerk');
  await page.goto('/stock');
  await page.getByRole('link', { name: 'Places' }).click();
  await expect(page.getByRole('heading', { level: 1, name: /^Places at / })).toBeVisible();
  const set = page.waitForRequest((request) => request.method() === 'PUT');
  await page.getByRole('row').nth(1).click();
  const form = page.getByRole('dialog');
  const field = form.getByLabel(/^Place at /);
  await expect(field).toBeFocused();
  await field.fill(place);
  await expectAccessible(page);
  await page.keyboard.press('Control+Enter');
  await expect(form).toBeHidden();
  await expect(page.getByRole('row').nth(1)).toContainText(place);

  // A colleague is faster.
  await page.getByRole('row').nth(1).click();
  await expect(field).toHaveValue(place);
  const { site, places } = (await set).postDataJSON() as { site: string; places: { product: string }[] };
  const data = { site, places: [{ product: places[0]?.product, place: 'elsewhere' }] };
  expect((await page.request.put('/api/inventory/places', { headers: OWN, data })).status()).toBe(200);
  await field.fill(`${place} B`);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form.getByText('Now: elsewhere')).toBeVisible();
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form).toBeHidden();
  await expect(page.getByRole('row').nth(1)).toContainText(`${place} B`);

  // Found by words, as the catalogue finds it.
  const name = (await page.getByRole('row').nth(1).getByRole('gridcell').first().textContent()) ?? '';
  await page.getByRole('searchbox').fill(name);
  await expect(
    page
      .getByRole('row')
      .filter({ hasText: name })
      .filter({ hasText: `${place} B` }),
  ).toBeVisible();
  await expectAccessible(page);
});

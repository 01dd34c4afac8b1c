// Picking on a phone: it begins where there is work, and goods that are missing go back to the contact center.
import { expect, expectAccessible, signIn, test } from './backroom.ts';

test('the list opens at a store with something to do, and what is missing is reported', async ({ page }) => {
  await signIn(page, 'manager');
  await page.goto('/picking');
  const picks = page.locator('a[href*="/picking/pick_"]');
  await expect(picks.first()).toBeVisible();
  await expectAccessible(page);
  const fresh = picks.filter({ hasText: 'New' }).first();
  test.skip((await fresh.count()) === 0, 'everything is picked already');
  await fresh.click();
  await page.getByRole('button', { name: 'Start picking' }).click();
  await expect(page.getByRole('button', { name: 'All of it' }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Not enough' }).first().click();
  await expect(page.getByRole('dialog')).toBeVisible();
  // What could be taken instead says what it costs and whether it is here.
  await page.getByLabel('Something else instead').check();
  await page.getByLabel('What is taken instead').fill('tea');
  const instead = page.getByRole('dialog').getByRole('button', { name: /tea/i });
  await expect(instead.first()).toContainText(/€\d+\.\d\d.*: (\d+ pcs|none free)/);
  await expectAccessible(page);
  await page.getByLabel('Ask the customer: back to the contact center').check();
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: /^Done/ }).click();
  await expect(page.getByText('Noted')).toBeVisible();
  await expect(page.getByText('Waits for the contact center')).toBeVisible();
  await expectAccessible(page);
});

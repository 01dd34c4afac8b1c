// Signing in, landing where the work is, languages and colours, dead ends.
import { expect, expectAccessible, signIn, test } from './backroom.ts';

test('each role lands where its work is', async ({ page }) => {
  await signIn(page, 'agent');
  await expect(page).toHaveURL(/\/contact$/);
  await page.locator('header [aria-haspopup="menu"]').click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to Backroom' })).toBeVisible();
  await signIn(page, 'clerk');
  await expect(page).toHaveURL(/\/picking$/);
});

test('a wrong password is refused in words', async ({ page }) => {
  await page.goto('/');
  await page.getByLabel('Login').fill('nobody');
  await page.getByLabel('Password', { exact: true }).fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
});

test('a refusal is told in the language that was chosen', async ({ page }) => {
  await page.goto('/');
  await page.getByText('УК', { exact: true }).click();
  await page.getByLabel('Логін').fill('nobody');
  await page.getByLabel('Пароль', { exact: true }).fill('wrong');
  await page.getByRole('button', { name: 'Увійти' }).click();
  await expect(page.getByRole('alert')).toContainText('Хибний логін або пароль');
  await page.getByText('EN', { exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('Login or password is wrong');
});

test('the sign-in page is accessible in both languages and both colours', async ({ page }) => {
  await page.goto('/');
  await expectAccessible(page);
  await page.getByText('УК', { exact: true }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'uk');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page);
});

test('the component page is accessible in light and dark', async ({ page }) => {
  await page.goto('/components');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page);
});

test('a list is walked and opened by keyboard alone, and ? shows the keys', async ({ page }) => {
  await page.goto('/components');
  const grid = page.getByRole('grid');
  await grid.getByRole('row').nth(1).focus();
  for (let step = 0; step < 3; step += 1) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(grid.locator('[aria-selected="true"]')).toContainText('Row 4');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toContainText('Saved');
});

test('a page that does not exist says so', async ({ page }) => {
  await signIn(page, 'admin');
  await page.goto('/no-such-page');
  await expect(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible();
});

test('a page that is opened without a connection waits for one', async ({ page, context }) => {
  await signIn(page, 'manager');
  await context.setOffline(true);
  await page.getByRole('navigation').getByRole('link', { name: 'Stock' }).click();
  await expect(page.getByText(/^No connection/)).toBeVisible();
  await expect(page.getByRole('navigation')).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByRole('heading', { name: /^Stock/ })).toBeVisible({ timeout: 15_000 });
});

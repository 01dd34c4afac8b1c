// The administrator: people, their roles, keys of other systems.
import { expect, expectAccessible, signIn, test } from './backroom.ts';

test('somebody new signs in with what they were given, and is locked out again', async ({ page, browser, baseURL }) => {
  const login = `new-${String(Date.now())}@demo.example`;
  await signIn(page, 'admin');
  await expect(page).toHaveURL(/\/staff$/);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Add person' }).click();
  await page.getByLabel('Name').fill('Nova Examplova');
  await page.getByLabel('Login').fill(login);
  await page.getByRole('button', { name: 'Make one up' }).click();
  const password = await page.getByLabel('Password').inputValue();
  await page.getByRole('checkbox', { name: 'Finance' }).check();
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Add person' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Nova Examplova' })).toBeVisible();
  await expectAccessible(page);

  const context = await browser.newContext({ baseURL });
  const theirs = await context.newPage();
  await theirs.goto('/');
  await theirs.getByLabel('Login').fill(login);
  await theirs.getByLabel('Password', { exact: true }).fill(password);
  await theirs.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(theirs).toHaveURL(/\/ledger$/);
  const figures = theirs.getByRole('main').getByText(/[€₴$]\s?\d|\d\s?[€₴$]/);
  await expect(figures.first()).toBeVisible();

  await page.getByRole('button', { name: 'Block' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Block' }).click();
  await expect(page.getByText('Blocked', { exact: true })).toBeVisible();
  // What they have open is closed, and does not come back.
  await expect(theirs.getByRole('heading', { name: 'Sign in to Backroom' })).toBeVisible();
  expect((await theirs.request.get('/api/staff/me')).status()).toBe(401);
  // Who signs in next there sees nothing that was read for the person before, not even until it is read anew.
  await theirs.route('**/api/finance/**', () => undefined);
  await theirs.locator('button[data-role="finance"]').first().click();
  await expect(theirs.getByRole('navigation').first()).toBeVisible();
  await expect(theirs.getByRole('main')).toBeVisible();
  await expect(figures).toHaveCount(0, { timeout: 1_000 });
  await context.close();
});

test('who signs out in one window has signed out in the others', async ({ page, context }) => {
  await signIn(page, 'manager');
  const other = await context.newPage();
  await other.goto('/orders');
  await expect(other.getByRole('heading', { level: 1, name: 'Orders' })).toBeVisible();
  await page.getByRole('button', { name: 'Marta Managerova' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(other.getByRole('heading', { name: 'Sign in to Backroom' })).toBeVisible({ timeout: 3_000 });
  await expect(page.getByRole('heading', { name: 'Sign in to Backroom' })).toBeVisible();
});

test('whose password is guessed is slowed, told, and let in again', async ({ page, request }) => {
  const login = `guessed-${String(Date.now())}@demo.example`;
  const guess = () => request.post('/api/staff/sign-in', { data: { login, password: 'a wild guess' } });
  for (let n = 0; n < 5; n += 1) expect((await guess()).status()).toBe(401);
  for (let n = 0; n < 3; n += 1) await guess();
  await page.goto('/');
  await page.getByLabel('Login').fill(login);
  await page.getByLabel('Password', { exact: true }).fill('a wild guess');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(
    page.getByText(/Wait \d+ seconds?, then try again/).or(page.getByText(/password is wrong/)),
  ).toBeVisible();

  await signIn(page, 'admin');
  await page.getByRole('tab', { name: 'Sign-ins' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Slowed down' }).first()).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: 'Signed in' }).first()).toBeVisible();
  await expectAccessible(page);
});

test('an API key is shown once and revoked', async ({ page, request }) => {
  const name = `Till ${String(Date.now())}`;
  await signIn(page, 'admin');
  await page.getByRole('tab', { name: 'API keys' }).click();
  await page.getByRole('button', { name: 'New API key' }).click();
  await page.getByLabel('What for').fill(name);
  await page.getByRole('combobox', { name: 'What it may do' }).fill('staff.read');
  await page.getByRole('option', { name: 'staff.read' }).click();
  await page.keyboard.press('Tab');
  await page.getByRole('dialog').getByRole('button', { name: 'New API key' }).click();
  const secret = (await page.getByLabel('Secret', { exact: true }).textContent()) ?? '';
  await expectAccessible(page);
  await page.getByRole('button', { name: 'I have copied it' }).click();
  const ask = () => request.get('/api/staff/people', { headers: { Authorization: `Bearer ${secret}` } });
  expect((await ask()).status()).toBe(200);
  const row = page.getByRole('row').filter({ hasText: name });
  await row.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(row.getByText('Revoked')).toBeVisible();
  expect((await ask()).status()).toBe(401);
  await expectAccessible(page);
});

test('sites are listed and accessible', async ({ page }) => {
  await signIn(page, 'admin');
  await page.getByRole('tab', { name: 'Sites' }).click();
  await expect(page.getByRole('gridcell', { name: 'Warehouse North', exact: true })).toBeVisible();
  await expectAccessible(page);
});

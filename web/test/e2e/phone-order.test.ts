// An agent takes an order by telephone, by the keyboard alone.
import { expect, expectAccessible, signIn, test } from './backroom.ts';

test('a caller who is new orders by telephone, without a mouse', async ({ page }) => {
  const number = String(Date.now()).slice(-7);
  const name = `Caller ${number}`;
  const keys = page.keyboard;
  await signIn(page, 'agent');
  await expect(page).toHaveURL(/\/contact$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Calls' })).toBeVisible();
  await keys.press('o');
  await expect(page.getByRole('combobox', { name: 'Who is calling' })).toBeFocused();

  await keys.type(name);
  await expect(page.getByRole('option', { name: `New customer: ${name}` })).toHaveAttribute('aria-selected', 'true');
  await keys.press('Enter');
  const form = page.getByRole('dialog');
  await expect(form.getByLabel('Name')).toHaveValue(name);
  await expect(form.getByLabel('Name')).toBeFocused();
  await keys.press('Tab');
  await keys.type(`+38044${number}`);
  await keys.press('Control+Enter');
  await expect(form).toBeHidden();
  await expect(page.getByRole('link', { name })).toBeVisible();

  // The typing goes on where the goods are.
  const search = page.getByRole('combobox', { name: 'Add a product' });
  await expect(search).toBeFocused();
  await keys.type('tea');
  await expect(page.getByRole('option').first()).toContainText('€');
  await keys.press('Enter');
  const quantity = page.getByRole('textbox', { name: /^Quantity:/ });
  await expect(quantity).toHaveCount(1);
  await quantity.focus();
  await keys.type('2');
  await keys.press('Enter');
  await expect(quantity).toHaveValue('2');
  await expect(quantity).toBeFocused();

  await expect(page.getByRole('combobox', { name: 'Way of delivery' })).toHaveValue('Courier');
  await expect(page.getByLabel('Telephone')).toHaveValue(new RegExp(number));
  await page.getByLabel('Street and house').focus();
  await keys.type('1 Example Street');
  await keys.press('Tab');
  await keys.type('Exampleton');
  await keys.press('Tab');
  await keys.type('01001');
  const sums = page.getByRole('table').last();
  await expect(sums.getByRole('row', { name: /Delivery/ })).toContainText('€');
  await expect(page.getByRole('button', { name: /Place the order/ })).toBeEnabled();
  await expectAccessible(page);
  // What is typed last counts, though nobody has left the field.
  await quantity.focus();
  await keys.type('3');
  await keys.press('Control+Enter');

  await expect(page).toHaveURL(/\/orders\/ord_/);
  await expect(page.getByRole('table').first().getByRole('cell', { name: '3', exact: true })).toBeVisible();
  await expect(page.getByText('Phone', { exact: true })).toBeVisible();
  await expect(page.getByText(name).first()).toBeVisible();
  // Who took it down stands in its history.
  await expect(page.getByText('Ada Agentova').first()).toBeVisible();
});

test('an answer that was on its way while the cart was changed does not empty it', async ({ page }) => {
  await signIn(page, 'agent');
  await page.goto('/contact/new');
  // The first look at the cart is taken before there is anything in it, and comes long after the answer to the change.
  const line = page.waitForResponse((answer) => answer.url().endsWith('/lines') && answer.ok());
  let isAsked = false;
  let isRead = false;
  await page.route(/\/api\/orders\/carts\/[^/]+$/, async (route) => {
    if (isAsked) return route.continue();
    isAsked = true;
    const empty = await route.fetch();
    isRead = true;
    await line;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return route.fulfill({ response: empty });
  });
  await page.route('**/lines', async (route) => {
    await expect.poll(() => isRead).toBe(true);
    return route.continue();
  });
  const looked = page.waitForResponse(/\/api\/orders\/carts\/[^/]+$/);
  await page.getByRole('combobox', { name: 'Add a product' }).fill('tea');
  await page.getByRole('option').first().click();
  const quantity = page.getByRole('textbox', { name: /^Quantity:/ });
  await expect(quantity).toHaveValue('1');
  expect(((await (await looked).json()) as { lines: unknown[] }).lines).toEqual([]);
  await page.waitForTimeout(300);
  await expect(quantity).toHaveValue('1');
});

test('what is short is named, in the language that was chosen', async ({ page }) => {
  const number = String(Date.now()).slice(-7);
  const name = `Caller ${number}`;
  await signIn(page, 'agent');
  await page.goto('/contact/new');
  await page.getByRole('combobox', { name: 'Who is calling' }).fill(name);
  await page.getByRole('option', { name: `New customer: ${name}` }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Telephone').fill(`+38044${number}`);
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('link', { name })).toBeVisible();
  await page.getByRole('combobox', { name: 'Add a product' }).fill('tea');
  await expect(page.getByRole('option', { selected: true })).toBeVisible();
  await page.getByRole('option').first().click();
  const quantity = page.getByRole('textbox', { name: /^Quantity:/ });
  await quantity.focus();
  await page.keyboard.type('90000');
  await page.keyboard.press('Enter');
  const refused = page.getByRole('alert').filter({ hasText: 'Not enough is available' });
  await expect(refused.getByRole('listitem')).toHaveCount(1);
  await page.getByText('УК', { exact: true }).click();
  const told = page.getByRole('alert').filter({ hasText: 'Немає стільки в наявності' });
  await expect(told).toContainText('1 товару є менше');
  await expect(told.getByRole('listitem')).toHaveText(/чай/i);
  await expectAccessible(page);
});

test('while the cart is still the former caller’s, nothing is ordered', async ({ page }) => {
  await signIn(page, 'agent');
  await page.goto('/contact/new');
  await page.getByRole('combobox', { name: 'Add a product' }).fill('tea');
  await expect(page.getByRole('option', { selected: true })).toBeVisible();
  await page.getByRole('option').first().click();
  await expect(page.getByRole('textbox', { name: /^Quantity:/ })).toHaveCount(1);
  const number = String(Date.now()).slice(-7);
  const name = `Known ${number}`;
  const made = await page.request.post('/api/customers', {
    headers: { 'sec-fetch-site': 'same-origin', 'Idempotency-Key': number },
    data: { name, phone: `+38044${number}` },
  });
  expect(made.ok()).toBe(true);
  await page.route('**/api/orders/carts/*/customer', (route) =>
    route.fulfill({ status: 409, json: { type: '/problems/orders/not-now', status: 409, title: 'Not now' } }),
  );
  await page.getByRole('combobox', { name: 'Who is calling' }).fill(name);
  await page.getByRole('option').filter({ hasText: name }).first().click();
  await expect(page.getByRole('link', { name })).toBeVisible();
  await page.getByLabel('Street and house').fill('1 Example Street');
  await page.getByLabel('Town').fill('Exampleton');
  // Nothing else is missing.
  await expect(page.getByText(/^Still missing/)).toBeHidden();
  const place = page.getByRole('button', { name: /Place the order/ });
  const refused = page.getByRole('alert').filter({ hasText: 'Not now' });
  await expect(refused).toBeVisible();
  await expect(place).toBeDisabled();
  await page.keyboard.press('Control+Enter');
  await page.unroute('**/api/orders/carts/*/customer');
  await refused.getByRole('button').click();
  await expect(place).toBeEnabled();
  await expect(page).toHaveURL(/\/contact\/new/);
});

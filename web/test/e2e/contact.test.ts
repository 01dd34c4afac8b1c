// The agent's whole call without a mouse: next call, how it went, other goods, another delivery with both totals in sight, confirmed;
// and one that is put off.
import { clockIn } from '../../src/texts/format.ts';
import { expect, expectAccessible, signIn, test } from './backroom.ts';

test('a call is worked off by keyboard alone', async ({ page }) => {
  test.setTimeout(90_000);
  await signIn(page, 'agent');
  await expect(page.getByRole('heading', { name: 'Calls' })).toBeVisible();
  await page.keyboard.press('n');
  await expect(page).toHaveURL(/\/contact\/call_/);
  await expect(page.getByRole('button', { name: /^Confirm the order/ })).toBeEnabled();
  await expect(page.getByText('In stock').first()).toBeVisible();
  await expectAccessible(page);

  await page.keyboard.press('1');
  await expect(page.getByRole('list', { name: 'Attempts' })).toContainText('Reached');

  await page.keyboard.press('e');
  const quantity = page.getByRole('textbox', { name: /^Quantity/ }).first();
  await expect(quantity).toBeFocused();
  const more = Number(await quantity.inputValue()) + 1;
  await page.keyboard.type(String(more));
  await expect(quantity).toHaveValue(String(more));
  const total = page.getByRole('row', { name: /^Total/ }).getByRole('cell');
  await expect(total.nth(1)).toHaveText(/\d/);
  expect(await total.nth(1).innerText()).not.toBe(await total.nth(0).innerText());
  await page.getByRole('combobox', { name: 'Add a product' }).focus();
  await page.keyboard.type('tea');
  await expect(page.getByRole('option', { selected: true })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: /^Quantity/ })).not.toHaveCount(1);
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: /^Confirm the order/ })).toBeVisible();

  await page.keyboard.press('d');
  const method = page.getByRole('combobox', { name: 'Way of delivery' });
  await expect(method).toBeFocused();
  const before = await method.inputValue();
  await page.getByRole('textbox', { name: 'Name' }).focus();
  await page.keyboard.press('End');
  await page.keyboard.type(' Vyhadana');
  await expect(method).toHaveValue(before);
  await expect(total.nth(1)).toHaveText(/\d/);
  await expect(page.getByRole('button', { name: /^Change the order/ })).toBeEnabled();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('The order is changed')).toBeVisible();
  await expect(page.getByText(/Vyhadana/).first()).toBeVisible();

  await page.keyboard.press('c');
  await expect(page).toHaveURL(/\/contact$/);
  await expect(page.getByText(/is confirmed|goes on/).first()).toBeVisible();
});

test('what an agent does is seen at once on the screens of others', async ({ page, browser, house }) => {
  await signIn(page, 'agent');
  await page.goto('/contact');
  const supervisor = await (await browser.newContext({ baseURL: house.url })).newPage();
  await signIn(supervisor, 'supervisor');
  await supervisor.goto('/contact');
  await expect(page.getByRole('heading', { name: 'Calls' })).toBeVisible();
  await page.keyboard.press('n');
  const heading = page.getByRole('heading', { name: /^Order \d+/ });
  await expect(heading).toBeVisible();
  const number = (await heading.innerText()).replace(/\D/g, '');
  await expect(supervisor.getByRole('row', { name: new RegExp(number) })).toHaveCount(0, { timeout: 3_000 });

  await supervisor.goto(`/orders?q=${number}`);
  await supervisor.getByRole('row', { name: new RegExp(number) }).click();
  const waits = supervisor.getByText(/^Waits for: /).first();
  await expect(waits).toBeVisible();
  const place = await waits.innerText();
  await expect(page.getByRole('button', { name: /^(Confirm the order|Solved, go on)/ })).toBeEnabled();
  await page.keyboard.press('c');
  await expect(page).toHaveURL(/\/contact$/);
  await expect(supervisor.getByText(place)).toHaveCount(0, { timeout: 3_000 });
});

test.describe('far from the company', () => {
  test.use({ timezoneId: 'America/New_York' });

  test('a call is put off to a time by the company’s clock', async ({ page }) => {
    await signIn(page, 'agent');
    const company = (await (await page.request.get('/api/staff/company')).json()) as { zone: string };
    await expect(page.getByRole('heading', { name: 'Calls' })).toBeVisible();
    await page.keyboard.press('n');
    await expect(page).toHaveURL(/\/contact\/call_/);
    await page.getByRole('button', { name: /^Call back later/ }).click();
    const form = page.getByRole('dialog');
    await expect(form.getByText(`By the clock of ${company.zone}`)).toBeVisible();
    await form.getByRole('button', { name: 'tomorrow at 10:00' }).click();
    const when = form.getByLabel('When');
    await expect(when).toHaveValue(/T10:00$/);
    const sent = page.waitForRequest((request) => request.url().endsWith('/callback'));
    await form.getByRole('button', { name: /^Call back later/ }).click();
    const { at } = (await sent).postDataJSON() as { at: string };
    expect(clockIn(new Date(at), company.zone)).toMatch(/T10:00$/);
    await expect(page).toHaveURL(/\/contact$/);
    await page.getByText('Call back', { exact: true }).click();
    await expect(page.getByRole('row').filter({ hasText: '10:00' }).first()).toBeVisible();
  });
});

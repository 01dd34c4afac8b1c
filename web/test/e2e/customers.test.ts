// Customers: two entries of one person become one, and what was agreed to is noted.
import { expect, expectAccessible, signIn, test } from './backroom.ts';

const OWN = { 'sec-fetch-site': 'same-origin' };

test('duplicates are found by their number and become one customer', async ({ page }) => {
  await signIn(page, 'manager');
  const phone = `+38044${String(Date.now()).slice(-7)}`;
  const make = async (name: string, email: string): Promise<string> => {
    const made = await page.request.post('/api/customers', {
      headers: { ...OWN, 'Idempotency-Key': email },
      data: { name, phone, email },
    });
    return ((await made.json()) as { id: string }).id;
  };
  const first = await make('Olena Vyhadana', `one${phone}@example.com`);
  await make('O. Vyhadana', `two${phone}@example.com`);

  await page.goto('/customers');
  await page.getByRole('link', { name: 'Possible duplicates' }).click();
  await expect(page.getByRole('heading', { name: new RegExp(phone.slice(1)) })).toBeVisible();
  await expectAccessible(page);

  await page.goto(`/customers/${first}`);
  await expect(page.getByText('same telephone')).toBeVisible();
  await page.getByRole('button', { name: 'Merge' }).first().click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('radio', { name: 'Olena Vyhadana', exact: true })).toBeChecked();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Merge' }).click();
  await expect(page.getByText('Olena Vyhadana: one entry now')).toBeVisible();
  await expect(page.getByRole('link', { name: `two${phone}@example.com`.toLowerCase() })).toBeVisible();
  await expect(page.getByText('same telephone')).toHaveCount(0);

  await page.getByRole('button', { name: 'Note a consent' }).click();
  await page.getByLabel('How they said so').fill('On the telephone');
  await page.getByRole('button', { name: /^Note it/ }).click();
  await expect(page.getByText('welcome', { exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Data' }).click();
  await page.getByRole('menuitem', { name: 'Erase the customer' }).click();
  const erase = page.getByRole('dialog').getByRole('button', { name: 'Erase the customer' });
  await expect(erase).toBeDisabled();
  await page.getByLabel('I know that this cannot be undone').check();
  await erase.click();
  await expect(page.getByRole('heading', { level: 1, name: 'Erased' })).toBeVisible();
  await expectAccessible(page);
});

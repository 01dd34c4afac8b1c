// Business people change decisions and procedures while they run.
import { readFileSync } from 'node:fs';
import { expect, expectAccessible, signIn, test, type Role } from './backroom.ts';

test('a decision is tried, changed, approved by a second person, put into force and taken back', async ({ page }) => {
  test.slow();
  await signIn(page, 'merchandiser');
  await page.goto('/decisions');
  await expectAccessible(page);
  await page.getByText('Which orders the contact center calls about').click();
  await expect(page.getByText('The first row that fits decides.')).toBeVisible();
  const ask = async (total: string, channel = 'web') => {
    await page.getByRole('combobox', { name: 'Channel', exact: true }).fill(channel);
    await page.getByRole('textbox', { name: 'Order total', exact: true }).fill(total);
    await page.getByRole('combobox', { name: 'Payment', exact: true }).fill('card');
    await page.getByRole('textbox', { name: 'Lines', exact: true }).fill('2');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
  };
  await ask('140');
  await expect(page.getByText('Row 6 decided')).toBeVisible();
  await expect(page.locator('tr[aria-current="true"]')).toHaveCount(1);
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Edit table' }).click();
  await page.getByLabel('Row 2, Order total').fill('> 120');
  await expect(page.getByText('Order total > 150 → > 120')).toBeVisible();
  await ask('140');
  await expect(page.getByText('Row 2 decided')).toBeVisible();
  await page.getByLabel('Row 2, Order total').fill('> (120');
  await expect(page.getByText('It cannot be used yet')).toBeVisible();
  await page.getByLabel('Row 2, Order total').fill('> 120');
  await page.getByLabel('Why it is changed').fill('Smaller orders are called about, too');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save as draft' }).click();
  await expect(page.getByText('Somebody else must approve').first()).toBeVisible();

  const address = page.url();
  await again(page, 'manager');
  await page.goto(address);
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('button', { name: 'Put into force', exact: true }).click();
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Put into force' }).click();
  await expect(page.getByText(/Version \d+ – in force/).first()).toBeVisible();
  await page.getByRole('button', { name: 'Put into force again' }).last().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Put into force' }).click();
  await expect(page.getByText('Version 1 – in force').first()).toBeVisible();
});

async function again(page: Parameters<typeof signIn>[0], role: Role): Promise<void> {
  await page.locator('header [aria-haspopup="menu"]').click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.locator('button[data-role]').first()).toBeVisible();
  await signIn(page, role);
}

test('a procedure gets another deadline while orders are under way, and a faulty drawing is refused in words', async ({
  page,
}) => {
  // Four visits of the diagram, each drawn anew.
  test.slow();
  await signIn(page, 'manager');
  await page.goto('/procedures');
  await expectAccessible(page);
  await page.getByText('Online order', { exact: true }).click();
  await expect(page.locator('.djs-container')).toBeVisible();
  await expectAccessible(page);

  const good = new URL('../../../crates/processes/shipped/online-order.bpmn', import.meta.url);
  const faulty = readFileSync(good, 'utf8').replace('orders.confirm"', 'orders.conform"');
  const file = { name: 'wrong.bpmn', mimeType: 'application/xml', buffer: Buffer.from(faulty) };
  await page.locator('input[type="file"]').setInputFiles(file);
  await expect(page.getByText('It cannot be carried out yet')).toBeVisible();
  await expect(page.getByRole('alert')).toContainText('Confirm the order');
  await expect(page.getByRole('button', { name: 'Put into use' })).toBeDisabled();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Drop it' }).click();

  await page.getByRole('button', { name: 'Draw' }).click();
  await page.locator('[data-element-id="confirm"]').first().click();
  await page.getByRole('textbox', { name: 'group' }).fill('supervisors');
  await expect(page.getByText('group contact-center → supervisors')).toBeVisible();
  await expect(page.getByText('It can be carried out.')).toBeVisible();
  await page.getByRole('button', { name: 'Drop it' }).click();

  await page.getByRole('button', { name: 'Change deadlines' }).click();
  const minutes = String(31 + (Date.now() % 20));
  await page.getByRole('textbox', { name: 'Confirmed with the customer within' }).fill(minutes);
  await expect(page.getByText(/Confirmed with the customer within: \d+ minutes → \d+ minutes/)).toBeVisible();
  await page.getByRole('button', { name: 'Put into use' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Put into use' }).click();
  await expect(page.getByText('New ones follow it', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Follow it again' }).last().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Follow it again' }).click();
  await expect(page.getByText(/is in use/).first()).toBeVisible();
});

test('the ledger adds up, and a day leads to its invoices', async ({ page }) => {
  await signIn(page, 'finance');
  await expect(page).toHaveURL(/\/ledger$/);
  await expect(page.getByText('All balances together are zero: the books agree.')).toBeVisible();
  await expectAccessible(page);
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export CSV' }).click();
  expect((await saved).suggestedFilename()).toMatch(/^ledger-.*\.csv$/);
  await page
    .getByRole('link', { name: /^\d{1,2} \w{3,4} \d{4}$/ })
    .first()
    .click();
  await expect(page).toHaveURL(/\/invoices\?day=/);
});

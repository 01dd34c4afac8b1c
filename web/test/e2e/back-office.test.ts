// The back office: lists, one order with everything about it, stock, invoices; each page accessible, each by its role.
import { expect, expectAccessible, signIn, test } from './backroom.ts';

const PAGES = [
  { role: 'manager', path: '/', heading: /./ },
  { role: 'manager', path: '/orders', heading: 'Orders' },
  { role: 'manager', path: '/stock', heading: /Stock/ },
  { role: 'finance', path: '/invoices', heading: /Invoices/ },
  { role: 'supervisor', path: '/customers', heading: /Customers/ },
  { role: 'supervisor', path: '/contact', heading: /Calls/ },
] as const;

for (const { role, path, heading } of PAGES) {
  test(`${role} at ${path}`, async ({ page }) => {
    await signIn(page, role);
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
    await expect(page.getByRole('alert')).toHaveCount(0);
    await expectAccessible(page);
  });
}

test('an order shows its lines, money, history and its place in the procedure', async ({ page }) => {
  await signIn(page, 'manager');
  await page.goto('/orders');
  await page.getByRole('grid').getByRole('row').nth(1).click();
  await expect(page.getByRole('heading', { level: 1, name: /Order/ })).toBeVisible();
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page);
});

test('the drawing of the procedure is legible and shows where it waits', async ({ page }) => {
  await signIn(page, 'manager');
  await page.goto('/orders?state=confirmed');
  await page.getByRole('grid').getByRole('row').nth(1).click();
  await expect(page.getByText(/^Waits for: /).first()).toBeVisible();
  const field = page.getByRole('group', { name: /Diagram of the procedure/ });
  const here = field.locator('.is-waiting').first();
  await expect(here).toBeVisible({ timeout: 15_000 });
  await expect
    .poll(async () => {
      const [frame, box] = [await field.boundingBox(), await here.boundingBox()];
      return frame !== null && box !== null && box.x > frame.x && box.x + box.width < frame.x + frame.width;
    })
    .toBe(true);
  await page.getByRole('button', { name: 'The whole diagram' }).click();
  await page.getByRole('button', { name: 'Larger' }).click();
  await expectAccessible(page);
});

test('filters live in the address', async ({ page }) => {
  await signIn(page, 'manager');
  await page.goto('/orders?state=cancelled');
  await expect(page.getByRole('heading', { level: 1, name: 'Orders' })).toBeVisible();
  await expect(page.getByText('Placed', { exact: true }).and(page.locator('[role="gridcell"] *'))).toHaveCount(0);
});

test('a clerk may not see invoices, and is told so', async ({ page }) => {
  await signIn(page, 'clerk');
  await page.goto('/invoices');
  await expect(page.getByRole('heading', { name: 'Not for your role' })).toBeVisible();
});

test('an order and a customer get fields of the retailer’s own', async ({ page }) => {
  await signIn(page, 'manager');
  for (const [list, thing] of [
    ['/orders', 'order'],
    ['/customers', 'customer'],
  ] as const) {
    await page.goto(list);
    await page.getByRole('row').nth(1).click();
    await expect(page.getByRole('heading', { name: 'Fields' })).toBeVisible();
    await page.getByRole('button', { name: 'Add a field' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name').fill('PO number');
    await form.getByLabel('Value').fill(`4711 for the ${thing}`);
    await form.getByRole('button', { name: 'Another field' }).click();
    await expect(form.getByLabel('Name').last()).toBeFocused();
    await page.keyboard.type('PO number');
    await expect(form.getByText('There is one of this name').first()).toBeVisible();
    await expect(form.getByRole('button', { name: 'Save' })).toBeDisabled();
    await form.getByLabel('Name').last().fill('Gift');
    await form.getByRole('combobox', { name: 'Kind' }).last().click();
    await page.getByRole('option', { name: 'Yes or no' }).click();
    await form.getByRole('switch').check();
    await expectAccessible(page);
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(form).toBeHidden();
    await expect(page.getByText(`4711 for the ${thing}`)).toBeVisible();
    await page.getByRole('button', { name: 'Edit' }).last().click();
    await form.getByRole('button', { name: 'Remove Gift' }).click();
    if (thing === 'order') {
      // Somebody else sets another field meanwhile; the screen below hears of it.
      const at = `/api${new URL(page.url()).pathname}`;
      const now = (await (await page.request.get(at)).json()) as { version: number; fields: Record<string, unknown> };
      const others = await page.request.put(`${at}/fields`, {
        headers: { 'sec-fetch-site': 'same-origin', 'if-match': `"${String(now.version)}"` },
        data: { fields: { ...now.fields, Hint: 'of a colleague' } },
      });
      expect(others.ok()).toBe(true);
      await expect(page.getByText('of a colleague')).toBeVisible();
    }
    await page.keyboard.press('Control+Enter');
    await expect(form).toBeHidden();
    await expect(page.getByText('Gift', { exact: true })).toBeHidden();
    if (thing === 'order') await expect(page.getByText('of a colleague')).toBeVisible();
    await expect(page.getByText(`4711 for the ${thing}`)).toBeVisible();
  }
});

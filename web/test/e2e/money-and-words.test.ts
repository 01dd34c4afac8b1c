// Prices of a list, categories, what was sold, bank transfers and credit notes, the words of messages: desk work.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, signIn, test } from './backroom.ts';

test('a price list is looked through, one price is set, and a brand’s prices rise by a rate', async ({ page }) => {
  await signIn(page, 'merchandiser');
  await page.goto('/products/lists');
  await page.getByRole('link', { name: 'Retail' }).click();
  await expect(page.getByRole('heading', { name: 'Retail' })).toBeVisible();
  await page.getByRole('searchbox').fill('oat drink');
  await expect(page.locator('[role=row][data-index="0"]')).toContainText(/oat/i);
  await expectAccessible(page);

  await page.locator('[role=row][data-index="0"]').click();
  const form = page.getByRole('dialog');
  await form.getByLabel('New price of one unit').fill('2.11');
  await form.getByRole('button', { name: /^Set price/ }).click();
  await expect(page.locator('[role=row][data-index="0"]')).toContainText('€2.11');

  await page.getByRole('button', { name: 'Change by a rate' }).click();
  await form.getByLabel('By how much').fill('10');
  await form.getByText('At once').click();
  await expect(form.getByRole('cell', { name: '€2.32' })).toBeVisible();
  await expectAccessible(page);
  await form.getByRole('button', { name: /^Set \d+ prices?/ }).click();
  await expect(page.locator('[role=row][data-index="0"]')).toContainText('€2.32');
});

test('a category gets a name, a place in the tree and a field of its own', async ({ page }) => {
  await signIn(page, 'merchandiser');
  await page.getByRole('link', { name: 'Categories', exact: true }).click();
  await page.getByRole('button', { name: 'New category', exact: true }).click();
  const name = `Gifts ${String(Date.now() % 100_000)}`;
  const form = page.getByRole('dialog');
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await form.getByRole('button', { name: 'Add a field' }).click();
  await form.getByRole('textbox', { name: 'Field', exact: true }).fill('Wrapped');
  await expectAccessible(page);
  await form.getByRole('button', { name: /^Save/ }).click();
  await expect(page.getByRole('button', { name, exact: true })).toBeVisible();
  await page.getByRole('button', { name: `Move ${name} up` }).click();
  await expect(page.getByRole('button', { name: `Move ${name} down` })).toBeEnabled();
  await page.getByRole('button', { name: `New category below ${name}` }).click();
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill(`${name}, small`);
  await form.getByRole('button', { name: /^Save/ }).click();
  await page.getByRole('button', { name: `${name}, small`, exact: true }).click();
  await expect(form.getByLabel('Belongs to')).toHaveValue(new RegExp(name));
  await expect(form.getByText('Categories above ask for these already: Wrapped')).toBeVisible();

  // A colleague is faster: what they made of it is said, and saving again is upon theirs.
  const seen = (await (await page.request.get('/api/catalog/categories?depth=6')).json()) as {
    categories: { id: string; name: string }[];
  };
  const id = seen.categories.find((each) => each.name === `${name}, small`)?.id ?? '';
  const whole = (await (await page.request.get(`/api/catalog/categories/${id}`)).json()) as Record<string, unknown>;
  const faster = {
    ...{ id, version: whole['version'], position: whole['position'], parent: whole['parent'] },
    name: `${name}, tiny`,
    attributes: [{ key: 'ribbon', name: 'Ribbon', kind: 'text' }],
  };
  const put = await page.request.put('/api/catalog/categories', {
    headers: { 'sec-fetch-site': 'same-origin' },
    data: { categories: [faster] },
  });
  expect(put.status()).toBe(200);
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill(`${name}, little`);
  await form.getByRole('button', { name: /^Save/ }).click();
  await expect(form.getByRole('alert')).toContainText('Somebody else has changed this meanwhile');
  await expect(form.getByText(`Now: ${name}, tiny`)).toBeVisible();
  await expect(form.getByText('Now: Ribbon')).toBeVisible();
  await expectAccessible(page);
  await form.getByRole('button', { name: 'Take theirs' }).click();
  await expect(form.getByRole('textbox', { name: 'Field', exact: true })).toHaveValue('Ribbon');
  await form.getByRole('button', { name: /^Save/ }).click();
  await expect(form).toBeHidden();
  await expect(page.getByRole('button', { name: `${name}, little`, exact: true })).toBeVisible();
});

test('what was sold leads from a category down to its products', async ({ page }) => {
  await signIn(page, 'manager');
  await page.getByRole('link', { name: 'Sales' }).click();
  await expect(page.locator('[role=row][data-index="0"]')).toBeVisible();
  await expectAccessible(page);
  for (const by of ['Site', 'Day', 'Week', 'Product', 'Category']) {
    await page.getByRole('radiogroup').getByText(by, { exact: true }).click();
    await expect(page.getByRole('columnheader', { name: by })).toBeVisible();
    await expect(page.locator('[role=row][data-index="0"]')).toBeVisible();
  }
  await page.locator('[role=row][data-index="0"]').click();
  await expect(page).toHaveURL(/path=/);
  await page.getByRole('radiogroup').getByText('Product', { exact: true }).click();
  await expect(page.getByRole('columnheader', { name: 'Product' })).toBeVisible();
  await page.locator('[role=row][data-index="0"]').click();
  await expect(page).toHaveURL(/\/products\/prd_/);
});

/** An order on account that has left the house and was invoiced, made over the interface: returns the invoice. */
async function invoicedOnAccount(page: Page): Promise<string> {
  return page.evaluate(async () => {
    interface Said {
      id: string;
      version: number;
      invoice: string;
      items: { id: string }[];
    }
    const call = async (method: string, path: string, body?: unknown, version?: number): Promise<Said> => {
      const answer = await fetch(`/api${path}`, {
        method,
        headers: {
          'Content-Type': 'application/json',
          'Idempotency-Key': Math.random().toString(36).slice(2),
          ...(version === undefined ? {} : { 'If-Match': `"${String(version)}"` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
      return (await answer.json()) as Said;
    };
    const found = await call('GET', '/catalog/search?q=yoghurt&limit=1');
    const cart = await call('POST', '/orders/carts', {});
    const product = found.items[0]?.id;
    await call('PUT', `/orders/carts/${cart.id}/lines`, { product, quantity: { milli: 2000, unit: 'pcs' } });
    await call('PUT', `/orders/carts/${cart.id}/customer`, { channel: 'phone' });
    const phone = '+380440000000';
    const contact = {
      name: 'Example Office',
      phone,
      address: ['Example Street 1'],
      city: 'Sampleville',
      postcode: '01001',
    };
    await call('PUT', `/orders/carts/${cart.id}/delivery`, { method: 'courier', contact });
    const order = await call('POST', `/orders/carts/${cart.id}/place`, { payment_method: 'on_account' });
    const confirmed = await call('POST', `/orders/${order.id}/confirm`, {}, order.version);
    await call('POST', `/orders/${order.id}/release`, {}, confirmed.version);
    return (await call('POST', '/finance/invoices/issue', { order: order.id })).invoice;
  });
}

test('a bank transfer pays an invoice on account; a credit note takes it back and the money is returned', async ({
  page,
}) => {
  await signIn(page, 'admin');
  const invoice = await invoicedOnAccount(page);
  await page.goto(`/invoices/${invoice}`);
  await page.getByRole('button', { name: 'Record a bank transfer' }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: /came in$/ }).click();
  await expect(page.getByText('Paid', { exact: true })).toBeVisible();
  await expect(page.getByText('Total, paid')).toBeVisible();

  await page.getByRole('button', { name: 'Credit', exact: true }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Why').fill('Sent back');
  // No lines would mean all that is left: no key sends what the button does not.
  await page.keyboard.press('Control+Enter');
  await expect(form.getByRole('button', { name: /^Issue credit note/ })).toBeDisabled();
  await expect(form.getByText('Not valid')).toBeHidden();
  await form.getByRole('button', { name: 'All of it' }).click();
  await expectAccessible(page);
  await form.getByRole('button', { name: /^Issue credit note/ }).click();
  await expect(page.getByText('Paid too much:')).toBeVisible();
  await page.getByRole('button', { name: 'Give money back' }).click();
  await form.getByRole('button', { name: /^Give .* back$/ }).click();
  await expect(page.getByText('Paid too much:')).toBeHidden();
  await page.getByRole('link', { name: 'Credit note' }).click();
  await expect(page.getByText('Why: Sent back')).toBeVisible();
});

test('the words of a message are changed, a wrong word is refused at once, and the shipped words come back', async ({
  page,
}) => {
  await signIn(page, 'manager');
  await page.goto('/messages');
  await page.getByRole('link', { name: 'Templates' }).click();
  await page.getByRole('link', { name: 'Comes back' }).first().click();
  await page.getByLabel('Subject').fill('Back: {{ nubmer }}');
  await expect(page.getByText('a placeholder that messages do not know')).toBeVisible();
  await page.getByLabel('Subject').fill('Back: {{ number }}');
  await expect(page.getByText('Back: D-1')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: /^Save/ }).click();
  await expect(page.getByText('Changed here')).toBeVisible();
  await page.getByRole('button', { name: 'Take the shipped words' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take the shipped words' }).click();
  await expect(page.getByText('Changed here')).toBeHidden();
});

test('a clerk records what came in, what a count found, and what goes to another site', async ({ page }) => {
  await signIn(page, 'manager');
  await page.goto('/stock');
  await page.locator('[role=row][data-index="0"]').click();
  await expect(page.getByRole('rowheader', { name: 'Together' })).toBeVisible();
  await page.getByRole('button', { name: 'Record goods' }).click();
  const form = page.getByRole('dialog');
  await form.getByText('Receive', { exact: true }).click();
  await form.getByLabel('Came in').fill('24');
  await form.getByLabel('Delivery note').fill('DN-1');
  await expectAccessible(page);
  await form.getByRole('button', { name: /^Record the receipt/ }).click();
  await expect(page.getByRole('cell', { name: 'DN-1' }).first()).toBeVisible();

  await page.getByRole('button', { name: 'Record goods' }).click();
  await form.getByText('Send', { exact: true }).click();
  await form.getByRole('combobox', { name: 'To', exact: true }).fill('Lighthouse');
  await page.getByRole('option', { name: 'Lighthouse' }).click();
  await form.getByLabel('How much').fill('2');
  await form.getByLabel('Transfer note').fill('TN-1');
  await form.getByRole('button', { name: /^Record the transfer/ }).click();
  await expect(page.getByRole('cell', { name: 'TN-1' }).first()).toBeVisible();
});

test('the company’s name on documents, and one’s own password, are changed where one looks for them', async ({
  page,
}) => {
  await signIn(page, 'admin');
  await page.goto('/staff/sites');
  await page.getByRole('button', { name: 'Company' }).click();
  const form = page.getByRole('dialog');
  const name = form.getByRole('textbox', { name: 'Name', exact: true });
  await expect(name).not.toHaveValue('');
  await expectAccessible(page);
  await form.getByRole('button', { name: /^Save/ }).click();
  await expect(page.getByText('The company is saved')).toBeVisible();

  await page.locator('header [aria-haspopup="menu"]').click();
  await page.getByRole('menuitem', { name: 'Change password' }).click();
  await form.getByLabel('The present one').fill('not this one');
  await form.getByLabel('The new one', { exact: false }).first().fill('a-new-long-word');
  await form.getByLabel('The new one once more').fill('a-new-long-word');
  await expectAccessible(page);
  await form.getByRole('button', { name: /^Change password/ }).click();
  await expect(form.getByRole('alert')).toBeVisible();
});

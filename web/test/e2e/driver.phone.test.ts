// The driver's phone: where to, what to take at the door, delivered or not; the contact center hears of the latter at once.
import { expect, expectAccessible, orderNumber, signIn, test } from './backroom.ts';

test('a delivery fails, is called about, and succeeds', async ({ page, browser, baseURL }) => {
  await signIn(page, 'driver');
  await expect(page).toHaveURL(/\/deliveries$/);
  const cards = page
    .getByRole('listitem')
    .filter({ has: page.getByRole('link', { name: /Order/ }), hasNot: page.getByText(/to take:/) });
  await expect(cards.first()).toBeVisible();
  await expectAccessible(page);
  await expect(page.getByRole('link', { name: 'Map' }).first()).toHaveAttribute('href', /^geo:0,0\?q=/);

  await cards.first().getByRole('link', { name: /Order/ }).click();
  const number = await orderNumber(page);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Nobody took it' }).click();
  await page.getByRole('radio', { name: 'Nobody there' }).click();
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Nobody took it' }).click();
  await expect(page.getByRole('heading', { name: 'Try again' })).toBeVisible();

  const context = await browser.newContext({ baseURL });
  const agent = await context.newPage();
  await signIn(agent, 'agent');
  await agent.goto('/contact');
  await expect(agent.getByText(number).first()).toBeVisible();
  await context.close();

  await page.getByRole('link', { name: new RegExp(`Order ${number}`) }).click();
  await page.getByRole('button', { name: 'Delivered' }).click();
  await page.getByRole('dialog').getByRole('button').last().click();
  await expect(page.getByRole('link', { name: new RegExp(`Order ${number}`) })).toHaveCount(0);
  await expect
    .poll(async () => {
      const found = (await (await page.request.get(`/api/orders?q=${number}&limit=1`)).json()) as {
        orders: { state: string }[];
      };
      return found.orders[0]?.state;
    })
    .toBe('delivered');
});

test('what the office called delivered stays until the money is recorded', async ({ page, browser, baseURL }) => {
  await signIn(page, 'driver');
  const card = page
    .getByRole('listitem')
    .filter({ has: page.getByRole('link', { name: /to take:/ }) })
    .first();
  await card.getByRole('link', { name: /Order/ }).click();
  const number = await orderNumber(page);

  const admin = await (await browser.newContext({ baseURL: baseURL })).newPage();
  await signIn(admin, 'admin');
  const found = (await (await admin.request.get(`/api/orders?q=${number}&limit=1`)).json()) as {
    orders: { id: string }[];
  };
  const id = found.orders[0]?.id ?? '';
  const { version } = (await (await admin.request.get(`/api/orders/${id}`)).json()) as { version: number };
  const headers = { 'if-match': `"${String(version)}"`, 'origin': baseURL };
  const delivered = await admin.request.post(`/api/orders/${id}/deliver`, { data: {}, headers });
  expect(delivered.ok(), await delivered.text()).toBe(true);

  await page.goto('/deliveries');
  await expect(page.getByRole('heading', { name: 'Delivered, money open' })).toBeVisible();
  await admin.goto(`/orders/${id}`);
  await expect(admin.getByText(/money open/)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('link', { name: new RegExp(`Order ${number}`) }).click();
  await page.getByText('Card', { exact: true }).click();
  await page.getByRole('button', { name: /^I took/ }).click();
  await expect(page.getByText('Taken at the door')).toBeVisible();
  await expectAccessible(page);
  await expect
    .poll(async () => {
      const books = (await (await admin.request.get(`/api/finance/orders/${id}`)).json()) as {
        postings: { entries: { number: string }[] }[];
      };
      return books.postings.flatMap((posting) => posting.entries.map((entry) => entry.number));
    })
    .toContain('1120');
});

// Nobody takes it: the driver takes it back, the agent has it brought back, the clerk takes it in, the money goes back.
import { expect, expectAccessible, orderNumber, signIn, test } from './backroom.ts';
import type { Browser, Page } from '@playwright/test';

async function orderOf(page: Page, number: string): Promise<{ id: string; state: string }> {
  const found = (await (await page.request.get(`/api/orders?q=${number}&limit=1`)).json()) as {
    orders: { id: string; state: string }[];
  };
  const [order] = found.orders;
  if (order === undefined) throw new Error(`there is no order ${number}`);
  return order;
}

async function fails(page: Page): Promise<string> {
  const cards = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: /Order/ }) });
  await cards.first().getByRole('link', { name: /Order/ }).click();
  const number = await orderNumber(page);
  await expect(page.getByRole('button', { name: 'Take it back' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Nobody took it' }).click();
  await page.getByRole('radio', { name: 'The customer does not want it' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Nobody took it' }).click();
  await expect(page.getByRole('heading', { name: 'Try again' })).toBeVisible();
  return number;
}

async function as(browser: Browser, baseURL: string | undefined, role: 'agent' | 'admin'): Promise<Page> {
  const context = await browser.newContext({ ...(baseURL === undefined ? {} : { baseURL }) });
  const page = await context.newPage();
  await signIn(page, role);
  return page;
}

test('what nobody wants comes back, and is taken in', async ({ page, browser, baseURL }) => {
  await signIn(page, 'driver');
  await expect(page).toHaveURL(/\/deliveries$/);
  const number = await fails(page);

  await page.getByRole('link', { name: new RegExp(`Order ${number}`) }).click();
  await page.getByRole('button', { name: 'Take it back' }).click();
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click();
  await expect(page.getByRole('heading', { name: 'Bring back' })).toBeVisible();
  await expectAccessible(page);
  await expect.poll(async () => (await orderOf(page, number)).state).toBe('returned');

  const clerk = await as(browser, baseURL, 'admin');
  const order = await orderOf(clerk, number);
  await clerk.goto(`/orders/${order.id}`);
  await expect(clerk.getByText('Came back').first()).toBeVisible();
  await expectAccessible(clerk);
  await clerk.getByRole('link', { name: /Comes back to/ }).click();
  await clerk
    .getByRole('button', { name: /One more: Damaged/ })
    .first()
    .click();
  await expectAccessible(clerk);
  await clerk.getByRole('button', { name: 'Take it in' }).click();
  await expect(clerk).toHaveURL(/\/picking$/);
  await clerk.goto(`/orders/${order.id}`);
  // What is weighed goes by tenths.
  await expect(clerk.getByText(/damaged: (1|0\.1)\b/)).toBeVisible();
  // The document, and that it was written.
  await expect(clerk.getByRole('link', { name: 'Credit note' })).toBeVisible();
  await clerk.context().close();
  await expect(page.getByRole('link', { name: new RegExp(`Order ${number}`) })).toHaveCount(0);
});

test('an agent has it brought back', async ({ page, browser, baseURL }) => {
  await signIn(page, 'driver');
  const number = await fails(page);
  const agent = await as(browser, baseURL, 'agent');
  await agent.goto('/contact');
  await agent.getByText(number).first().click();
  await expect(agent.getByText(/does not want it/)).toBeVisible();
  await agent.getByRole('button', { name: 'Have it brought back' }).click();
  await expectAccessible(agent);
  await agent.getByRole('dialog').getByRole('button', { name: 'Have it brought back' }).click();
  await expect(agent).toHaveURL(/\/contact$/);
  await expect.poll(async () => (await orderOf(page, number)).state).toBe('returned');
  await agent.context().close();
  await expect(page.getByRole('heading', { name: 'Bring back' })).toBeVisible();
});

// The driver's phone: where to, what to take at the door, delivered or not; the contact center hears of the latter at once.
import { expect, expectAccessible, signIn, test } from './backroom.ts';

test('a delivery fails, is called about, and succeeds', async ({ page, browser, baseURL }) => {
  await signIn(page, 'driver');
  await expect(page).toHaveURL(/\/deliveries$/);
  const cards = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: /Order/ }) });
  await expect(cards.first()).toBeVisible();
  await expectAccessible(page);
  await expect(page.getByRole('link', { name: 'Map' }).first()).toHaveAttribute('href', /^geo:0,0\?q=/);

  await cards.first().getByRole('link', { name: /Order/ }).click();
  const number = ((await page.getByRole('heading', { level: 1 }).textContent()) ?? '').replace(/\D/g, '');
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

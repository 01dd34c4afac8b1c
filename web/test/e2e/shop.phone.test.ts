// A shopper on a phone: from a mistyped word to a live order, and every way it can go otherwise.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, signIn, test } from './backroom.ts';

/** Puts the first product that can be had into the cart. */
async function fillCart(page: Page): Promise<string> {
  await page.goto('/shop');
  const add = page.getByRole('button', { name: /^Add / }).and(page.locator(':enabled')).first();
  const name = (await add.innerText()).replace(/^Add\s*/, '').trim();
  await add.click();
  await expect(page.getByRole('link', { name: 'Cart, 1 product' })).toBeVisible();
  return name;
}

async function chooseDelivery(page: Page): Promise<void> {
  await page.goto('/shop/cart');
  await page.getByRole('link', { name: 'To the checkout' }).click();
  await expect(page.getByText(/Leaves (today if it is ordered by 13:00|tomorrow)/).first()).toBeVisible();
  await page.getByText('To your door').first().click();
  await page.getByLabel('Name').fill('Olena Vyhadana');
  await page.getByLabel('Phone').fill('+380 44 000 00 01');
  await page.getByLabel('E-mail').fill('olena@example.com');
  await page.getByLabel('Street and house').fill('Vyhadana 1');
  await page.getByLabel('Postcode').fill('01001');
  await page.getByLabel('City').fill('Kyiv');
  await page.getByRole('button', { name: 'On to the payment' }).click();
  await expect(page.getByRole('group', { name: 'How do you pay?' })).toBeVisible();
}

test('a product is found, ordered and paid; the page follows the order', async ({ page }) => {
  await fillCart(page);
  await chooseDelivery(page);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'works', exact: true }).click();
  await page.getByRole('button', { name: /^Order/ }).click();
  await expect(page.getByRole('heading', { name: /your order is placed|being checked/ })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Thank you, your order is placed' })).toBeVisible();
  await expectAccessible(page);
});

test('a declined card is told by name and another one pays', async ({ page }) => {
  await fillCart(page);
  await chooseDelivery(page);
  await page.getByRole('button', { name: 'declined', exact: true }).click();
  await page.getByRole('button', { name: /^Order/ }).click();
  await expect(page.getByRole('heading', { name: 'The payment was declined' })).toBeVisible();
  await page.getByRole('button', { name: 'works', exact: true }).click();
  await page.getByRole('button', { name: /^Pay/ }).click();
  await expect(page.getByRole('heading', { name: 'Thank you, your order is placed' })).toBeVisible();
});

test('the customer cancels and somebody else sees it at once', async ({ page, browser, house }) => {
  await fillCart(page);
  await chooseDelivery(page);
  await page.getByRole('button', { name: 'works', exact: true }).click();
  await page.getByRole('button', { name: /^Order/ }).click();
  await expect(page.getByRole('heading', { name: 'Thank you, your order is placed' })).toBeVisible();
  const order = new URL(page.url()).pathname.split('/').at(-1) ?? '';

  const office = await browser.newPage({ baseURL: house.url });
  await signIn(office, 'manager');
  await office.goto(`/orders/${order}`);
  await expect(office.getByRole('heading', { level: 1 })).toBeVisible();

  await page.getByRole('button', { name: 'Cancel the order' }).click();
  await page.getByRole('button', { name: 'Yes, cancel it' }).click();
  await expect(page.getByRole('heading', { name: 'The order is cancelled' })).toBeVisible();
  await expect(office.getByText('Cancelled').first()).toBeVisible({ timeout: 3_000 });
  await office.close();
});

test('the link of the mail follows the order in any browser, and cancels it', async ({ page, browser, house }) => {
  await fillCart(page);
  await chooseDelivery(page);
  await page.getByRole('button', { name: 'works', exact: true }).click();
  await page.getByRole('button', { name: /^Order/ }).click();
  await expect(page.getByRole('heading', { name: 'Thank you, your order is placed' })).toBeVisible();
  const link = new URL(page.url()).pathname;

  const elsewhere = await (await browser.newContext({ baseURL: house.url })).newPage();
  await elsewhere.goto(link);
  await expect(elsewhere.getByRole('heading', { name: /Your order is (placed|confirmed)/ })).toBeVisible();
  await expect(elsewhere.getByRole('list', { name: 'How far it is' }).getByRole('listitem')).toHaveCount(5);
  await expect(elsewhere.getByText('Olena')).toHaveCount(0);
  await expectAccessible(elsewhere);
  await elsewhere.getByRole('button', { name: 'Cancel the order' }).click();
  await elsewhere.getByLabel('Your telephone number or e-mail address').fill('+380 44 000 00 99');
  await elsewhere.getByRole('button', { name: 'Yes, cancel it' }).click();
  await expect(elsewhere.getByRole('alert')).toContainText('another number or address');
  await elsewhere.getByLabel('Your telephone number or e-mail address').fill('044 000 00 01');
  await elsewhere.getByRole('button', { name: 'Yes, cancel it' }).click();
  await expect(elsewhere.getByRole('heading', { name: 'The order is cancelled' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'The order is cancelled' })).toBeVisible({ timeout: 5_000 });
  await elsewhere.close();
});

test('it can be fetched in a store, without an address', async ({ page }) => {
  await fillCart(page);
  await page.goto('/shop/checkout/delivery');
  await page.getByText('Fetch it in a store').first().click();
  await page.getByRole('button', { name: 'On to the payment' }).click();
  await expect(page.getByText('Please choose a store')).toBeVisible();
  await page.getByRole('group', { name: 'In which store?' }).getByRole('radio').first().check();
  await page.getByLabel('Name').fill('Olena Vyhadana');
  await page.getByLabel('Phone').fill('+380 44 000 00 02');
  await page.getByRole('button', { name: 'On to the payment' }).click();
  await page.getByRole('radio', { name: /On delivery/ }).check();
  await page.getByRole('button', { name: /^Order/ }).click();
  await expect(page.getByRole('heading', { name: 'Thank you, your order is placed' })).toBeVisible();
  await expect(page.getByText('Ready for you')).toBeVisible();
});

test('without a connection the shop says so and goes on by itself', async ({ page, context }) => {
  await page.goto('/shop');
  await expect(page.getByRole('link', { name: /^Cart/ })).toBeVisible();
  await context.setOffline(true);
  await page.getByRole('searchbox').fill('milk');
  await expect(page.getByText(/No connection/).first()).toBeVisible({ timeout: 15_000 });
  await context.setOffline(false);
  await expect(page.getByText(/^\d[\d,]* products?/)).toBeVisible({ timeout: 15_000 });
});

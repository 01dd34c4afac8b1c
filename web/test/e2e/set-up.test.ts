// What business people set up themselves: ways of delivery, zones, opening hours; price lists and tax rates.
import { expect, expectAccessible, signIn, test } from './backroom.ts';

const OWN = { 'sec-fetch-site': 'same-origin' };

interface Methods {
  methods: { code: string; name: string }[];
  version: number;
}

test('a way of delivery is added, and the late one of two who change it is told', async ({ page }) => {
  const name = `Cargo bike ${String(Date.now())}`;
  await signIn(page, 'manager');
  await page.goto('/deliveries/ways');
  await expect(page.getByRole('heading', { level: 1, name: 'Ways of delivery' })).toBeVisible();
  await page.getByRole('button', { name: 'New way of delivery' }).click();
  const form = page.getByRole('dialog');
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await form.getByLabel(/^Name \(/).fill('Вантажний велосипед');
  await form.getByLabel('Fee').fill('3.50');
  await form.getByLabel('Leaves the same day').fill('14:30');
  // Nobody else's order shall be brought by it.
  await form.getByRole('switch', { name: 'Offered' }).click({ force: true });
  await expectAccessible(page);
  await form.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('row').filter({ hasText: name });
  await expect(row).toContainText('until 14:30');
  await expect(row).toContainText('Not offered');
  await expectAccessible(page);

  await row.getByRole('button', { name: `Change ${name}` }).click();
  await expect(form.getByLabel('Fee')).toHaveValue('3.5');
  // A colleague is faster.
  const seen = (await (await page.request.get('/api/delivery/methods')).json()) as Methods;
  const renamed = seen.methods.map((each) => (each.name === name ? { ...each, name: `${name}, quick` } : each));
  const faster = await page.request.put('/api/delivery/methods', {
    headers: OWN,
    data: { methods: renamed, version: seen.version },
  });
  expect(faster.status()).toBe(200);
  await form.getByLabel('Fee').fill('4.00');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form.getByRole('alert')).toContainText('Somebody else has changed this meanwhile');
  await expect(form.getByText(`Now: ${name}, quick`)).toBeVisible();
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form).toBeHidden();
  await expect(row).toContainText('€4.00');
});

test('a zone comes and goes, and shoppers read when a store is open', async ({ page }) => {
  const prefix = `Z${String(Date.now()).slice(-6)}`;
  await signIn(page, 'manager');
  await page.goto('/deliveries/ways');
  await page.getByRole('button', { name: 'New zone' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Country').fill('xk');
  await form.getByLabel('Postal codes that begin with').fill(prefix);
  await form.getByLabel('Region').fill('north');
  await page.keyboard.press('Control+Enter');
  const zone = page.getByRole('row').filter({ hasText: prefix });
  await expect(zone).toContainText('XK');
  await zone.getByRole('button', { name: `Remove zone XK ${prefix}` }).click();
  await form.getByRole('button', { name: 'Remove' }).click();
  await expect(zone).toBeHidden();

  await page.getByRole('button', { name: 'Opening hours of Hilltop' }).click();
  await form.getByLabel('Opening hours').fill(`Mon–Sat 9:00–20:00, ${prefix}`);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Hilltop' })).toContainText(`9:00–20:00, ${prefix}`);
});

test('a price list of a season is made and renamed; the shoppers keep theirs', async ({ page }) => {
  const name = `Season ${String(Date.now())}`;
  await signIn(page, 'merchandiser');
  await page.goto('/products/lists');
  await page.getByRole('button', { name: 'New price list' }).click();
  const form = page.getByRole('dialog');
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await form.getByText('Without tax', { exact: true }).click();
  await form.getByLabel('Valid from').fill('2036-06-01T00:00');
  await form.getByLabel('Valid until').fill('2036-05-01T00:00');
  await expect(form.getByRole('button', { name: 'Save' })).toBeDisabled();
  await form.getByLabel('Valid until').fill('2036-09-01T00:00');
  await expectAccessible(page);
  await form.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('row').filter({ hasText: name });
  await expect(row).toContainText('to come');
  await row.getByRole('button', { name: `Change price list ${name}` }).click();
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill(`${name} and sun`);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(row).toContainText('and sun');
  await expect(page.getByRole('row').filter({ hasText: 'Shoppers buy by it' })).toContainText('Retail');
  await expectAccessible(page);
});

test('a tax class gets a rate from a day on, which is withdrawn again', async ({ page }) => {
  const name = `Books ${String(Date.now())}`;
  await signIn(page, 'merchandiser');
  await page.goto('/products/lists');
  await page.getByRole('button', { name: 'New tax class' }).click();
  const form = page.getByRole('dialog');
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await form.getByLabel('Rate').fill('7');
  await form.getByRole('button', { name: 'Save' }).click();
  const rows = page.getByRole('row').filter({ hasText: name });
  await expect(rows).toContainText(['7 %']);
  await rows.getByRole('button', { name: `Change tax class ${name}` }).click();
  await form.getByLabel('New rate').fill('9.5');
  await form.getByLabel('Day and time').fill('2036-01-01T00:00');
  await expectAccessible(page);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(rows.nth(1)).toContainText('9.5 %');
  await expect(rows.nth(1)).toContainText('to come');
  await rows.getByRole('button', { name: `Withdraw the planned rate of ${name}` }).click();
  await form.getByRole('button', { name: 'Withdraw' }).click();
  await expect(rows).toHaveCount(1);
});

test('who may only at one store changes what is of that store, and nothing that is for all', async ({ page }) => {
  await signIn(page, 'manager');
  const { sites } = (await (await page.request.get('/api/delivery/pick-up-sites')).json()) as {
    sites: { site: string; name: string }[];
  };
  expect(sites.length).toBeGreaterThan(1);
  const [own, other] = sites;
  await page.route('**/api/staff/me', async (route) => {
    const me = (await (await route.fetch()).json()) as object;
    const grants = ['delivery.*', 'pricing.*', 'catalog.*'].map((permission) => ({ permission, site: own?.site }));
    await route.fulfill({ json: { ...me, grants } });
  });
  const changes = page.getByRole('button', { name: /^(New|Change|Move|Remove|Withdraw|Add) / });
  await page.goto('/deliveries/ways');
  await expect(page.getByRole('button', { name: `Opening hours of ${own?.name ?? ''}` })).toBeVisible();
  await expect(page.getByRole('cell', { name: other?.name ?? '', exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: `Opening hours of ${other?.name ?? ''}` })).toHaveCount(0);
  await expect(page.getByRole('cell', { name: 'Courier', exact: true })).toBeVisible();
  await expect(changes).toHaveCount(0);
  for (const path of ['/products/lists', '/products/categories']) {
    await page.goto(path);
    await expect(page.getByRole('table').last().getByRole('row').nth(1)).toBeVisible();
    await expect(changes).toHaveCount(0);
  }
});

// A procedure that cannot go on is seen and ended, also from a phone.
import { expect, expectAccessible, signIn, test } from './backroom.ts';

const DIAGRAM = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:backroom="urn:backroom:bpmn:1">
<process id="late-invoice" name="Late invoice"><startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="inv"/>
<serviceTask id="inv" name="Issue invoice" implementation="finance.issue-invoice"/><sequenceFlow id="b" sourceRef="inv" targetRef="z"/>
<endEvent id="z"/></process></definitions>`;

test('an incident says in words what went wrong, is tried again and then ended', async ({ page }) => {
  await signIn(page, 'admin');
  const key = `shelf-${String(Date.now())}`;
  const post = async (path: string, data: object) => {
    const answer = await page.request.post(path, {
      data,
      headers: { 'idempotency-key': crypto.randomUUID(), 'sec-fetch-site': 'same-origin' },
    });
    expect(answer.status()).toBe(200);
  };
  await post('/api/processes/definitions', { xml: DIAGRAM });
  await post('/api/processes/instances', { process: 'late-invoice', key });

  await page.goto('/incidents');
  const about = page.getByText(`${key} is none`);
  await about.click();
  const incident = page.getByRole('dialog');
  await expect(incident.getByText('Issue invoice', { exact: true })).toBeVisible();
  await expectAccessible(page);
  await incident.getByRole('button', { name: 'Try again' }).click();
  await expect(incident.getByRole('alert')).toContainText('is about an order');
  await incident.getByRole('radio', { name: 'End the procedure' }).click();
  await incident.getByRole('button', { name: 'End the procedure' }).click();
  await expect(page.getByText('The procedure has ended')).toBeVisible();
  await expect(about).toHaveCount(0);
});

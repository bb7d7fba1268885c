/** Alike requests answered as one list from the tray: those that are ticked, each with an answer of its own. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, scenario } from './frame.ts';

const read = (path: string) => ({ name: 'read_file', args: { path } });
const TURNS = [
  { text: 'I read them.', calls: [read('.env'), read('.env.local'), read('.env.test')] },
  { text: 'So be it.' },
];

scenario('allows what is ticked, denies what is ticked then, and records each by itself', async ({ start }) => {
  const secrets = { '.env': 'A=1\n', '.env.local': 'B=2\n', '.env.test': 'C=3\n' };
  const files = { ...secrets, 'script.json': JSON.stringify({ version: 1, turns: TURNS }) };
  const app = await start({ files, args: ['--script', 'script.json'] });
  const page = await app.openTrusted();
  await page.getByRole('textbox', { name: 'Message' }).fill('Read');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: '3 waiting' }).click();
  const batch = page.getByRole('group', { name: '3 alike' });
  expect(await batch.getByRole('button', { name: 'Allow once' }).getAttribute('aria-disabled')).toBe('true');
  await batch.getByRole('checkbox').nth(0).check();
  await batch.getByRole('checkbox').nth(2).check();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  const allow = batch.getByRole('button', { name: 'Allow 2 once' });
  await expect.poll(() => allow.getAttribute('aria-disabled')).toBe(null);
  await allow.click();
  await page.getByRole('button', { name: '1 waiting' }).waitFor();
  const card = page.getByRole('region', { name: 'Approval' }).first();
  await card.getByRole('heading', { name: /\.env\.local/ }).waitFor();
  await page.keyboard.press('Escape');
  await expect
    .poll(() => card.getByRole('button', { name: 'Deny', exact: true }).getAttribute('aria-disabled'))
    .toBe(null);
  await card.getByRole('button', { name: 'Deny', exact: true }).click();
  await page.getByText('So be it.').waitFor();
  const client = await app.client();
  const { body } = await client.send('GET', '/api/audit?filter=what:approval.resolved');
  const { rows } = body as { rows: { title: string }[] };
  expect(rows.map(({ title }) => title.split(':')[0]).sort()).toEqual(['allow-once', 'allow-once', 'deny']);
});

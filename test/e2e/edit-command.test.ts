/** A command that the person writes anew before it runs: drawn as it would run, run so, and told so. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, scenario } from './frame.ts';

const TURNS = [
  { text: 'I run it.', calls: [{ name: 'run_command', args: { command: 'echo asked > out.txt' } }] },
  { text: 'So be it.' },
];

scenario('runs what was written, not what was asked', async ({ start }) => {
  const files = { 'script.json': JSON.stringify({ version: 1, turns: TURNS }) };
  const app = await start({ files, args: ['--script', 'script.json'] });
  const page = await app.openTrusted();
  await page.getByRole('textbox', { name: 'Message' }).fill('Run it');
  await page.keyboard.press('Enter');
  const card = page.getByRole('region', { name: 'Approval' }).first();
  const button = (name: string) => card.getByRole('button', { name, exact: true });
  await button('More answers').click();
  await page.getByRole('button', { name: /^Change the command/ }).click();
  const area = card.getByRole('textbox', { name: 'Your command' });
  expect(await area.inputValue()).toBe('echo asked > out.txt');
  expect(await button('Run what I wrote').isEnabled()).toBe(false);
  expect(await button('Allow once').count()).toBe(0);
  await area.fill('echo written \u200b> out.txt');
  await card.getByText('What would run instead').waitFor();
  await card.getByText('U+200B').waitFor();
  await area.fill('echo written > out.txt');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  await expect.poll(() => button('Run what I wrote').isEnabled()).toBe(true);
  await expect.poll(() => button('Run what I wrote').getAttribute('aria-disabled')).toBe(null);
  await button('Run what I wrote').click();
  await page.getByText('So be it.').waitFor();
  expect((await app.place.read('out.txt')).toString()).toBe('written\n');
  await page.getByText('Allowed as written here').waitFor();
});

/** A standing rule from the card to its end: made, obeyed without a question, seen on the policy's page, and taken away. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect, scenario } from './frame.ts';

const run = (command: string) => ({ text: `I run ${command}.`, calls: [{ name: 'run_command', args: { command } }] });
const TURNS = [
  run('mkdir -p out/one'),
  { text: 'First done.' },
  run('mkdir -p out/two'),
  { text: 'Second done.' },
  run('mkdir -p out/three'),
  { text: 'Third done.' },
];

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.keyboard.press('Enter');
}

async function clean(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

scenario('is made on the card, lets the like run unasked, and asks again once it is revoked', async ({ start }) => {
  const files = { 'script.json': JSON.stringify({ version: 1, turns: TURNS }) };
  const app = await start({ files, args: ['--script', 'script.json'] });
  const page = await app.openTrusted();
  await say(page, 'One');
  const card = page.getByRole('region', { name: 'Approval' }).first();
  const button = (name: string) => card.getByRole('button', { name, exact: true });
  await button('Make a rule').click();
  await card.getByText('recorded here it would have let').waitFor();
  // The folder that was asked for gives way to any: shown before it is agreed to.
  await button('out/one').click();
  await button('any word').waitFor();
  await clean(page);
  await expect.poll(() => button('Allow and make the rule').getAttribute('aria-disabled')).toBe(null);
  await button('Allow and make the rule').click();
  await page.getByText('First done.').waitFor();
  await page.getByText('Allowed, and made a rule').waitFor();

  await say(page, 'Two');
  await page.getByText('Second done.').waitFor();
  expect(await page.getByRole('region', { name: 'Approval' }).count()).toBe(0);

  await page.getByRole('tab', { name: 'Policy' }).click();
  const rules = page.getByRole('region', { name: 'Your standing rules' });
  await rules.getByText('Used once').waitFor();
  const tried = page.getByRole('region', { name: 'Try a command' });
  await tried.getByRole('textbox').fill('mkdir -p out/x && git push');
  await tried.getByRole('button', { name: 'Check' }).click();
  await tried.getByText('Your rule lets this run: mkdir -p *').waitFor();
  const other = page.getByRole('region', { name: 'Try another policy' });
  const denies = { version: 1, commands: [{ id: 'no', program: 'mkdir', args: ['**'], decision: 'deny' }] };
  await other.getByRole('textbox').fill(JSON.stringify(denies));
  await other.getByRole('button', { name: 'Try it over them' }).click();
  await other.getByText('less.').waitFor();
  await clean(page);

  await rules.getByRole('button', { name: 'Revoke mkdir -p *' }).click();
  await rules.getByText('None.').waitFor();
  await page.getByRole('tab', { name: 'Chat' }).click();
  await say(page, 'Three');
  await button('Allow once').waitFor();
  const listed = await app.vtcode('grants', 'list', '--json');
  expect(listed.stdout).toContain('"state":"revoked"');

  // In one column the bar at the bottom leads to what the tabs lead to elsewhere.
  await page.setViewportSize({ width: 390, height: 844 });
  const views = page.getByRole('navigation', { name: 'Views' });
  for (const [name, shown] of [
    ['Audit', 'Events'],
    ['Policy', 'Rules by layer'],
  ] as const) {
    await views.getByRole('button', { name }).click();
    await page.getByLabel(shown).first().waitFor();
    expect(await views.locator('[aria-current]').innerText()).toBe(name);
    await clean(page);
  }
  expect(await views.evaluate((bar) => bar.scrollWidth > bar.clientWidth)).toBe(false);
});

scenario('is listed and revoked on the command line, with a server and without', async ({ start }) => {
  const turns = [run('touch made'), { text: 'First done.' }, run('touch made'), { text: 'Second done.' }];
  const policy = { version: 1, commands: [{ id: 'no', program: 'touch', args: ['**'], decision: 'deny' }] };
  const files = {
    'script.json': JSON.stringify({ version: 1, turns }),
    'other.json': JSON.stringify(policy),
    'wrong.json': '{"version": 1, "commands": [{}]}',
  };
  const app = await start({ files, args: ['--script', 'script.json'] });
  const page = await app.openTrusted();
  await say(page, 'One');
  const card = page.getByRole('region', { name: 'Approval' }).first();
  const button = (name: string) => card.getByRole('button', { name, exact: true });
  await button('Make a rule').click();
  await expect.poll(() => button('Allow and make the rule').getAttribute('aria-disabled')).toBe(null);
  await button('Allow and make the rule').click();
  await page.getByText('First done.').waitFor();

  const listed = await app.vtcode('grants', 'list', '--json');
  const { id, ...rest } = JSON.parse(listed.stdout) as { id: string };
  expect(rest).toMatchObject({ state: 'active', scope: 'workspace', uses: 0 });
  const tried = await app.vtcode('policy', 'simulate', '--against', 'other.json', '--all', '--json');
  expect(JSON.parse(tried.stdout)).toMatchObject({ looked: 1, looser: 0, stricter: 1, changes: [{ next: 'deny' }] });
  const wrong = await app.vtcode('policy', 'simulate', '--against', 'wrong.json', '--all');
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('wrong.json:1')]);
  expect((await app.vtcode('policy', 'simulate', '--all')).code).toBe(2);
  expect((await app.vtcode('grants', 'revoke', 'grt_x')).code).toBe(2);

  expect(await app.vtcode('grants', 'revoke', id)).toMatchObject({ code: 0, stdout: 'Taken away.\n' });
  expect((await app.vtcode('grants', 'revoke', id)).code).toBe(1);
  await say(page, 'Two');
  await button('Make a rule').click();
  await expect.poll(() => button('Allow and make the rule').getAttribute('aria-disabled')).toBe(null);
  await button('Allow and make the rule').click();
  await page.getByText('Second done.').waitFor();
  await page.close();
  await app.server().stop();
  const after = await app.vtcode('grants', 'list', '--json');
  const second = JSON.parse(after.stdout.split('\n')[0]!) as { id: string };
  expect((await app.vtcode('grants', 'revoke', second.id)).code).toBe(0);
  expect((await app.vtcode('grants', 'list')).stdout).toContain('No standing rule');
  expect((await app.vtcode('audit', 'verify')).code).toBe(0);
});

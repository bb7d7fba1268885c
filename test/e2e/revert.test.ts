/** Taking back what the agent changed, in the browser: looked at, pressed, refused where a file is another by then, undone. */
import { AxeBuilder } from '@axe-core/playwright';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, scenario } from './frame.ts';

const TEN = Array.from({ length: 10 }, (_, i) => `line ${i + 1}\n`).join('');
const AGENT = TEN.replace('line 2\n', 'of the agent\n');
const call = (name: string, args: Record<string, unknown>) => ({ name, args });
const TURNS = [
  {
    calls: [
      call('edit_file', { path: 'src/a.txt', old: 'line 2\n', new: 'of the agent\n' }),
      call('edit_file', { path: 'src/b.txt', old: 'line 2\n', new: 'of the agent\n' }),
      call('write_file', { path: 'made.txt', content: 'made\n' }),
    ],
  },
  { text: 'The first is done.' },
  { calls: [call('edit_file', { path: 'src/a.txt', old: 'line 9\n', new: 'the second turn\n' })] },
  { text: 'The second is done.' },
];

async function say(page: Page, text: string, answer: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.keyboard.press('Enter');
  await page.getByText(answer).waitFor();
}

scenario('takes a turn back after a look, leaves a conflict alone, and undoes it', async ({ start }) => {
  const app = await start({
    files: { 'src/a.txt': TEN, 'src/b.txt': TEN, 'script.json': JSON.stringify({ version: 1, turns: TURNS }) },
    args: ['--script', 'script.json'],
  });
  const page = await app.openTrusted();
  const { send } = await app.client();
  await send('PATCH', '/api/workspace', { commandId: randomUUID(), mode: 'auto-edit' });
  const read = async (path: string) => (await app.place.read(path)).toString();
  const write = (path: string, text: string) => writeFile(join(app.place.workspace, path), text);
  await say(page, 'Change them', 'The first is done.');
  await say(page, 'And once more', 'The second is done.');
  const mine = TEN.replace('line 2\n', 'of mine\n');
  await write('src/b.txt', mine);

  const panel = page.getByRole('tabpanel', { name: 'Changes' });
  await panel.getByText('2 of 2').waitFor();
  await panel.getByRole('button', { name: 'The turn before' }).click();
  await panel.getByText('Change them').waitFor();
  await panel.getByRole('button', { name: 'Revert this turn' }).click();
  const dialog = page.getByRole('dialog', { name: 'Revert this turn' });
  await dialog.getByText('2 files go back').waitFor();
  await dialog.getByRole('group', { name: 'Conflict 1 of 1, line 2' }).getByText('of mine').waitFor();
  await dialog.getByText('goes back, merged').waitFor();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);

  await write('src/a.txt', `${await read('src/a.txt')}mine at the end\n`);
  await dialog.getByRole('button', { name: 'Revert 2 files' }).click();
  await dialog.getByRole('alert').getByText('not what you were shown').waitFor();
  app.profile.expectComplaint(/409/);
  expect(await read('made.txt')).toBe('made\n');
  await dialog.getByRole('button', { name: 'Revert 2 files' }).click();
  await dialog.waitFor({ state: 'detached' });
  const back = `${TEN.replace('line 9\n', 'the second turn\n')}mine at the end\n`;
  expect([await read('src/a.txt'), await read('src/b.txt')]).toEqual([back, mine]);
  await expect(read('made.txt')).rejects.toThrow('ENOENT');
  await page.getByText('You took changes back').waitFor();
  await panel.getByRole('button', { name: 'made.txt taken back' }).waitFor();
  await page.getByRole('tree', { name: 'Files' }).getByText('made.txt').waitFor({ state: 'detached' });

  const second = await app.open(`/${new URL(page.url()).search}`);
  const again = second.getByRole('tabpanel', { name: 'Changes' });
  await again.getByRole('status', { name: 'Last revert' }).getByText('You took back 2 files').waitFor();
  await again.getByRole('button', { name: 'Undo the last revert' }).focus();
  await second.keyboard.press('Enter');
  const undo = second.getByRole('dialog', { name: 'Undo the last revert' });
  await undo.getByText('2 files go back').waitFor();
  await undo.getByRole('button', { name: 'Undo 2 files' }).press('Enter');
  await undo.waitFor({ state: 'detached' });
  expect(await read('made.txt')).toBe('made\n');
  expect(await read('src/a.txt')).toBe(`${AGENT.replace('line 9\n', 'the second turn\n')}mine at the end\n`);

  await lookAtOne(page);
  expect(await read('made.txt')).toBe('made\n');
});

/** One file of the session is looked at, and left. */
async function lookAtOne(page: Page): Promise<void> {
  const panel = page.getByRole('tabpanel', { name: 'Changes' });
  await panel.getByRole('button', { name: 'This session' }).click();
  await panel.getByRole('button', { name: 'made.txt new' }).click();
  await panel.getByRole('button', { name: 'Revert made.txt' }).click();
  const one = page.getByRole('dialog', { name: 'Revert made.txt' });
  await one.getByText('It was made by these changes, and is deleted.').waitFor();
  await page.keyboard.press('Escape');
  await one.waitFor({ state: 'detached' });
}

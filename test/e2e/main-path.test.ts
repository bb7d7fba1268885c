/** The main job, from trust to export: what was shown is what lands, in every tab, and nothing is lost on the way. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe } from 'vitest';
import { expect, scenario, type App } from './frame.ts';
import type { Answer, Wire } from './model.ts';

const BEFORE = '# Ferry\n\nA small project.\n';
const AFTER = '# Ferry\n\nA small project, with tests.\n';
const files = { 'README.md': BEFORE, 'src/add.ts': 'export const add = (a: number, b: number) => a + b;\n' };

const edit: Answer = {
  text: 'I will say so in the README.',
  calls: [
    { name: 'edit_file', args: { path: 'README.md', old: 'A small project.', new: 'A small project, with tests.' } },
  ],
};
const read: Answer = { text: 'Let me look.', calls: [{ name: 'read_file', args: { path: 'README.md' } }] };
const done: Answer = { text: 'Done: the README says so now.' };

async function ask(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

/** A card takes no answer before it has been in view for a while: the click is repeated until the card has gone. */
async function answer(page: Page, button: string): Promise<void> {
  const card = page.getByRole('region', { name: 'Approval' }).first();
  await card.waitFor();
  await expect
    .poll(async () => {
      const found = card.getByRole('button', { name: button });
      if ((await found.count()) > 0) await found.click({ timeout: 1_000 }).catch(() => undefined);
      return found.count();
    })
    .toBe(0);
}

const conversation = (page: Page) => page.getByRole('log', { name: 'Conversation' });

describe.each<Wire>(['anthropic', 'openai'])('with a model that speaks %s', (wire) => {
  scenario('writes exactly the bytes that were shown, and exports them', async ({ start }) => {
    const app = await start({ files, model: { wire, answers: [read, edit, done] } });
    const page = await app.openTrusted();
    await ask(page, 'Say in the README that there are tests');
    const diff = page.getByRole('region', { name: 'Diff of README.md' }).first();
    await diff.getByText('A small project, with tests.').waitFor();
    expect((await app.place.read('README.md')).toString()).toBe(BEFORE);
    await answer(page, 'Allow once');
    await conversation(page).getByText(done.text!).waitFor();
    expect((await app.place.read('README.md')).toString()).toBe(AFTER);

    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('dialog', { name: 'Export this session' }).getByRole('button', { name: 'Markdown' }).click();
    const saved = join(app.place.home, 'export.md');
    await (await download).saveAs(saved);
    const markdown = await readFile(saved, 'utf8');
    expect(markdown).toContain('+A small project, with tests.');
    expect(markdown).toContain('Answered **allow-once** by `user:');

    const client = await app.client();
    const { body } = await client.send('GET', '/api/sessions');
    const [session] = (body as { sessions: { id: string }[] }).sessions;
    const exported = await app.vtcode('sessions', 'export', session!.id);
    expect(exported.code).toBe(0);
    // The receipts were made at different moments; what they are of is the same.
    const beforeReceipt = (text: string) => text.slice(0, text.lastIndexOf('\n## Receipt\n'));
    expect(beforeReceipt(exported.stdout)).toBe(beforeReceipt(markdown));
    const checked = await app.vtcode('audit', 'verify', '--receipt', saved);
    expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('The receipt holds.') });
  });

  scenario('tells the model why the person denied', async ({ start }) => {
    const app = await start({ files, model: { wire, answers: [edit, done] } });
    const page = await app.openTrusted();
    await ask(page, 'Say in the README that there are tests');
    const card = page.getByRole('region', { name: 'Approval' });
    await card.getByRole('textbox').fill('There are no tests yet.');
    await answer(page, 'Deny');
    await conversation(page).getByText(done.text!).waitFor();
    expect((await app.place.read('README.md')).toString()).toBe(BEFORE);
    expect(JSON.stringify(app.model!.requests().at(-1)!.body)).toContain('There are no tests yet.');
  });

  scenario('loses and repeats nothing when the provider fails and cuts', async ({ start }) => {
    const error = (status: number, type: string) => ({
      error: { status, message: 'later, please', type, retryAfter: 0 },
    });
    const before: Answer[] = [error(500, 'api_error'), error(429, 'rate_limit_error')];
    const cut: Answer = { text: `${'word '.repeat(200)}`, options: { truncateAfterChunks: 3 } };
    const app = await start({ files, model: { wire, answers: [edit, done], before: [...before, cut] } });
    const page = await app.openTrusted();
    await ask(page, 'Say in the README that there are tests');
    await answer(page, 'Allow once');
    await conversation(page).getByText(done.text!).waitFor();
    expect((await app.place.read('README.md')).toString()).toBe(AFTER);
    expect(await conversation(page).getByText('word word').count(), 'nothing of the cut answer stays').toBe(0);
    const types = await eventTypes(app);
    const count = (type: string) => types.filter((one) => one === type).length;
    expect([count('message.user'), count('message.assistant'), count('file.changed'), count('turn.completed')]).toEqual(
      [1, 2, 1, 1],
    );
    expect(count('provider.failed')).toBe(3);
  });
});

scenario('shows the same in a second tab, and an answer there counts in both', async ({ start }) => {
  const app = await start({ files, model: { wire: 'anthropic', answers: [edit, done] } });
  const first = await app.openTrusted();
  await ask(first, 'Say in the README that there are tests');
  await first.getByRole('region', { name: 'Approval' }).waitFor();
  const second = await app.open(`/${new URL(first.url()).search}`);
  await answer(second, 'Allow once');
  for (const page of [first, second]) await conversation(page).getByText(done.text!).waitFor();
  expect(await first.getByRole('button', { name: 'Allow once' }).count()).toBe(0);
});

scenario('keeps all through a reload in mid-turn', async ({ start }) => {
  const long = Array.from({ length: 300 }, (_, i) => `word${i}`).join(' ');
  const slow: Answer = { text: long, options: { latency: 4 } };
  const app = await start({ files, model: { wire: 'anthropic', answers: [{ ...slow, calls: edit.calls! }, done] } });
  const page = await app.openTrusted();
  await ask(page, 'Say in the README that there are tests');
  await conversation(page).getByText('word3 ').waitFor();
  await page.reload();
  await conversation(page).getByText('word299').waitFor();
  // The card says the model's last words once more, as its claim.
  const prose = await conversation(page).getByRole('article', { name: 'Agent' }).first().innerText();
  expect(prose.match(/word\d+/g)!.map((word) => Number(word.slice(4)))).toEqual(
    Array.from({ length: 300 }, (_, i) => i),
  );
  await page.reload();
  await answer(page, 'Allow once');
  await conversation(page).getByText(done.text!).waitFor();
  await page.reload();
  await conversation(page).getByText(done.text!).waitFor();
  expect((await app.place.read('README.md')).toString()).toBe(AFTER);
});

scenario('denies what waited when the server was killed, and goes on', async ({ start }) => {
  const app = await start({ files, model: { wire: 'anthropic', answers: [edit, done, done] } });
  const page = await app.openTrusted();
  await ask(page, 'Say in the README that there are tests');
  await page.getByRole('region', { name: 'Approval' }).waitFor();
  await page.close();
  await app.restart('SIGKILL');
  const again = await app.open();
  await again.getByText('Interrupted by a restart').waitFor();
  expect(await again.getByRole('button', { name: 'Allow once' }).count()).toBe(0);
  expect((await app.place.read('README.md')).toString()).toBe(BEFORE);
  await ask(again, 'Go on');
  await conversation(again).getByText(done.text!).first().waitFor();
});

async function eventTypes(app: App): Promise<string[]> {
  const client = await app.client();
  const list = await client.send('GET', '/api/sessions');
  const [session] = (list.body as { sessions: { id: string }[] }).sessions;
  const { body } = await client.send('GET', `/api/sessions/${session!.id}`);
  return (body as { events: { type: string }[] }).events.map(({ type }) => type);
}

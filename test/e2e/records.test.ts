/** The records on the page: sessions found, arranged, forked, deleted and brought back; the audit, whole and broken. */
import Database from 'better-sqlite3';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, scenario, type App } from './frame.ts';
import type { Answer } from './model.ts';

const SOON = { timeout: 15_000 };
const files = { 'notes.txt': 'one\ntwo\n' };
const edit: Answer = { calls: [{ name: 'write_file', args: { path: 'notes.txt', content: 'one\nthree\n' } }] };

const TITLE = 'The walrus is in the harbour';

const log = (page: Page) => page.getByRole('log', { name: 'Conversation' });
const rail = (page: Page) => page.getByRole('navigation', { name: 'Sessions' });
/** By its whole title: that of a fork begins as that of the other. */
const row = (page: Page, title: string) =>
  rail(page)
    .getByRole('listitem')
    .filter({ has: page.getByRole('button', { name: `More on ${title}`, exact: true, includeHidden: true }) });

async function say(page: Page, text: string, answer: string): Promise<void> {
  const message = page.getByRole('textbox', { name: 'Message' });
  await message.fill(text);
  await message.press('Enter');
  await log(page).getByText(answer).waitFor();
}

async function act(page: Page, title: string, name: string): Promise<void> {
  await row(page, title).hover();
  await row(page, title)
    .getByRole('button', { name: `More on ${title}` })
    .click();
  await page.getByRole('menuitem', { name, exact: true }).click();
}

scenario(
  'a session is found by what was said in it, pinned, archived, forked, deleted and brought back',
  async ({ start }) => {
    const answers: Answer[] = [{ text: 'Well said.' }, { text: 'It still is.' }];
    const app = await start({ files, model: { wire: 'anthropic', answers } });
    const page = await app.openTrusted();
    await say(page, TITLE, 'Well said.');
    await page.getByRole('button', { name: 'New session' }).click();
    await expect.poll(() => log(page).getByRole('article').count(), SOON).toBe(0);
    await say(page, 'Another matter', 'Well said.');

    await page.getByRole('button', { name: 'Search sessions' }).click();
    await page.getByRole('searchbox', { name: 'Search all sessions' }).fill('walrus harb');
    const found = rail(page).locator('mark');
    await expect.poll(() => found.allTextContents(), SOON).toEqual(['walrus', 'harbour']);
    expect(await rail(page).getByRole('listitem').count()).toBe(1);
    await page.getByRole('searchbox', { name: 'Search all sessions' }).press('Escape');

    await act(page, TITLE, 'Pin');
    await rail(page).getByRole('heading', { name: 'Pinned' }).waitFor();
    await act(page, TITLE, 'Archive');
    await expect.poll(() => row(page, TITLE).count(), SOON).toBe(0);
    await page.getByRole('region', { name: 'Notes' }).getByRole('button', { name: 'Undo' }).click();
    await row(page, TITLE).getByRole('link').click();
    await log(page).getByText(TITLE).first().waitFor();

    await log(page).getByRole('article', { name: 'Agent' }).hover();
    await log(page).getByRole('article', { name: 'Agent' }).getByRole('button', { name: 'Fork from here' }).click();
    await log(page).getByText('Forked here').waitFor();
    await say(page, 'And now', 'It still is.');
    const asked = JSON.stringify(app.model!.requests().at(-1));
    expect(asked).toContain(TITLE);
    expect(asked).toContain('Well said.');

    await act(page, `${TITLE} (fork)`, 'Delete');
    const dialog = page.getByRole('dialog', { name: 'Delete the session' });
    await dialog.getByRole('button', { name: 'Keep it' }).click();
    await act(page, `${TITLE} (fork)`, 'Delete');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => row(page, `${TITLE} (fork)`).count(), SOON).toBe(0);
    await page.getByRole('region', { name: 'Notes' }).getByRole('button', { name: 'Undo' }).click();
    await log(page).getByText('It still is.').waitFor();
    expect((await app.vtcode('audit', 'verify')).code).toBe(0);
  },
);

scenario(
  'the audit shows who did what and why, filtered, with its bytes, and whether all of it is whole',
  async ({ start }) => {
    const app = await start({ files, model: { wire: 'anthropic', answers: [edit, { text: 'Written.' }] } });
    const page = await app.openTrusted();
    await page.getByRole('textbox', { name: 'Message' }).fill('Write three');
    await page.getByRole('textbox', { name: 'Message' }).press('Enter');
    await page.getByRole('button', { name: 'Allow once' }).click();
    await log(page).getByText('Written.').waitFor();

    await page.getByRole('tab', { name: 'Audit' }).click();
    const chain = page.getByRole('status', { name: 'Chain' });
    await expect.poll(() => chain.textContent(), SOON).toMatch(/whole · \d+ events.*signed up to/);
    const rows = page.getByRole('group', { name: 'Events' }).locator('tbody tr');
    await page.getByRole('combobox', { name: 'What' }).selectOption('Approvals');
    await expect.poll(() => rows.count(), SOON).toBe(2);
    expect(await rows.first().textContent()).toMatch(/approval\.resolved.*allow-once: Edit notes\.txt.*Allowed.*edit/);
    await page.getByRole('combobox', { name: 'Decision' }).selectOption('Denied');
    await page.getByText('No event fits.').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('searchbox', { name: 'Words of an event' }).fill('notes.txt');
    await page.getByRole('combobox', { name: 'Effect' }).selectOption('Edits');
    await expect.poll(() => rows.count(), SOON).toBeGreaterThan(3);
    await rows
      .first()
      .getByRole('button', { name: /^Event/ })
      .click();
    const action = page.getByRole('region', { name: 'Action' });
    await action.getByText('three').first().waitFor();
    expect(await page.getByRole('region', { name: 'Seal' }).textContent()).toMatch(/hash\s+[0-9a-f]{64}/);

    const changed = tamper(app);
    await page.getByRole('button', { name: 'Verify again' }).click();
    await expect.poll(() => chain.textContent(), SOON).toContain(`broken at ${changed}: edited`);
    const verified = await app.vtcode('audit', 'verify', '--json');
    expect(verified.code).toBe(1);
    expect(JSON.parse(verified.stdout)).toMatchObject({ whole: false, broken: { seq: changed, how: 'edited' } });
  },
);

/** Changes a message in the database, as another program could; answers its seq. */
function tamper({ place }: App): number {
  const state = join(place.home, '.state/vtcode');
  const dir = readdirSync(state).find((name) => readdirSync(join(state, name)).includes('vtcode.db'));
  const raw = new Database(join(state, dir!, 'vtcode.db'));
  const { seq } = raw.prepare("SELECT seq FROM events WHERE type = 'message.user'").get() as { seq: number };
  raw.prepare("UPDATE events SET data = replace(data, 'three', 'four') WHERE seq = ?").run(seq);
  raw.close();
  return seq;
}

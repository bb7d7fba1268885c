/** The agent's commands on the page: what is shown is what runs, as it runs, and what the kernel kept from it is said. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { descendants, isAlive, read } from '../attack/sandbox/processes.ts';
import { expect, scenario, type App } from './frame.ts';
import type { Answer, Call } from './model.ts';

/** Other tests' servers may be busy beside this one. */
const SOON = { timeout: 15_000 };
const files = { 'README.md': '# Commands\n' };
const done: Answer = { text: 'That is all.' };

const run = (command: string, more: object = {}): Call => ({ name: 'run_command', args: { command, ...more } });
const model = (...answers: Answer[]) => ({ wire: 'anthropic' as const, answers });

async function begin(app: App, words = 'Go'): Promise<Page> {
  const page = await app.openTrusted();
  await page.getByRole('textbox', { name: 'Message' }).fill(words);
  await page.getByRole('button', { name: 'Send' }).click();
  return page;
}

const log = (page: Page) => page.getByRole('log', { name: 'Conversation' });
const cardOf = (page: Page) => page.getByRole('region', { name: 'Approval' }).first();

/** Waits until the card takes answers, then gives one. */
async function answer(page: Page, name: string): Promise<void> {
  const button = cardOf(page).getByRole('button', { name, exact: true });
  await expect.poll(() => button.isEnabled(), SOON).toBe(true);
  await button.click();
}

/** The line of the call whose command it is. */
const lineOf = (page: Page, command: string): Locator => log(page).locator('summary').filter({ hasText: command });
const told = (app: App) => JSON.stringify(app.model!.requests().at(-1)!.body);
/** What runs of it below the server, by its command line. */
const running = (app: App, words: string) =>
  descendants(app.server().ready.pid).filter((pid) =>
    read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').includes(words),
  );

scenario(
  'a command is shown to the letter, runs once allowed, and is seen as it runs, in a late tab too',
  async ({ start }) => {
    const command =
      'echo "one  two"; until [ -e go ]; do sleep 0.05; done; touch gone; printf "\\033[31mthree\\033[0m\\n"; exit 3';
    const app = await start({ files, model: model({ calls: [run(command)] }, done) });
    const page = await begin(app);
    await page
      .getByRole('status', { name: 'Sandbox' })
      .getByText(/^Sandbox (full|assisted)$/)
      .waitFor();
    const card = cardOf(page);
    await card.getByText('Run a command').waitFor();
    expect((await card.innerText()).replace(/\s+/g, ' ')).toContain('printf "\\033[31mthree\\033[0m\\n"; exit 3');
    await card.getByText('No network').waitFor();
    await card.getByText('Read-only').waitFor();
    expect(running(app, 'until [ -e go ]')).toEqual([]);
    await answer(page, 'Allow once');
    const line = lineOf(page, 'echo "one');
    await line.getByText('Running').waitFor();
    await log(page).getByText('one  two', { exact: true }).waitFor();
    expect(running(app, 'until [ -e go ]').length).toBeGreaterThan(0);
    const late = await app.open(`/${new URL(page.url()).search}`);
    await lineOf(late, 'echo "one').getByText('Running').waitFor();
    // What was printed before it came.
    await log(late).getByText('one  two', { exact: true }).waitFor();

    await app.place.put('go', '');
    for (const tab of [page, late]) {
      await lineOf(tab, 'echo "one').getByText('exit 3', { exact: true }).waitFor();
      await lineOf(tab, 'echo "one').getByText('Failed').waitFor();
      await log(tab).getByText(done.text!).waitFor();
      await lineOf(tab, 'echo "one').click();
      await log(tab)
        .getByText(/Namespaces, Landlock/)
        .waitFor();
      await log(tab).getByLabel('Output').first().getByText('three').waitFor();
    }
    expect(told(app)).toMatch(/Exit code 3 after .*one {2}two\\nthree\\n/);
    expect(told(app)).not.toContain('\\u001b');
  },
);

scenario('a command that is denied never runs, and the model is told why', async ({ start }) => {
  const app = await start({ files, model: model({ calls: [run('touch made')] }, done) });
  const page = await begin(app);
  await cardOf(page).getByRole('textbox', { name: 'Reason, if you deny' }).fill('Nothing is to be made here.');
  await answer(page, 'Deny');
  await log(page).getByText(done.text!).waitFor();
  await lineOf(page, 'touch made').getByText('Denied').waitFor();
  expect(told(app)).toContain('Nothing is to be made here.');
  expect(existsSync(join(app.place.workspace, 'made'))).toBe(false);
});

scenario('a key in the home is kept from a command by the kernel, and the page says so', async ({ start }) => {
  const command =
    'cat ~/.ssh/id_ed25519 ../home/.ssh/id_ed25519; cat /proc/1/environ | tr "\\0" "\\n"; touch ~/.ssh/authorized_keys /etc/planted';
  const app = await start({ files, model: model({ calls: [run(command)] }, done) });
  await mkdir(join(app.place.home, '.ssh'), { mode: 0o700 });
  await writeFile(join(app.place.home, '.ssh/id_ed25519'), 'CANARY-8f3a\n', { mode: 0o600 });
  const page = await begin(app);
  await answer(page, 'Allow once');
  await log(page).getByText(done.text!).waitFor();
  await lineOf(page, 'cat ~/.ssh').click();
  await log(page)
    .getByText(/home\/\.ssh\/id_ed25519: (No such file or directory|Permission denied)/)
    .first()
    .waitFor();
  await log(page)
    .getByText(/'\/etc\/planted': Read-only file system|'\/etc\/planted': Permission denied/)
    .first()
    .waitFor();
  const all = `${await page.content()}${JSON.stringify(app.model!.requests())}`;
  expect(all).not.toContain('CANARY-8f3a');
  expect(all.includes(app.model!.env['ANTHROPIC_API_KEY']!)).toBe(false);
  expect(readdirSync(join(app.place.home, '.ssh'))).toEqual(['id_ed25519']);
});

scenario('what a command planted for git is put away before git could obey it, and shown', async ({ start }) => {
  // The policy denies what it sees go there; this name it cannot see.
  const plant =
    'g=sub/$(printf .gi%s t); mkdir -p "$g/objects" "$g/refs" "$g/hooks"; echo "ref: refs/heads/main" > "$g/HEAD"; ' +
    'printf "#!/bin/sh\\ntouch /tmp/pwned\\n" > "$g/hooks/post-checkout"; chmod +x "$g/hooks/post-checkout"';
  const app = await start({ files, model: model({ calls: [run(plant)] }, done) });
  const page = await begin(app);
  await answer(page, 'Allow once');
  await log(page).getByText(done.text!).waitFor();
  await lineOf(page, 'printf .gi%s t').getByText('1 left behind').waitFor();
  await lineOf(page, 'printf .gi%s t').click();
  const left = log(page).getByRole('region', { name: 'Left behind' });
  await left.getByText('sub/.git').first().waitFor();
  await left.getByText(/It was moved to \.vtcode\/quarantine\//).waitFor();
  expect(existsSync(join(app.place.workspace, 'sub/.git'))).toBe(false);
  expect(told(app)).toContain('left behind: sub/.git');
});

scenario('a command in the background is listed, read and stopped, and is gone then', async ({ start }) => {
  const app = await start({
    files,
    model: model(
      { calls: [run('echo up; touch up; while :; do sleep 0.1; done', { background: true })] },
      { calls: [{ name: 'list_tasks', args: {} }] },
      { calls: [{ name: 'read_task', args: { id: 'task_1' } }] },
      { text: 'It runs behind.' },
      { calls: [{ name: 'stop_task', args: { id: 'task_1' } }] },
      done,
    ),
  });
  const page = await begin(app);
  await cardOf(page).getByText('Runs on beside the turn').waitFor();
  await answer(page, 'Allow once');
  await log(page).getByText('It runs behind.').waitFor();
  await lineOf(page, 'echo up').getByText('In the background').waitFor();
  expect(told(app)).toMatch(/task_1: running for/);
  expect(running(app, 'while :; do').length).toBeGreaterThan(0);
  await page.getByRole('textbox', { name: 'Message' }).fill('Stop it');
  await page.getByRole('button', { name: 'Send' }).click();
  await log(page).getByText(done.text!).waitFor();
  await expect.poll(() => lineOf(page, 'echo up').getByText('In the background').count(), SOON).toBe(0);
  await lineOf(page, 'echo up').getByText('SIGTERM').waitFor();
  expect(running(app, 'while :; do')).toEqual([]);
});

scenario('Stop ends a command with all that it started', async ({ start }) => {
  const command = 'trap "" TERM; (setsid sleep 4242 &); sleep 4243 & echo up; wait';
  const app = await start({ files, model: model({ calls: [run(command)] }, done) });
  const page = await begin(app);
  await answer(page, 'Allow once');
  await log(page).getByText('up', { exact: true }).waitFor();
  const all = ['sleep 4242', 'sleep 4243'].flatMap((words) => running(app, words));
  expect(all.length).toBeGreaterThanOrEqual(2);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await log(page).getByText('Stopped by you', { exact: true }).waitFor();
  await lineOf(page, 'sleep 4242').getByText('Stopped').waitFor();
  expect(all.filter(isAlive)).toEqual([]);
});

scenario(
  'a command in the background dies with a server that is killed, and the next one says so',
  async ({ start }) => {
    const app = await start({
      files,
      model: model(
        { calls: [run('echo up; touch up; sleep 4244', { background: true })] },
        { text: 'It runs behind.' },
        done,
      ),
    });
    const page = await begin(app);
    await answer(page, 'Allow once');
    await log(page).getByText('It runs behind.').waitFor();
    await expect.poll(() => running(app, 'sleep 4244').length, SOON).toBeGreaterThan(0);
    const all = running(app, 'sleep 4244');
    await page.close();
    await app.restart('SIGKILL');
    await expect.poll(() => all.filter(isAlive), SOON).toEqual([]);
    const again = await app.open();
    await lineOf(again, 'sleep 4244').getByText('Cut off').waitFor();
    await lineOf(again, 'sleep 4244').click();
    await log(again).getByText('With the server, and nobody saw how. What it had done by then stands.').waitFor();
    const client = await app.client();
    const { body } = await client.send('GET', '/api/sessions');
    const [session] = (body as { sessions: { id: string }[] }).sessions;
    const exported = await app.vtcode('sessions', 'export', session!.id);
    expect(exported.stdout).toContain('It was cut off with the server: how it ended is not known.');
  },
);

scenario('a command whose hidden file is replaced is ended, and its card names the file', async ({ start }) => {
  const command = 'touch up; until grep -q SEC.ND .env 2>/dev/null; do :; done; cat .env; sleep 20';
  const app = await start({ files: { ...files, '.env': 'FIRST' }, model: model({ calls: [run(command)] }, done) });
  const page = await begin(app);
  await answer(page, 'Allow once');
  await expect.poll(() => existsSync(join(app.place.workspace, 'up')), SOON).toBe(true);
  await app.place.put('.env.new', 'SECOND');
  await rename(join(app.place.workspace, '.env.new'), join(app.place.workspace, '.env'));
  await lineOf(page, 'touch up').getByText('Ended by the sandbox').waitFor();
  await log(page).getByText(done.text!).waitFor();
  await lineOf(page, 'touch up').click();
  const why = log(page).getByRole('region', { name: 'Why the sandbox ended it' });
  await why.getByText('.env', { exact: true }).waitFor();
  expect(told(app)).toMatch(/Ended by the sandbox after .*\.env, which no command may see/);
  expect(told(app)).not.toContain('SECOND');
});

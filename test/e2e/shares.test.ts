/** A session is shared: looked at before there is a link, read by who has it, replayed, followed live, taken back. */
import { AxeBuilder } from '@axe-core/playwright';
import { readdir, readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { it } from 'vitest';
import { expect, scenario, type App } from './frame.ts';
import type { Answer } from './model.ts';

const KEY = 'sk-live-abcdefghijklmnopqrstuvwx1234';
const files = { 'notes.txt': 'one\ntwo\n' };
const answers: Answer[] = [
  { text: 'I write it.', calls: [{ name: 'write_file', args: { path: 'notes.txt', content: 'one\nthree\n' } }] },
  { text: 'Written, as **ann@example.org** asked; [see](javascript:alert(1)) <img src=x onerror=alert(1)>.' },
  { text: 'This came while you looked.' },
];

const viewed = (page: Page) => page.getByRole('log', { name: 'Shared conversation' });

async function accessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.getByRole('textbox', { name: 'Message' }).press('Enter');
}

/** What was ticked is hidden, what was not is there; nothing of it acts. */
async function masked(app: App, view: Page): Promise<void> {
  const text = await view.locator('body').innerText();
  expect(text).toContain('ann@example.org');
  expect(text).toContain('[redacted secret]');
  expect(text).toContain('three');
  for (const hidden of [KEY, 'Walrus', app.place.home, app.place.workspace]) expect(text).not.toContain(hidden);
  expect(await view.title()).not.toContain(KEY.slice(0, 10));
  expect(await viewed(view).locator('img, a, script').count()).toBe(0);
  const buttons = await view.getByRole('button').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
  expect(buttons).toEqual(['Theme: system', 'Replay', 'Step back', 'Step on']);
  expect(await view.getByRole('textbox').count()).toBe(0);
  await accessible(view);
}

/** Back to the beginning, a step on, and to the end, by keys alone. */
async function replay(view: Page): Promise<void> {
  const place = view.getByRole('slider', { name: 'Position in the session' });
  expect(await place.getAttribute('aria-valuetext')).toBe('step 4 of 4');
  await place.press('Home');
  await expect.poll(() => viewed(view).getByText('Written, as').count()).toBe(0);
  await place.press('ArrowRight');
  expect(await place.getAttribute('aria-valuetext')).toBe('step 2 of 4');
  await place.press('End');
  await viewed(view).getByText('Written, as').waitFor();
}

scenario(
  'is read by who has the link, masked as it was ticked, and closed when it is taken back',
  async ({ start }) => {
    const app = await start({ files, model: { wire: 'anthropic', answers }, args: ['--mode', 'auto-edit'] });
    const page = await app.openTrusted();
    await say(page, `Write three for Walrus. The key is ${KEY}.`);
    await page.getByText('Written, as').waitFor();

    await page.getByRole('button', { name: 'Share', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: /^Share Write three/ });
    await dialog.getByRole('checkbox', { name: /E-mail address/ }).uncheck();
    await dialog.getByText('stays readable').waitFor();
    await dialog.getByRole('textbox', { name: 'Also mask' }).fill('walrus');
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.getByRole('group', { name: 'As a viewer will read it' }).getByText('[redacted].').waitFor();
    await dialog.getByRole('radio', { name: /^Live/ }).check();
    await dialog.getByText('Masks 2, leaves 1 readable.').waitFor();
    await accessible(page);
    await dialog.getByRole('button', { name: 'Create link' }).click();
    const link = await dialog.getByRole('textbox', { name: 'Link' }).inputValue();
    await dialog.getByRole('button', { name: 'Done' }).click();

    const stranger = await app.stranger();
    const view = await stranger.context.newPage();
    await view.goto(link);
    await viewed(view).getByText('Written, as').waitFor();
    await masked(app, view);
    await replay(view);

    await page.getByRole('status', { name: 'Shared' }).getByText('1 viewer now').waitFor({ state: 'attached' });
    await say(page, 'Go on.');
    await viewed(view).getByText('This came while you looked.').waitFor();

    await page.getByRole('button', { name: 'Share', exact: true }).click();
    await page.getByRole('dialog').getByText('1 viewer now').waitFor();
    await accessible(page);
    await page.getByRole('button', { name: /^Take back/ }).click();
    await view.getByRole('heading', { name: 'This link opens nothing' }).waitFor();
    expect(await view.locator('body').innerText()).not.toContain('Written');
    await page.getByRole('dialog').getByText('Taken back').waitFor();
    await view.reload();
    await view.getByRole('heading', { name: 'This link opens nothing' }).waitFor();
    stranger.expectComplaint(/status of 410/);
    await view.goto(link.replace(/#.*/, ''));
    await view.getByRole('heading', { name: 'This link is not whole' }).waitFor();
    const listed = await app.vtcode('share', 'list', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject({ state: 'revoked', views: 1 });
  },
);

/** What the owner's page speaks to the server with, and where it keeps its token. */
const OWNERS = [
  'api',
  'app.svelte',
  'login',
  'session.svelte',
  'stream',
  'stream-source',
  'stream.worker',
  'workspace.svelte',
];

it('is a page of its own: no part of the owner’s page that knows a token is in what a viewer loads', async () => {
  const dist = new URL('../../dist/', import.meta.url);
  const modules = JSON.parse(await readFile(new URL('modules.json', dist), 'utf8')) as Record<string, string[]>;
  expect(modules['web']).toEqual(expect.arrayContaining(OWNERS.map((name) => `web/lib/${name}.ts`)));
  expect(modules['share']!.filter((path) => OWNERS.some((name) => path === `web/lib/${name}.ts`))).toEqual([]);
  expect(modules['share']!.filter((path) => /^(server|shared\/(?:api|event|action)\b)/.test(path))).toEqual([]);
  const names = await readdir(new URL('share/assets/', dist));
  const texts = await Promise.all(
    names.filter((name) => name.endsWith('.js')).map((name) => readFile(new URL(`share/assets/${name}`, dist), 'utf8')),
  );
  expect(texts.join('')).toContain('/api/share/');
  expect(texts.join('')).not.toMatch(/\/api\/(?:login|sessions|approvals|events|workspace|file)/);
});

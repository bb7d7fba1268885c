/** The terminal on the page: a real shell in a real browser, its scroll-back over a reload, and the mark of one on the host. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { describe } from 'vitest';
import { expect, scenario } from './frame.ts';

const POLL = { timeout: 15_000, interval: 50 };
const screenOf = (page: Page) => page.locator('.xterm-rows').innerText();
const shows = (page: Page, pattern: RegExp) => expect.poll(() => screenOf(page), POLL).toMatch(pattern);

/** The tab, one confined shell, and the focus in it. */
async function openShell(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Terminal' }).click();
  await page.getByRole('button', { name: 'Open a terminal' }).click();
  await page.getByRole('tab', { name: /^shell 1 ?, confined$/ }).waitFor();
  await shows(page, /[$#]\s*$/);
  // Who opened it types in it, without another press.
  const keys = page.locator('.xterm-helper-textarea');
  await expect.poll(() => keys.evaluate((field) => field === document.activeElement), POLL).toBe(true);
}

async function pasteText(page: Page, text: string): Promise<void> {
  await page.locator('.xterm-helper-textarea').evaluate((field, pasted) => {
    const data = new DataTransfer();
    data.setData('text/plain', pasted);
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
}

describe('the terminal', () => {
  scenario('runs a shell, keeps what it printed over a reload, and is the same in two tabs', async ({ start }) => {
    const app = await start({ files: { 'a.txt': 'hello from a file\n' } });
    const page = await app.openTrusted();
    await openShell(page);
    await page.keyboard.type('cat a.txt; seq 200; echo done-$((40+2))\n');
    await shows(page, /done-42/);
    await page.keyboard.type('vim -u NONE b.txt\n');
    await shows(page, /~\s+~/);
    await page.keyboard.type('ifrom vim');
    await page.keyboard.press('Escape');
    await page.keyboard.type(':wq\n');
    await shows(page, /[$#]\s*$/);
    expect((await app.place.read('b.txt')).toString()).toBe('from vim\n');

    await page.reload();
    await shows(page, /done-42/);
    const other = await app.open();
    await other.getByRole('tab', { name: 'Terminal' }).click();
    await shows(other, /done-42/);
    await other.locator('.xterm-helper-textarea').focus();
    await other.keyboard.type('echo both-$((1+1))\n');
    await shows(page, /both-2/);
    await shows(other, /both-2/);
  });

  scenario('has the size of its place, and tells the shell of it', async ({ start }) => {
    const page = await (await start({})).openTrusted();
    await openShell(page);
    await page.keyboard.type('stty size\n');
    await shows(page, /\n\d+ \d+\n/);
    const before = /\n(\d+) (\d+)\n/.exec(await screenOf(page))!;
    await page.setViewportSize({ width: 1280, height: 560 });
    await page.keyboard.type('clear; stty size\n');
    await expect
      .poll(async () => Number(/(\d+) (\d+)\n/.exec(await screenOf(page))?.[1] ?? before[1]), POLL)
      .toBeLessThan(Number(before[1]));
  });

  scenario('leaves the shell its keys, and gives the focus back', async ({ start }) => {
    const page = await (await start({})).openTrusted();
    await openShell(page);
    await page.keyboard.type('echo one-$((1))\n');
    await shows(page, /one-1/);
    await page.keyboard.press('Control+P');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await screenOf(page)).match(/\none-1/g)?.length, POLL).toBe(2);
    await page.keyboard.press('Control+K');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.className)).toContain('xterm-helper-textarea');
    await page.keyboard.press('Shift+F6');
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('tab');
  });

  scenario('asks before a paste that could run, and takes out what ends one', async ({ start }) => {
    const page = await (await start({})).openTrusted();
    await openShell(page);
    await pasteText(page, 'echo single');
    await shows(page, /echo single/);
    await page.keyboard.press('Control+U');
    await pasteText(page, 'echo a\u001b[201~\necho b\n');
    const dialog = page.getByRole('dialog', { name: 'Paste into the terminal?' });
    await dialog.waitFor();
    expect(await dialog.innerText()).toContain('1 control character left out');
    await dialog.getByRole('button', { name: 'Paste as one line' }).click();
    await shows(page, /echo a\[201~ echo b/);
    expect(await screenOf(page)).not.toMatch(/\nb\n/);
  });

  scenario('answers no program from the page, and shows a title as its words', async ({ start }) => {
    const app = await start({
      files: {
        'ask.sh': `printf '\\033]0;you‮ are root\\007\\033]52;c;ZXZpbA==\\007\\033]8;;https://evil.example\\007link\\033]8;;\\007\\n'\n`,
      },
    });
    const page = await app.openTrusted();
    const typed: string[] = [];
    page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => typed.push(payload.toString())));
    await openShell(page);
    await page.keyboard.type('bash ask.sh\n');
    await shows(page, /\nlink/);
    await expect.poll(() => page.getByTitle('What a program calls this window').innerText(), POLL).toContain('U+202E');
    expect(await page.locator('.xterm a').count()).toBe(0);
    const before = typed.filter((frame) => !frame.startsWith('{')).length;
    const asks = ['[c', '[>c', '[=c', '[5n', '[6n', '[?6n', '[14t', '[18t', '[21t', '[?1$p', '[4$p', '[?1004h'];
    await page.keyboard.type(
      `printf '${asks.map((ask) => `\\033${ask}`).join('')}\\033]11;?\\007\\033P$qm\\033\\\\'; echo asked-$((1))\n`,
    );
    await shows(page, /asked-1/);
    const sent = typed.filter((frame) => !frame.startsWith('{')).slice(before);
    expect(sent.filter((frame) => frame.includes('\u001b'))).toEqual([]);
  });

  scenario('shows how a shell ended, and starts it again', async ({ start }) => {
    const page = await (await start({})).openTrusted();
    await openShell(page);
    await page.keyboard.type('exit 3\n');
    await page.getByText('The shell ended with code 3.').waitFor();
    await page.getByRole('button', { name: 'Start again' }).click();
    await page.getByText('The shell ended with code 3.').waitFor({ state: 'detached' });
    await shows(page, /[$#]\s*$/);
    await page.getByRole('tab', { name: /^shell 1 ?, confined$/ }).focus();
    await page.keyboard.press('F2');
    await page.getByRole('textbox', { name: 'Name of the terminal' }).fill('build');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: /^build ?, confined$/ }).focus();
    await page.keyboard.press('Delete');
    await page.getByRole('button', { name: 'Open a terminal' }).waitFor();
  });

  scenario('asks for one on the host, and marks it as long as it runs', async ({ start }) => {
    const page = await (await start({})).openTrusted();
    await page.getByRole('tab', { name: 'Terminal' }).click();
    await page.getByRole('button', { name: 'New', exact: true }).click();
    await page.getByRole('menuitemradio', { name: /Host terminal/ }).click();
    const card = page.getByRole('region', { name: /^Approval Host terminal/ });
    await card.getByText('no sandbox').waitFor();
    expect(await card.innerText()).toContain('everything that you can');
    expect(await card.getByRole('button', { name: 'Make a rule' }).count()).toBe(0);
    const allow = card.getByRole('button', { name: 'Allow once' });
    // A press that began before the card could be read does not count.
    await expect
      .poll(async () => {
        if ((await allow.count()) > 0) await allow.click({ timeout: 1_000 }).catch(() => undefined);
        return allow.count();
      }, POLL)
      .toBe(0);
    await page.getByText('Not confined: what runs here').waitFor();
    await page.getByRole('tab', { name: /^host 1 ?, host, not confined/ }).waitFor();
    await shows(page, /[$#]\s*$/);
    const found = await new AxeBuilder({ page }).include('#side-terminal').analyze();
    expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  });

  scenario('is not to be had in a workspace that is not trusted', async ({ start }) => {
    const page = await (await start({})).open();
    await page.getByRole('button', { name: 'Stay untrusted' }).click();
    await page.getByRole('tab', { name: 'Terminal' }).click();
    await page.getByText(/not trusted: in a terminal/).waitFor();
    expect(await page.getByRole('button', { name: 'Open a terminal' }).count()).toBe(0);
  });
});

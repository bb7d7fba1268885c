/** A real shell behind a real server and its sockets: what one does in a terminal works, and what one sees is what it printed. */
import { existsSync } from 'node:fs';
import { join as path } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startServer } from '../fixtures/server.ts';
import { closeTerminal, join, listTerminals, openTerminal, stateOf } from '../fixtures/terminal.ts';

async function shell(files: Record<string, string> = {}) {
  const server = await startServer([{ text: 'ok' }], files);
  const client = await server.login();
  const id = await openTerminal(client);
  const page = await join(server, client, id);
  await page.shows(/[$#] ?$/);
  return { server, client, id, page };
}

describe('a confined shell', () => {
  it('runs what is typed, in the workspace, on a terminal, and sees no more than a command does', async () => {
    const { page, server } = await shell({ 'a.txt': 'hello\n', '.env': 'KEY=very-secret\n' });
    page.type('cat a.txt; tty; echo in:$VTCODE_SANDBOX; pwd; cat .env; echo written > b.txt; ls /proc/self/fd\r');
    await page.shows(/hello\n.*\nin:1\n.*\/work\n/s);
    await page.shows(/Permission denied/);
    await page.shows(/\n0 +1 +2 +3\n/);
    expect(page.text()).not.toContain('very-secret');
    await expect.poll(() => existsSync(path(server.root, 'b.txt'))).toBe(true);
    page.type('touch .git/x; (exec 3<>/dev/tcp/127.0.0.1/' + server.running.port + ') && echo reached\r');
    await page.shows(/(refused|unreachable)/i);
    expect(page.text()).not.toContain('\nreached');
  });

  it('has job control: stops, goes on in the background and in the foreground, and is interrupted', async () => {
    const { page } = await shell();
    expect(page.text()).not.toContain('no job control');
    page.type('sleep 1000\r');
    await page.shows(/sleep 1000\n?/);
    page.type('\x1a');
    await page.shows(/\[1\]\+ +Stopped +sleep 1000/);
    page.type('bg\r');
    await page.shows(/\[1\]\+ sleep 1000 &/);
    page.type('jobs\r');
    await page.shows(/\[1\]\+ +Running +sleep 1000/);
    page.type('fg\r');
    await page.shows(/fg\nsleep 1000/);
    page.type('\x03');
    await page.shows(/\^C/);
    page.type('echo code:$?\r');
    await page.shows(/code:130/);
  });

  it('has the size that the page last said, and its programs hear of it', async () => {
    const { page } = await shell();
    page.tell({ type: 'size', columns: 101, rows: 37 });
    page.type('stty size\r');
    await page.shows(/37 101/);
    expect(page.size()).toEqual({ columns: 101, rows: 37 });
    page.type(`bash -c 'trap "echo changed:\\$(stty size); exit" WINCH; echo set; while :; do sleep 0.05; done'\r`);
    await page.shows(/\nset$/);
    page.tell({ type: 'size', columns: 90, rows: 30 });
    await page.shows(/changed:30 90/);
  });

  it('pages in less, and edits in vim', async () => {
    const { page, server } = await shell({
      'long.txt': Array.from({ length: 200 }, (_, i) => `line ${i + 1}`).join('\n'),
    });
    page.type('less long.txt\r');
    await page.shows(/line 23\n/);
    page.type('G');
    await page.shows(/line 200/);
    page.type('q');
    await page.shows(/[$#] ?$/);
    expect(page.text()).not.toContain('line 200');
    page.type('vim -u NONE new.txt\r');
    await page.shows(/\[New\b/);
    page.type('iwritten in vim\x1b:wq\r');
    await page.shows(/[$#] ?$/);
    page.type('cat new.txt\r');
    await page.shows(/cat new\.txt\nwritten in vim/);
    expect(existsSync(path(server.root, 'new.txt'))).toBe(true);
  });

  it('ends with its code, and is still there to be read', async () => {
    const { page, client, id, server } = await shell();
    page.type('echo last words; exit 7\r');
    const end = { why: 'exit', code: 7, signal: '' };
    await expect.poll(() => page.told.at(-1)).toEqual({ type: 'ended', end });
    await expect.poll(() => stateOf(client, id)).toMatchObject({ state: 'ended', end });
    const later = await join(server, client, id);
    await later.shows(/last words/);
    await expect.poll(() => later.told.at(-1)).toEqual({ type: 'ended', end });
    expect(await closeTerminal(client, id)).toBe(200);
    expect(await later.closed).toMatchObject({ code: 1000 });
    expect((await listTerminals(client)).terminals).toEqual([]);
  });
});

describe('pages on one terminal', () => {
  it('see the same, type both, and one that comes later sees what was printed before it', async () => {
    const { server, client, id, page } = await shell();
    page.type("printf '\\033[31mred\\033[0m ü \\xe6\\xbc\\xa2\\n'; seq 300\r");
    await page.shows(/\n300\n/);
    const other = await join(server, client, id);
    await other.shows(/red ü 漢\n1\n2\n/);
    expect(other.text()).toBe(page.text());
    other.type('echo from the other\r');
    await page.shows(/\nfrom the other/);
    await other.shows(/\nfrom the other/);
    expect(other.bytes()).toContain('\x1b[31m');
  });

  it('share one size: that of the page that was last at work', async () => {
    const { server, client, id, page } = await shell();
    const other = await join(server, client, id);
    page.tell({ type: 'size', columns: 120, rows: 40 });
    await expect.poll(() => other.size()).toEqual({ columns: 120, rows: 40 });
    other.tell({ type: 'size', columns: 60, rows: 20 });
    await expect.poll(() => page.size()).toEqual({ columns: 60, rows: 20 });
    const third = await join(server, client, id);
    await expect.poll(() => third.size()).toEqual({ columns: 60, rows: 20 });
  });

  it('do not answer programs: the server does, once, with no page and with three', async () => {
    const { server, client, id, page } = await shell();
    await join(server, client, id);
    await join(server, client, id);
    // DA1, DSR and CPR, then whatever comes within a second, drawn so that it cannot be taken for a sequence.
    page.type(
      "stty -echo -icanon min 0 time 5; printf '\\033[c\\033[5n\\033[6n'; od -An -c | tr -d ' \\n'; stty sane; echo\r",
    );
    await page.shows(/033\[\?1;2c033\[0n033\[\d+;\d+R/);
    expect(page.text().match(/\[\?1;2c/g)).toHaveLength(1);
  });
});

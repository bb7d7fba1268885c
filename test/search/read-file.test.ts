/** Reading files for a model: numbered lines, whatever the file, in flat memory and with notes on what is not there. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import { readFile } from '../../server/search/read-file.ts';
import { runs } from '../long.ts';
import { folder, type Folder } from './folder.ts';

let ws: Folder;
const signal = new AbortController().signal;
beforeAll(() => void (ws = folder()));
afterAll(() => ws.close());

const read = (path: string, startLine = 1, endLine: number | null = null) =>
  readFile(ws.root, { kind: 'read', tool: 'read_file', path, startLine, endLine }, signal);
const contentOf = async (content: string | Buffer, startLine?: number, endLine?: number) => {
  ws.put('f', content);
  return (await read('f', startLine, endLine ?? null)).content;
};

describe('a text file', () => {
  test.each([
    ['a\nb\n', '   1\ta\n   2\tb\n[lines 1 to 2 of 2]'],
    ['a\nb', '   1\ta\n   2\tb\n[lines 1 to 2 of 2]'],
    ['\n', '   1\t\n[lines 1 to 1 of 1]'],
    ['', 'f is empty.'],
    ['\ufeffa\n', '   1\ta\n[lines 1 to 1 of 1]'],
    ['a\r\nb\r\n', '   1\ta\n   2\tb\n[lines 1 to 2 of 2]\n[lines end with CRLF, which edits keep: write LF]'],
    ['a\r\nb', '   1\ta\n   2\tb\n[lines 1 to 2 of 2]\n[lines end with CRLF, which edits keep: write LF]'],
    ['a\r\nb\nc\n', '   1\ta\r\n   2\tb\n   3\tc\n[lines 1 to 3 of 3]'],
    ['日本\n🙂', '   1\t日本\n   2\t🙂\n[lines 1 to 2 of 2]'],
  ])('%j', async (content, expected) => expect(await contentOf(content)).toBe(expected));

  test('is read in part, and the answer says how to go on', async () => {
    const content = Array.from({ length: 100 }, (_, i) => `line ${i + 1}\n`).join('');
    expect(await contentOf(content, 99)).toBe('  99\tline 99\n 100\tline 100\n[lines 99 to 100 of 100]');
    expect(await contentOf(content, 2, 3)).toBe(
      '   2\tline 2\n   3\tline 3\n[lines 2 to 3; the file has 792 bytes: read on with startLine 4 if there is more]',
    );
    expect((await read('f', 101)).outcome).toEqual({
      status: 'failed',
      code: 'no_such_line',
      message: 'f has 100 lines; line 101 is not among them.',
    });
  });

  test('that is long fits in one answer, note and all, and can be read on to its end', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i + 1} ${'x'.repeat(i % 50)}`);
    ws.put('long', lines.join('\n'));
    const seen: string[] = [];
    for (let start = 1; ;) {
      const { content, outcome } = await read('long', start);
      expect(content.length).toBeLessThanOrEqual(LIMITS.toolResultChars.value);
      seen.push(
        ...content
          .split('\n')
          .filter((line) => /^ *\d+\t/.test(line))
          .map((line) => line.replace(/^ *\d+\t/, '')),
      );
      const next = /read on with startLine (\d+)/.exec(content)?.[1];
      expect(outcome).toMatchObject({ status: 'done', truncated: next !== undefined });
      if (next === undefined) break;
      start = Number(next);
    }
    expect(seen).toEqual(lines);
  });

  test('with bytes that are not UTF-8 is shown, and the note says so', async () => {
    const content = await contentOf(Buffer.from([0x61, 0xff, 0x0a]));
    expect(content).toContain('   1\ta\ufffd\n');
    expect(content).toContain('not all of it is UTF-8');
  });
});

describe('a file that is no text or of no size for one', () => {
  test('binary', async () => {
    ws.put('bin', Buffer.from([1, 0, 2]));
    expect((await read('bin')).outcome).toEqual({
      status: 'failed',
      code: 'binary',
      message: 'bin is no text: it holds NUL bytes (3 bytes in all).',
    });
    ws.put('late', `${'text\n'.repeat(10_000)}\0\n`);
    expect((await read('late', 10_000)).outcome).toMatchObject({ status: 'failed', code: 'binary' });
  });

  test('one line of 50 MB is cut, and what is behind it is read', async () => {
    const fd = fs.openSync(join(ws.root, 'wide'), 'w');
    for (let i = 0; i < 50; i++) fs.writeSync(fd, 'é'.repeat(512 * 1024));
    fs.writeSync(fd, '\nlast\n');
    fs.closeSync(fd);
    const before = process.memoryUsage().rss;
    const { content } = await read('wide');
    expect(content).toMatch(/^ {3}1\té{2000} \[line cut: 52,424,800 more bytes\]\n {3}2\tlast\n\[lines 1 to 2 of 2\]$/);
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * 2 ** 20);
  });

  test('a million lines', async () => {
    ws.put('many', 'x\n'.repeat(1_000_000));
    expect((await read('many', 999_999)).content).toBe('999999\tx\n1000000\tx\n[lines 999999 to 1000000 of 1000000]');
  });

  test('four gigabytes: as far as one is read, in bounded time', async () => {
    const path = join(ws.root, 'huge');
    fs.writeFileSync(path, 'begin\n');
    const fd = fs.openSync(path, 'a');
    for (let i = 0; i < 70; i++) fs.writeSync(fd, 'y'.repeat(2 ** 20));
    fs.closeSync(fd);
    fs.truncateSync(path, 4 * 2 ** 30);
    const { content, outcome } = await read('huge');
    expect(outcome).toMatchObject({ status: 'done', truncated: true });
    expect(content).toBe(
      '   1\tbegin\n[lines 1 to 1; the file has 4,294,967,296 bytes, and this is as far as one is read: use search_text to look behind it]',
    );
    expect((await read('huge', 3)).content).toBe('Line 3 of huge lies behind what is read of a file. Use search_text.');
  });

  test('a sparse one is binary at once', async () => {
    ws.put('sparse', '');
    fs.truncateSync(join(ws.root, 'sparse'), 4 * 2 ** 30);
    expect((await read('sparse')).outcome).toMatchObject({
      code: 'binary',
      message: expect.stringContaining('4,294,967,296 bytes'),
    });
  });

  test('a link that took the place of what was judged, a folder, a missing file', async () => {
    fs.symlinkSync('f', join(ws.root, 'link'));
    expect((await read('link')).outcome).toMatchObject({ status: 'failed', code: 'link' });
    expect((await read('.')).outcome).toMatchObject({ status: 'failed', code: 'not_a_file' });
    expect((await read('none')).outcome).toMatchObject({ status: 'failed', code: 'not_found' });
  });
});

test('a signal ends the reading between two pieces', async () => {
  ws.put('big', 'x'.repeat(200_000));
  const action = { kind: 'read', tool: 'read_file', path: 'big', startLine: 1, endLine: null } as const;
  await expect(readFile(ws.root, action, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});

test('any text comes back line by line, also where lines lie over the edges of the pieces', async () => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 5 }),
    fc.nat(70_000).map((n) => 'é'.repeat(n % 2_000)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        line.map((one) => one.replace(/[\n\r\0\ufeff\ufffd]/g, '')),
        { minLength: 1, maxLength: 60 },
      ),
      async (lines) => {
        const content = `${lines.join('\n')}\n`;
        const shown = (await contentOf(content)).split('\n').slice(0, -1);
        const kept = lines.map((one) => one.slice(0, LIMITS.lineChars.value));
        expect(shown.slice(0, 20)).toEqual(
          kept.slice(0, Math.min(20, shown.length)).map((one, i) => `${String(i + 1).padStart(4)}\t${one}`),
        );
      },
    ),
    { numRuns: runs(40) },
  );
});

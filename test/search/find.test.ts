/** Finding files by name: what is walked, what is left out, and how a query ranks. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crawl } from '../../server/search/crawl.ts';
import { createFind } from '../../server/search/find.ts';
import { createWriter } from '../../server/run/write.ts';
import { openBlobs } from '../../server/store/blobs.ts';
import { planChange } from '../../server/tools/change.ts';
import { LIMITS } from '../../shared/limits.ts';
import { folder, type Folder } from './folder.ts';

let ws: Folder;
const signal = new AbortController().signal;

beforeAll(() => {
  ws = folder();
  for (const path of [
    'src/agent/turn.ts',
    'src/agent/tool-call.ts',
    'src/index.ts',
    'README.md',
    '.github/ci.yml',
    'docs/Turn.md',
  ])
    ws.put(path, 'x');
  ws.put('.gitignore', '*.log\n/dist/\n!keep.log\n');
  for (const path of [
    'a.log',
    'keep.log',
    'dist/out.js',
    'src/dist/in.js',
    'lib/.gitignore',
    'lib/x.tmp',
    'lib/y.ts',
    'top.tmp',
  ])
    ws.put(path, 'x');
  ws.put('lib/.gitignore', '*.tmp\n!important.log\n');
  ws.put('lib/important.log', 'x');
  for (const path of ['.git/HEAD', '.GIT/x', 'sub/.git/config', '.vtcode/tmp/y', 'excluded.txt']) ws.put(path, 'x');
  ws.put('.git/info/exclude', 'excluded.txt\n');
  fs.symlinkSync('..', join(ws.root, 'src/up'));
  fs.symlinkSync('README.md', join(ws.root, 'link.md'));
  execFileSync('mkfifo', [join(ws.root, 'fifo')]);
});
afterAll(() => ws.close());

describe('a crawl', () => {
  test('gives every file that git would not ignore, once, and follows no link', async () => {
    expect(await crawl(ws.root, signal)).toEqual({
      paths: [
        '.gitignore',
        'README.md',
        'keep.log',
        'top.tmp',
        '.github/ci.yml',
        'docs/Turn.md',
        'lib/.gitignore',
        'lib/important.log',
        'lib/y.ts',
        'src/index.ts',
        'src/agent/tool-call.ts',
        'src/agent/turn.ts',
        'src/dist/in.js',
      ],
      truncated: false,
    });
  });

  test('goes down no further than its bound, and says so', async () => {
    const deep = folder();
    deep.put(`${'d/'.repeat(LIMITS.crawlDepth.value)}in`, 'x');
    deep.put(`${'d/'.repeat(LIMITS.crawlDepth.value + 1)}out`, 'x');
    const { paths, truncated } = await crawl(deep.root, signal);
    expect([paths.map((path) => path.split('/').pop()), truncated]).toEqual([['in'], true]);
    deep.close();
  });

  test('stops when it is told to', async () => {
    await expect(crawl(ws.root, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  test('leaves no descriptor open', async () => {
    const fds = () => fs.readdirSync('/proc/self/fd').length;
    const before = fds();
    await crawl(ws.root, signal);
    expect(fds()).toBe(before);
  });
});

describe('a query', () => {
  const find = async (query: string) => (await createFind(ws.root)(query, signal)).paths;
  test.each([
    ['turn', ['docs/Turn.md', 'src/agent/turn.ts']],
    ['agtturn', ['src/agent/turn.ts']],
    ['src turn', ['src/agent/turn.ts']],
    ['*.MD', ['README.md', 'docs/Turn.md']],
    ['src/*/t*.ts', ['src/agent/tool-call.ts', 'src/agent/turn.ts']],
    ['./docs/*', ['docs/Turn.md']],
    ['zzz', []],
  ])('%j finds %j', async (query, expected) => expect((await find(query)).sort()).toEqual(expected));

  test('ranks the best first', async () => {
    expect((await find('turn.ts'))[0]).toBe('src/agent/turn.ts');
  });

  test('that is empty gives the first names', async () => {
    expect((await find('')).slice(0, 2)).toEqual(['.gitignore', 'README.md']);
  });

  test('cannot be made to take long', async () => {
    const slow = createFind(ws.root);
    for (const query of ['a '.repeat(500), '*a'.repeat(500), '**/'.repeat(300), 'e'.repeat(1_000), '['.repeat(500)])
      await slow(query, signal);
  });

  test('finds what a write of ours has just made, though the index is still young', async () => {
    const fresh = folder();
    fresh.put('before.ts', '');
    const found = createFind(fresh.root);
    const blobs = await openBlobs(join(fresh.root, '..', 'blobs'));
    const write = createWriter({ root: fresh.root, blobs });
    for (const name of ['one.ts', 'two.ts']) {
      expect((await found(name, signal)).paths).toEqual([]);
      const after = { bytes: Buffer.from('x'), mode: 0o644 };
      const change = await planChange({ path: name, from: name, before: null, after, blobs });
      await write({ kind: 'edit', tool: 'write_file', changes: [change] }, signal);
      expect((await found(name, signal)).paths).toEqual([name]);
    }
    fresh.close();
  });

  test('of many files says that there are more, and counts over the pieces of the index', async () => {
    const many = folder();
    for (let d = 1; d < 10; d++) {
      fs.mkdirSync(join(many.root, `d${d}`));
      for (let i = 0; i < 920; i++) fs.writeFileSync(join(many.root, `d${d}/file-${i}.ts`), '');
    }
    const found = createFind(many.root);
    for (const query of ['file', '*.ts', '']) {
      const { paths, truncated } = await found(query, signal);
      expect([paths.length, truncated]).toEqual([LIMITS.findResults.value, true]);
    }
    expect((await found('d9/file-919', signal)).paths[0]).toBe('d9/file-919.ts');
    await expect(found('file', AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    many.close();
  });
});

/** What the agent is told of its reads, and what the page is given of the same folders and files. */
import { rgPath } from '@vscode/ripgrep';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReadAction } from '../../shared/action.ts';
import { LIMITS } from '../../shared/limits.ts';
import { sha256 } from '../../server/base/hash.ts';
import { createSpawn } from '../../server/run/spawn.ts';
import { createFiles, type Files } from '../../server/search/files.ts';
import { createReader, type Reader } from '../../server/search/reader.ts';
import { folder, type Folder } from './folder.ts';

let ws: Folder;
let reader: Reader;
let files: Files;
const signal = new AbortController().signal;

beforeAll(() => {
  ws = folder();
  ws.put('src/a.ts', 'one\ntwo\n');
  ws.put('src/.env', 'KEY=needle\n');
  ws.put('src/needle.ts', 'a needle\n');
  ws.put('src/odd\u202Ename', 'x');
  ws.put('vtcode.toml', '');
  fs.mkdirSync(join(ws.root, 'src/deep'));
  fs.mkdirSync(join(ws.root, 'empty'));
  fs.symlinkSync('a.ts', join(ws.root, 'src/link'));
  execFileSync('mkfifo', [join(ws.root, 'src/pipe')]);
  const options = { root: ws.root, spawn: createSpawn(), rgPath, pathRules: async () => [] };
  reader = createReader(options);
  files = createFiles(options);
});
afterAll(() => ws.close());

describe('the agent is told', () => {
  const told = async (action: Omit<ReadAction, 'kind'>) =>
    (await reader({ kind: 'read', ...action } as ReadAction, signal)).content;

  test('a folder: folders first, and what is special about a name', async () => {
    expect(await told({ tool: 'list_directory', path: 'src' })).toBe(
      [
        'deep/',
        '.env  (11 bytes, sensitive: reading it asks the person)',
        'a.ts  (8 bytes)',
        'link@',
        'needle.ts  (9 bytes)',
        'oddU+202Ename  (1 bytes)',
        'pipe  (not a regular file)',
      ].join('\n'),
    );
    expect(await told({ tool: 'list_directory', path: 'empty' })).toBe('empty is empty.');
    expect(await told({ tool: 'list_directory', path: 'none' })).toBe('There is no none.');
  });

  test('the lines of a file', async () => {
    expect(
      await told({ tool: 'read_file', path: 'src/a.ts', startLine: 2, endLine: null } as Omit<ReadAction, 'kind'>),
    ).toBe('   2\ttwo\n[lines 2 to 2 of 2]');
  });

  test('the files of a name, or that there are none', async () => {
    expect(await told({ tool: 'find_files', path: '.', query: 'needle' } as Omit<ReadAction, 'kind'>)).toBe(
      'src/needle.ts',
    );
    expect(await told({ tool: 'find_files', path: '.', query: 'zzz' } as Omit<ReadAction, 'kind'>)).toBe(
      'No file fits zzz.',
    );
  });

  test('the matches of a text, and that some were left out', async () => {
    const search = (pattern: string) =>
      told({ tool: 'search_text', path: '.', pattern, glob: null } as Omit<ReadAction, 'kind'>);
    expect(await search('needle')).toBe(
      'src/needle.ts\n   1\ta needle\n[matches in 1 file left out, as likely to hold secrets: read_file asks the person]',
    );
    expect(await search('zzz')).toBe('No match.');
    expect(await search('(')).toContain('unclosed group');
  });

  test('that a folder or a file may not be read, where the system denies it', async () => {
    const locked = folder();
    for (const path of ['dir/in', 'dir/.gitignore', 'file']) locked.put(path, 'x');
    for (const path of ['dir', 'file']) fs.chmodSync(join(locked.root, path), 0);
    const read = createReader({ root: locked.root, spawn: createSpawn(), rgPath, pathRules: async () => [] });
    const outcomes = [
      await read({ kind: 'read', tool: 'list_directory', path: 'dir' }, signal),
      await read({ kind: 'read', tool: 'read_file', path: 'file', startLine: 1, endLine: null }, signal),
    ].map(({ outcome }) => (outcome.status === 'failed' ? outcome.code : outcome.status));
    const found = await read({ kind: 'read', tool: 'find_files', path: '.', query: 'file' }, signal);
    const isRoot = process.getuid?.() === 0; // who may read everything
    expect(outcomes).toEqual(isRoot ? ['done', 'done'] : ['permission', 'permission']);
    expect(found.content).toBe('file');
    fs.chmodSync(join(locked.root, 'dir'), 0o700);
    locked.close();
  });

  test('that the workspace is gone', async () => {
    const gone = folder();
    const read = createReader({ root: gone.root, spawn: createSpawn(), rgPath, pathRules: async () => [] });
    gone.close();
    const actions: ReadAction[] = [
      { kind: 'read', tool: 'list_directory', path: '.' },
      { kind: 'read', tool: 'read_file', path: 'file', startLine: 1, endLine: null },
      { kind: 'read', tool: 'find_files', path: '.', query: 'file' },
      { kind: 'read', tool: 'search_text', path: '.', pattern: 'x', glob: null },
    ];
    const outcomes = await Promise.all(actions.map((action) => read(action, signal)));
    expect(outcomes.map(({ outcome }) => outcome)).toMatchObject(
      actions.map(() => ({ status: 'failed', code: 'not_found' })),
    );
  });

  test('no more than fits in one answer, and that it was cut', async () => {
    const many = folder();
    for (let i = 0; i < 3_000; i++) many.put(`${'long-name-'.repeat(5)}${String(i).padStart(4, '0')}`, '');
    const listed = await createReader({ root: many.root, spawn: createSpawn(), rgPath, pathRules: async () => [] })(
      { kind: 'read', tool: 'list_directory', path: '.' },
      signal,
    );
    expect(listed.content.length).toBeLessThanOrEqual(LIMITS.toolResultChars.value);
    expect(listed.content).toMatch(/^long-name-.*0000  \(0 bytes\)\n/);
    expect(listed.content).toMatch(
      /\[\d+ further lines left out for the length\]\n\[1000 further names left out: use find_files\]$/,
    );
    expect(listed.outcome).toMatchObject({ status: 'done', truncated: true });
    many.close();
  });
});

describe('the page is given', () => {
  test('a folder, by the path that it really has', async () => {
    const root = await files.list('');
    expect(root).toMatchObject({ path: '.', left: 0 });
    expect(root.entries.map(({ name, kind, protected: isProtected }) => [name, kind, isProtected])).toEqual([
      ['empty', 'directory', false],
      ['src', 'directory', false],
      ['vtcode.toml', 'file', true],
    ]);
    const { entries } = await files.list('src/');
    expect(entries.find(({ name }) => name === '.env')).toMatchObject({ path: 'src/.env', sensitive: true, size: 11 });
    expect(entries.find(({ name }) => name === 'pipe')?.kind).toBe('other');
  });

  test.each([
    [
      'one\r\ntwo\r\n',
      { lineEnding: 'crlf', bom: false, finalNewline: true, content: { kind: 'text', text: 'one\r\ntwo\r\n' } },
    ],
    ['\ufeffa', { lineEnding: 'none', bom: true, finalNewline: false, content: { kind: 'text', text: '\ufeffa' } }],
    ['', { lineEnding: 'none', finalNewline: true, content: { kind: 'text', text: '' } }],
    [Buffer.from([1, 0]), { content: { kind: 'binary' } }],
    [Buffer.from([0xff]), { content: { kind: 'binary' } }],
  ])('a file: %j', async (content, expected) => {
    ws.put('view', content);
    expect(await files.view('view')).toMatchObject({ path: 'view', sha256: sha256(Buffer.from(content)), ...expected });
  });

  test('of a large file its beginning, without a hash that could be saved over', async () => {
    ws.put('large', 'é'.repeat(LIMITS.viewBytes.value));
    const view = await files.view('large');
    expect(view).toMatchObject({
      sha256: '',
      size: 2 * LIMITS.viewBytes.value,
      content: { kind: 'text', truncated: true },
    });
    expect(view.content.kind === 'text' && /^é+$/.test(view.content.text)).toBe(true);
  });

  test.each([
    ['../x', 400],
    ['/etc/passwd', 400],
    ['', 400],
    ['src', 400],
    ['src/pipe', 400],
    ['a\0b', 400],
    ['none', 404],
  ])('or a fault for %j: %i', async (path, status) => {
    await expect(files.view(path)).rejects.toMatchObject({ name: 'Fault', status });
  });

  test('what it looks for as it stands, not as a pattern', async () => {
    ws.put('src/regex.ts', 'a.*(b)\nabcb\n');
    expect((await files.grep('.*(', signal)).matches).toEqual([
      { path: 'src/regex.ts', line: 1, column: 2, text: 'a.*(b)' },
    ]);
    expect(await files.grep('', signal)).toEqual({ matches: [], truncated: false });
    expect((await files.find('needle', signal)).paths).toEqual(['src/needle.ts']);
    await expect(files.grep('x'.repeat(LIMITS.patternChars.value + 1), signal)).rejects.toMatchObject({ status: 400 });
  });
});

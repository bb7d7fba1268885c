/** The paths that the settings name bind searches and listings too, from the next call on. */
import { rgPath } from '@vscode/ripgrep';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ReadAction } from '../../shared/action.ts';
import type { FileEntry, FileView } from '../../shared/api.ts';
import type { PathRule } from '../../server/policy/paths.ts';
import { createSpawn } from '../../server/run/spawn.ts';
import { createFiles } from '../../server/search/files.ts';
import { createReader } from '../../server/search/reader.ts';
import { startServer } from '../fixtures/server.ts';
import { folder, type Folder } from './folder.ts';

const signal = new AbortController().signal;
const rule = (kind: PathRule['kind'], pattern: string): PathRule => ({
  id: `user/${kind}`,
  kind,
  layer: 'user',
  source: 'config.toml:1',
  patterns: [pattern],
  why: '',
});

let ws: Folder;
let rules: PathRule[];
beforeEach(() => {
  ws = folder();
  ws.put('private/notes.txt', 'needle\n');
  ws.put('fixed.txt', 'needle\n');
  rules = [];
});
afterEach(() => ws.close());

const options = () => ({ root: ws.root, spawn: createSpawn(), rgPath, pathRules: async () => rules });

test('the agent is told of no match in what they call sensitive or protected, and sees it marked', async () => {
  const read = createReader(options());
  const search: ReadAction = { kind: 'read', tool: 'search_text', path: '.', pattern: 'needle', glob: null };
  const inFolder: ReadAction = { kind: 'read', tool: 'list_directory', path: 'private' };
  expect((await read(search, signal)).content).toBe('fixed.txt\n   1\tneedle\nprivate/notes.txt\n   1\tneedle');
  expect((await read(inFolder, signal)).content).toBe('notes.txt  (7 bytes)');

  rules = [rule('sensitive', 'private/**'), rule('protected', 'fixed.txt')];
  const found = (await read(search, signal)).content;
  expect(found).toMatch(/^\[matches in 2 files left out, as likely to hold secrets/);
  expect(found).not.toContain('needle');
  expect((await read(inFolder, signal)).content).toBe('notes.txt  (7 bytes, sensitive: reading it asks the person)');
});

test('the page is given the same', async () => {
  const files = createFiles(options());
  const marks = async (path: string) => {
    const { protected: isProtected, sensitive } = await files.view(path);
    return { isProtected, sensitive };
  };
  expect((await files.grep('needle', signal)).matches).toHaveLength(2);
  expect(await marks('fixed.txt')).toEqual({ isProtected: false, sensitive: false });

  rules = [rule('sensitive', 'private/**'), rule('protected', 'fixed.txt')];
  expect((await files.grep('needle', signal)).matches).toEqual([]);
  expect(await marks('fixed.txt')).toEqual({ isProtected: true, sensitive: false });
  expect(await marks('private/notes.txt')).toEqual({ isProtected: false, sensitive: true });
  const { entries } = await files.list('.');
  expect(entries.map(({ name, protected: isProtected, sensitive }) => [name, isProtected, sensitive])).toEqual([
    ['private', false, true],
    ['fixed.txt', true, false],
  ]);
});

test('a server takes them from the settings as they stand', async () => {
  const settings = (paths: string) => `[security]\nsensitive_paths = [${paths}]\n`;
  const server = await startServer([{ text: 'nothing' }], {
    'private/notes.txt': 'needle\n',
    'vtcode.toml': settings('"private/**"'),
  });
  const client = await server.login();
  const get = async (path: string) => (await client.send('GET', path)).body;
  const seen = async () => {
    const { matches } = (await get('/api/search/text?q=needle')) as { matches: { path: string }[] };
    const { entries } = (await get('/api/files?path=private')) as { entries: FileEntry[] };
    const { sensitive } = (await get('/api/file?path=private%2Fnotes.txt')) as FileView;
    return { matches: matches.map(({ path }) => path), listed: entries[0]!.sensitive, viewed: sensitive };
  };
  expect(await seen()).toEqual({ matches: [], listed: true, viewed: true });

  writeFileSync(join(server.root, 'vtcode.toml'), settings('"other/**"'));
  expect(await seen()).toEqual({ matches: ['private/notes.txt'], listed: false, viewed: false });
});

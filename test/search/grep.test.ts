/** Searching text: real ripgrep, with real files that it must not show, and patterns that must not hold it. */
import { rgPath } from '@vscode/ripgrep';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import { createSpawn } from '../../server/run/spawn.ts';
import { createGrep, type Grepped } from '../../server/search/grep.ts';
import { folder, type Folder } from './folder.ts';

let ws: Folder;
beforeAll(() => {
  ws = folder();
  ws.put('src/a.ts', 'first\nconst needle = 1; // needle\n');
  ws.put('src/deep/b.ts', 'Needle\r\n');
  ws.put('docs/c.md', 'a needle\n');
  ws.put('.github/d.yml', 'needle\n');
  ws.put('.gitignore', 'ignored/\n');
  ws.put('ignored/e.ts', 'needle\n');
  for (const path of [
    '.env',
    'certs/server.KEY',
    '.git/config',
    '.GIT/x',
    'sub/.git/config',
    '.vtcode/tmp/x',
    'vtcode.toml',
    '.npmrc',
  ])
    ws.put(path, 'needle\n');
  ws.put('binary', Buffer.from('needle\0needle\n'));
  ws.put('latin1.txt', Buffer.from([0xe9, ...Buffer.from(' needle\n')]));
  ws.put('new\nline.txt', 'needle\n');
  ws.put('-e', 'dashed needle\n');
  fs.writeFileSync(join(ws.root, '..', 'outside.txt'), 'needle\n');
  fs.symlinkSync('../outside.txt', join(ws.root, 'link.txt'));
  fs.symlinkSync('..', join(ws.root, 'linked'));
});
afterAll(() => ws.close());

const grep = (pattern: string, more: { path?: string; glob?: string; signal?: AbortSignal } = {}): Promise<Grepped> =>
  createGrep({ root: ws.root, spawn: createSpawn(), rgPath, pathRules: async () => [] })({
    path: more.path ?? '.',
    pattern,
    glob: more.glob ?? null,
    signal: more.signal ?? new AbortController().signal,
  });
const paths = async (pattern: string, more = {}) => {
  const found = await grep(pattern, more);
  return found.ok ? found.matches.map((match) => match.path) : [found.code];
};

describe('a search', () => {
  test('gives place and text of each line, by path, and leaves out what may hold secrets', async () => {
    const found = await grep('needle');
    expect(found).toMatchObject({ ok: true, truncated: false, timedOut: false, guarded: 4, tooLong: 0 });
    expect(found.ok && found.matches).toEqual([
      { path: '-e', line: 1, column: 8, text: 'dashed needle' },
      { path: '.github/d.yml', line: 1, column: 1, text: 'needle' },
      { path: 'docs/c.md', line: 1, column: 3, text: 'a needle' },
      { path: 'latin1.txt', line: 1, column: 3, text: '\ufffd needle' },
      { path: 'new\nline.txt', line: 1, column: 1, text: 'needle' },
      { path: 'src/a.ts', line: 2, column: 7, text: 'const needle = 1; // needle' },
      { path: 'src/deep/b.ts', line: 1, column: 1, text: 'Needle' },
    ]);
  });

  test.each([
    ['in a folder', { path: 'src' }, ['src/a.ts', 'src/deep/b.ts']],
    ['in a file', { path: 'docs/c.md' }, ['docs/c.md']],
    ['with a glob', { glob: '*.md' }, ['docs/c.md']],
    ['with a glob of a path', { glob: 'src/**/*.ts' }, ['src/a.ts', 'src/deep/b.ts']],
    ['with a glob that leaves out', { glob: '!*.{ts,txt,md}' }, ['-e', '.github/d.yml']],
    ['with a glob that asks for what is guarded', { glob: '.env' }, []],
    ['with a glob that asks for git', { glob: '**/.git/**' }, []],
    ['in a guarded file', { path: '.env' }, []],
    ['in a file like an option', { path: '-e' }, ['-e']],
    ['through a link to a file', { path: 'link.txt' }, ['link']],
    ['through a link to a folder', { path: 'linked' }, ['link']],
    ['in what is not there', { path: 'none' }, ['not_found']],
  ])('%s', async (_what, more, expected) => expect(await paths('needle', more)).toEqual(expected));

  test('does not mind the case of small letters, and does of large ones', async () => {
    expect(await paths('Needle')).toEqual(['src/deep/b.ts']);
    expect(await paths('needle', { path: 'src/deep' })).toEqual(['src/deep/b.ts']);
  });

  test('takes a pattern that looks like an option for a pattern', async () => {
    expect(await paths('--files')).toEqual([]);
    expect(await paths('-e')).toEqual([]);
  });

  test.each([
    ['(', /unclosed group/],
    ['a**[', /./],
    ['(?=x)', /look-around/],
    ['(a)\\1', /backreferences/],
  ])("gives ripgrep's own words for the pattern %j", async (pattern, words) => {
    const found = await grep(pattern);
    expect(found).toMatchObject({ ok: false, code: 'bad_pattern', message: expect.stringMatching(words) });
  });

  test("gives ripgrep's own words for a bad glob", async () => {
    expect(await grep('x', { glob: 'a[' })).toMatchObject({ ok: false, message: expect.stringContaining('glob') });
  });

  test('stops when it is told to', async () => {
    await expect(grep('x', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('a search that would be too much', () => {
  test('of many matches is cut, and says so', async () => {
    const many = folder();
    many.put('many.txt', 'match\n'.repeat(10_000));
    const found = await createGrep({ root: many.root, spawn: createSpawn(), rgPath, pathRules: async () => [] })({
      path: '.',
      pattern: 'match',
      glob: null,
      signal: new AbortController().signal,
    });
    expect(found).toMatchObject({ ok: true, truncated: true });
    expect(found.ok && found.matches.length).toBe(LIMITS.searchMatches.value);
    many.close();
  });

  test('in a long line shows what stands around the match; in one that is too long, counts it', async () => {
    const wide = folder();
    wide.put('wide.js', `${'x'.repeat(300_000)}match${'y'.repeat(300_000)}\n`);
    wide.put('wider.js', `${'x'.repeat(3_000_000)}match\n`);
    wide.put('huge.js', `${'x'.repeat(LIMITS.searchFileBytes.value + 1)}match\n`);
    const found = await createGrep({ root: wide.root, spawn: createSpawn(), rgPath, pathRules: async () => [] })({
      path: '.',
      pattern: 'match',
      glob: null,
      signal: new AbortController().signal,
    });
    if (!found.ok) throw new Error(found.message);
    expect([found.tooLong, found.matches.length, found.truncated]).toEqual([1, 1, false]);
    const [match] = found.matches;
    expect(match).toMatchObject({ path: 'wide.js', line: 1, column: 300_001 });
    expect(match!.text).toMatch(/^…x+matchy+…$/);
    expect(match!.text.length).toBe(LIMITS.lineChars.value + 2);
    wide.close();
  });

  test.each(['(a+)+$', '(a|aa)+b', '((a*)*)*b', '(x+x+)+y', '(.*)*(.*)*(.*)*z'])(
    'by the pattern %s takes no time',
    async (pattern) => {
      const trap = folder();
      trap.put('trap.txt', `${'a'.repeat(100_000)}!\n${'x'.repeat(100_000)}\n`);
      const found = await createGrep({ root: trap.root, spawn: createSpawn(), rgPath, pathRules: async () => [] })({
        path: '.',
        pattern,
        glob: null,
        signal: new AbortController().signal,
      });
      expect(found.ok).toBe(true);
      trap.close();
    },
  );

  test('by a pattern that grows when it is compiled is refused by ripgrep itself', async () => {
    expect(await grep('(((a{100}){100}){100}){100}')).toMatchObject({ ok: false, code: 'bad_pattern' });
  });
});

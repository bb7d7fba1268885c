/** The state of a repository, read from its files: what git itself would say, and nothing from elsewhere. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { findGitDir, readBranch } from '../../server/search/git-head.ts';
import { parseIndex, readIndex } from '../../server/search/git-index.ts';
import { createGitStates } from '../../server/search/git-state.ts';
import { listFolder } from '../../server/search/list.ts';
import { runs } from '../long.ts';
import { folder } from './folder.ts';
import { repository, type Repository } from './repository.ts';

const open: { close(): void }[] = [];
const tracked = <T extends { close(): void }>(one: T): T => (open.push(one), one);
afterEach(() => open.splice(0).forEach((one) => one.close()));

const states = async (repo: { root: string }, path = '.') => {
  const listing = await listFolder(repo.root, path, { git: await createGitStates(repo.root)(), rules: [] });
  if (!listing.ok) throw new Error(listing.message);
  return Object.fromEntries(listing.entries.map(({ name, git }) => [name, git]));
};
const commit = (repo: Repository) => {
  repo.git('add', '-A');
  repo.git('commit', '-q', '-m', 'x');
};

describe('the state of files', () => {
  test.each([
    ['version 2', [], ['--index-version', '2']],
    ['version 3', [], ['--index-version', '3']],
    ['version 4', [], ['--index-version', '4']],
    ['SHA-256', ['--object-format=sha256'], ['--index-version', '4']],
    ['no checksum', ['-c', 'index.skipHash=true'], []],
  ])('with an index of %s', async (_what, init, update) => {
    const repo = tracked(init[0] === '-c' ? repository() : repository(...init));
    if (init[0] === '-c') repo.git('config', 'index.skipHash', 'true');
    for (const name of ['clean', 'changed', 'longer', 'gone', 'touched', 'mode', 'dir/sub/in', 'dir/sub/inner'])
      repo.put(name, 'one\n');
    repo.put('.gitignore', '*.log\nbuild/\n');
    fs.symlinkSync('clean', join(repo.root, 'link'));
    commit(repo);
    repo.git('update-index', ...update, '--force-remove', 'none');
    repo.put('changed', 'two\n');
    repo.put('longer', 'one and more\n');
    repo.put('touched', 'one\n');
    fs.utimesSync(join(repo.root, 'touched'), 1, 1);
    fs.chmodSync(join(repo.root, 'mode'), 0o755);
    fs.unlinkSync(join(repo.root, 'gone'));
    for (const name of ['new', 'x.log', 'build/out', 'fresh/file']) repo.put(name, 'x');
    expect(await states(repo)).toEqual({
      '.git': 'none',
      '.gitignore': 'clean',
      build: 'ignored',
      changed: 'modified',
      clean: 'clean',
      dir: 'none',
      fresh: 'added',
      link: 'clean',
      longer: 'modified',
      mode: 'modified',
      new: 'added',
      touched: 'clean',
      'x.log': 'ignored',
    });
    expect(await states(repo, 'dir/sub')).toEqual({ in: 'clean', inner: 'clean' });
    expect(await states(repo, 'build')).toEqual({ out: 'ignored' });
  });

  test('that changed in the very moment in which the index was written is told by the bytes', async () => {
    const repo = tracked(repository());
    repo.put('racy', 'one\n');
    commit(repo);
    const index = join(repo.root, '.git/index');
    const { mtime } = fs.statSync(join(repo.root, 'racy'));
    repo.put('racy', 'two\n');
    fs.utimesSync(join(repo.root, 'racy'), mtime, mtime);
    fs.utimesSync(index, mtime, mtime);
    expect((await states(repo))['racy']).toBe('modified');
  });

  test('that are conflicted, only intended, or not to be looked at', async () => {
    const repo = tracked(repository());
    for (const name of ['both', 'quiet', 'skipped']) repo.put(name, 'one\n');
    commit(repo);
    repo.git('checkout', '-q', '-b', 'other');
    repo.put('both', 'theirs\n');
    commit(repo);
    repo.git('checkout', '-q', 'main');
    repo.put('both', 'ours\n');
    commit(repo);
    expect(() => repo.git('merge', '-q', 'other')).toThrow('merge -q other');
    repo.git('update-index', '--assume-unchanged', 'quiet');
    repo.git('update-index', '--skip-worktree', 'skipped');
    for (const name of ['quiet', 'skipped', 'meant']) repo.put(name, 'other\n');
    repo.git('add', '-N', 'meant');
    expect(await states(repo)).toMatchObject({ both: 'modified', quiet: 'clean', skipped: 'clean', meant: 'added' });
  });

  test('is unknown where the index is split, too new, damaged, a pipe or a link: nothing is made up', async () => {
    const repo = tracked(repository());
    repo.put('a', 'one\n');
    commit(repo);
    const index = join(repo.root, '.git/index');
    const whole = fs.readFileSync(index);
    repo.git('update-index', '--split-index');
    expect((await states(repo))['a']).toBe('none');
    for (const bytes of [Buffer.alloc(0), whole.subarray(0, 30), Buffer.concat([whole, Buffer.from('x')])]) {
      fs.writeFileSync(index, bytes);
      expect((await states(repo))['a']).toBe('none');
    }
    fs.unlinkSync(index);
    fs.symlinkSync('/dev/zero', index);
    expect((await states(repo))['a']).toBe('none');
  });

  test('is kept until the index changes, and is the same for all who ask at once', async () => {
    const repo = tracked(repository());
    repo.put('a', 'one\n');
    commit(repo);
    const gitStates = createGitStates(repo.root);
    const look = async () => {
      const listing = await listFolder(repo.root, '.', { git: await gitStates(), rules: [] });
      return listing.ok ? listing.entries.find(({ name }) => name === 'b')?.git : listing.code;
    };
    repo.put('b', 'two\n');
    expect(await Promise.all([look(), look(), look()])).toEqual(['added', 'added', 'added']);
    repo.git('add', 'b');
    expect(await look()).toBe('clean');
  });

  test('without a repository is what the ignore files say, or nothing', async () => {
    const ws = tracked(folder());
    ws.put('.gitignore', '*.log');
    ws.put('a.log', 'x');
    ws.put('a', 'x');
    expect(await states(ws)).toEqual({ '.gitignore': 'none', a: 'none', 'a.log': 'ignored' });
    expect(await readBranch(ws.root)).toBe('');
  });
});

describe('the branch', () => {
  test('is read from HEAD, also where it is long, detached or not born', async () => {
    const repo = tracked(repository());
    expect(await readBranch(repo.root)).toBe('main');
    repo.put('a', 'x');
    commit(repo);
    repo.git('checkout', '-q', '-b', 'feature/some-thing_1.2');
    expect(await readBranch(repo.root)).toBe('feature/some-thing_1.2');
    const head = repo.git('rev-parse', 'HEAD').slice(0, 8);
    repo.git('checkout', '-q', '--detach');
    expect(await readBranch(repo.root)).toBe(head);
  });

  test('of a worktree is its own', async () => {
    const repo = tracked(repository());
    repo.put('a', 'x');
    commit(repo);
    const place = tracked(folder());
    fs.rmdirSync(place.root);
    repo.git('worktree', 'add', '-q', '-b', 'side', place.root);
    expect((await findGitDir(place.root)).kind).toBe('worktree');
    expect(await readBranch(place.root)).toBe('side');
    expect(await states(place)).toMatchObject({ a: 'clean' });
  });

  test('is not taken from a folder that does not name this workspace in turn', async () => {
    const repo = tracked(repository());
    repo.put('a', 'x');
    commit(repo);
    const thief = tracked(folder());
    for (const target of [join(repo.root, '.git'), '../../../etc', '/proc/self', `${'x'.repeat(5_000)}`]) {
      thief.put('.git', `gitdir: ${target}\n`);
      expect(await findGitDir(thief.root)).toEqual({ kind: 'none' });
    }
    fs.unlinkSync(join(thief.root, '.git'));
    fs.symlinkSync(join(repo.root, '.git'), join(thief.root, '.git'));
    expect(await readBranch(thief.root)).toBe('');
  });
});

test('whatever the bytes of an index, it is read or refused, and never throws', async () => {
  const repo = tracked(repository());
  for (const name of ['a', 'b/c', 'b/d']) repo.put(name, name);
  commit(repo);
  const whole = fs.readFileSync(join(repo.root, '.git/index'));
  expect((await readIndex(join(repo.root, '.git')))?.size).toBe(3);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }),
      fc.nat(whole.length),
      async (edits, length) => {
        const bytes = Buffer.from(whole.subarray(0, length));
        for (const [at, value] of edits) if (at < length) bytes[at] = value;
        const index = await parseIndex(bytes, 20);
        expect(index === null || index.size <= bytes.readUInt32BE(8)).toBe(true);
      },
    ),
    { numRuns: runs(200) },
  );
});

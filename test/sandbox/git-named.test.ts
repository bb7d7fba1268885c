/** What git of the host runs by the person's settings, a command cannot have written: real git, run after the command, is the judge. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseGitConfig } from '../../server/sandbox/git-config.ts';
import { git, ground, once, open, RUN, type Ground } from './ground.ts';

/** As the person's own git, with their own settings, in a folder of theirs. */
function commit({ options, root, top }: Ground, folder = root): void {
  const env = {
    PATH: process.env['PATH'],
    HOME: options.homes[0],
    GIT_CONFIG_NOSYSTEM: '1',
    PWNED: join(top, 'pwned'),
  };
  const who = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org'];
  execFileSync('git', [...who, 'commit', '-q', '--allow-empty', '-m', 'x'], { cwd: folder, env, stdio: 'pipe' });
}

const wasFooled = ({ top }: Ground) => existsSync(join(top, 'pwned'));

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** In a folder, a hook that tells that it ran. */
const plant = (folder: string) =>
  `mkdir -p ${folder}; printf '#!/bin/sh\\necho ran > "$PWNED"\\n' > ${folder}/pre-commit; chmod +x ${folder}/pre-commit`;
const HOOK = '#!/bin/sh\necho ran > "$PWNED"\n';

/** The same without a sandbox: else the attack itself would be wrong, and prove nothing. */
function unconfined(place: Ground, script: string, folder?: string): boolean {
  const copy = join(place.top, 'copy');
  execFileSync('cp', ['-a', place.root, copy]);
  execFileSync('/bin/bash', ['-c', script], { cwd: place.root, stdio: 'ignore' });
  commit(place, folder);
  const fooled = wasFooled(place);
  rmSync(join(place.top, 'pwned'), { force: true });
  rmSync(place.root, { recursive: true });
  renameSync(copy, place.root);
  return fooled;
}

async function expectHeld(place: Ground, script: string, differs: { git?: 'guarded'; folder?: string } = {}) {
  const { folder, ...how } = differs;
  expect(unconfined(place, script, folder)).toBe(true);
  await once(place.options, script, how);
  commit(place, folder);
  expect(wasFooled(place)).toBe(false);
}

describe.each(['tools', 'tools/deep/hooks'])('a folder of hooks, %s,', (hooks) => {
  test.each([true, false])('that the repository names is held, there (%s) or not', async (isThere) => {
    const place = await ground(isThere ? { [`${hooks}/x`]: '' } : {});
    git(place.root, 'init', '-q');
    git(place.root, 'config', 'core.hooksPath', hooks);
    await expectHeld(place, plant(hooks));
    expect(existsSync(join(place.root, 'tools'))).toBe(isThere);
  });
});

test('the hooks of a nested repository, of a linked worktree and of a submodule are held as well', async () => {
  const place = await ground();
  const main = join(place.top, 'main');
  mkdirSync(main);
  git(main, 'init', '-q');
  git(main, 'commit', '-q', '--allow-empty', '-m', 'first');
  git(main, 'config', 'core.hooksPath', 'tools');
  rmSync(place.root, { recursive: true });
  git(main, 'worktree', 'add', '-q', place.root);
  await expectHeld(place, plant('tools'));

  const nested = await ground({ 'in/x': '' });
  git(join(nested.root, 'in'), 'init', '-q');
  git(join(nested.root, 'in'), 'config', 'core.hooksPath', '../tools');
  await expectHeld(nested, plant('tools'), { folder: join(nested.root, 'in') });

  const outer = await ground();
  git(outer.root, 'init', '-q');
  git(outer.root, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', main, 'lib');
  git(join(outer.root, 'lib'), 'config', 'core.hooksPath', 'tools');
  await expectHeld(outer, plant('lib/tools'), { folder: join(outer.root, 'lib') });
});

test('what the settings of the person name is held: relative hooks, config.worktree, includes of includes', async () => {
  const place = await ground({ 'conf/one': '[include]\n path = two\n' });
  git(place.root, 'init', '-q');
  write(place.options.homes[0]!, '.gitconfig', '[core]\n hooksPath = .githooks\n');
  await expectHeld(place, plant('.githooks'));
  rmSync(join(place.options.homes[0]!, '.gitconfig'));

  git(place.root, 'config', 'extensions.worktreeConfig', 'true');
  git(place.root, 'config', '--worktree', 'core.hooksPath', 'wt-hooks');
  await expectHeld(place, plant('wt-hooks'));
  git(place.root, 'config', '--worktree', '--unset', 'core.hooksPath');

  write(
    place.options.homes[0]!,
    '.config/git/config',
    `[includeIf "gitdir:${place.top}/"]\n path = ${place.root}/conf/one\n`,
  );
  const steer = (path: string) => `printf '[core]\\n hooksPath = h\\n' > ${path}; ${plant('h')}`;
  await expectHeld(place, steer('conf/one'));
  await expectHeld(place, steer('conf/two'));
  expect(readdirSync(join(place.root, 'conf'))).toEqual(['one']);
});

test('a repository above the workspace that names a folder in it is heeded', async () => {
  const place = await ground({ 'a.txt': '' });
  git(place.top, 'init', '-q');
  git(place.top, 'config', 'core.hooksPath', 'work/tools');
  await expectHeld(place, plant('tools'), { folder: place.top });
});

test('who may write in .git writes neither settings that are included from there nor hooks that are named there', async () => {
  const place = await ground({ 'a.txt': 'a' });
  git(place.root, 'init', '-q');
  git(place.root, 'config', 'include.path', 'extra.conf');
  const steer = `printf '[core]\\n hooksPath = .git/h\\n' > .git/extra.conf; ${plant('.git/h')}`;
  await expectHeld(place, steer, { git: 'guarded' });
  expect(existsSync(join(place.root, '.git/extra.conf'))).toBe(false);
  git(place.root, 'config', 'core.hooksPath', '.git/my-hooks');
  await expectHeld(place, plant('.git/my-hooks'), { git: 'guarded' });
  mkdirSync(join(place.root, '.git/my-hooks'));
  await expectHeld(place, plant('.git/my-hooks'), { git: 'guarded' });
});

test('a hook that is a link, or a folder of hooks that is one, is held where it leads', async () => {
  const place = await ground({ 'scripts/check': '#!/bin/sh\n' });
  git(place.root, 'init', '-q');
  chmodSync(join(place.root, 'scripts/check'), 0o755);
  symlinkSync('../../scripts/check', join(place.root, '.git/hooks/pre-commit'));
  await expectHeld(place, `printf '${HOOK.replaceAll('\n', '\\n')}' > scripts/check`);
  await expectHeld(place, `printf '${HOOK.replaceAll('\n', '\\n')}' > y; chmod +x y; mv y scripts/check`, {
    git: 'guarded',
  });
  rmSync(join(place.root, '.git/hooks'), { recursive: true });
  symlinkSync('../tools', join(place.root, '.git/hooks'));
  await expectHeld(place, plant('tools'));
});

test('a program of the workspace that the settings run is held; words that are no path of it change nothing', async () => {
  const place = await ground({ 'bin/watch': '#!/bin/sh\n', 'a/b': '' });
  chmodSync(join(place.root, 'bin/watch'), 0o755);
  git(place.root, 'init', '-q');
  git(place.root, 'config', 'alias.x', '!cat a/b/c /etc/hostname https://example.org/');
  git(place.root, 'config', 'core.fsmonitor', 'bin/watch');
  await expectHeld(place, `printf '${HOOK.replaceAll('\n', '\\n')}' > bin/watch`);
  expect(readFileSync(join(place.root, 'a/b'), 'utf8')).toBe('');
});

test('where a name cannot be held nothing runs, and that is said', async () => {
  const place = await ground({ 'real/x': '' });
  git(place.root, 'init', '-q');
  symlinkSync('real', join(place.root, 'tools'));
  git(place.root, 'config', 'core.hooksPath', 'tools/hooks');
  const confinement = await open(place.options);
  await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'protected_link' });
  git(place.root, 'config', 'core.hooksPath', '.');
  await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'git_hooks_everywhere' });
  git(place.root, 'config', 'core.hooksPath', '/usr/share/hooks');
  writeFileSync(join(place.root, '.git/config.worktree'), '#'.repeat(300 * 1024));
  await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'git_config_size' });
});

test('settings are read as git reads them', async () => {
  const { root } = await ground();
  const text = `\uFEFF[core] hooksPath = "a b" # c \\\n [Core "x\\"y"]\r\n  k\n ; c\\\n long = one \\\n  two;x\n[include]path=\t x"  "y \\"z \n[a.B]\n n=\\t\n = broken\n ok = 1`;
  writeFileSync(join(root, 'config'), text.replace(' = broken\n', ''));
  const said = execFileSync('git', ['config', '--file', join(root, 'config'), '--list', '-z'], { encoding: 'utf8' });
  const pairs = said
    .split('\0')
    .slice(0, -1)
    .map((one) => {
      const [name, value = 'true'] = one.split(/\n(.*)/s);
      return { name, value };
    });
  expect(parseGitConfig(text)).toEqual(pairs);
  expect(pairs).toHaveLength(6);
});

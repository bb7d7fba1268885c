/** Names that a command must not get around by: hard links of what is covered, and what lies in git's own folder. */
import { once } from 'node:events';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { git, ground, open, RUN, sh } from './ground.ts';

const RULE = { id: 't', layer: 'user' as const, source: 'test', patterns: [''], why: 'For a test.' };

describe('hard links', () => {
  const link = (root: string, from: string, to: string) => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    linkSync(join(root, from), join(root, to));
  };

  test('of a secret are unreadable by every name in the workspace, at any depth, also of one in a hidden folder', async () => {
    const { options, root } = await ground({ '.env': 'KEY1', '.ssh/id': 'KEY2', 'plain.txt': 'text' });
    link(root, '.env', 'src/notes.txt');
    link(root, '.env', 'node_modules/a/b/c/d/e/data.txt');
    link(root, '.ssh/id', 'src/other.txt');
    link(root, 'plain.txt', 'src/plain.txt');
    const ran = await sh(
      await open(options),
      'cat src/notes.txt node_modules/a/b/c/d/e/data.txt src/other.txt src/plain.txt; cp src/notes.txt x; mv src y',
    );
    expect(ran.stdout).toBe('text');
    expect(ran.stderr).toMatch(/notes\.txt: Permission denied/);
    expect(existsSync(join(root, 'y'))).toBe(false);
  });

  test('of what git and editors obey cannot be written by another name', async () => {
    const { options, root } = await ground({ 'scripts/pre-commit': 'hook', 'tasks.json': '{}' });
    git(root, 'init', '-q', '--template=');
    link(root, 'scripts/pre-commit', '.git/hooks/pre-commit');
    link(root, '.git/config', 'config.txt');
    link(root, 'tasks.json', '.vscode/tasks.json');
    const script =
      'for f in scripts/pre-commit tasks.json config.txt; do echo x >> $f; rm -f $f; done; cat scripts/pre-commit';
    const confinement = await open(options);
    for (const mode of ['readonly', 'guarded'] as const)
      expect((await sh(confinement, script, { git: mode })).stdout).toBe('hook');
    expect(readFileSync(join(root, '.git/hooks/pre-commit'), 'utf8')).toBe('hook');
    expect(readFileSync(join(root, '.vscode/tasks.json'), 'utf8')).toBe('{}');
  });

  test('that come to be, are moved, or come in from outside with their folder are found by the next command', async () => {
    const { options, top, root } = await ground({ '.env': 'KEY', 'in/a': '' });
    const confinement = await open(options);
    const cat = 'find . -name "name*" -exec cat {} +';
    link(root, '.env', '../outside/name1');
    expect((await sh(confinement, cat)).stdout).toBe('');
    renameSync(join(top, 'outside'), join(root, 'in/outside'));
    expect(await sh(confinement, cat)).toMatchObject({ stdout: '', code: 1 });
    link(root, '.env', 'in/name2');
    expect((await sh(confinement, cat)).stdout).toBe('');
    renameSync(join(root, 'in'), join(root, 'in2'));
    expect((await sh(confinement, `${cat}; ls in2`)).stdout).toBe('a\nname2\noutside\n');
    rmSync(join(root, '.env'));
    expect((await sh(confinement, 'cat in2/name2')).stdout).toBe('KEY');
  });
});

describe('inside .git', () => {
  test('nothing is hidden from a command, so that git can read; and no socket there is reached', async () => {
    const { options, root } = await ground({ 'a.txt': 'a' });
    git(root, 'init', '-q');
    git(root, 'config', 'remote.origin.url', 'https://user:token@example.org/x');
    git(root, 'add', '-A');
    git(root, 'commit', '-qm', 'first');
    git(root, 'worktree', 'add', '-q', 'two');
    for (const name of ['.git/.env', '.git/id_rsa', '.git/modules/lib/config', '.git/refs/heads/x.key']) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), '');
    }
    const daemon = createServer().listen(join(root, '.git/fsmonitor--daemon.ipc'));
    await once(daemon, 'listening');
    onTestFinished(() => void daemon.close());
    const confinement = await open(options);
    const { policy, done } = await confinement.prepare(RUN);
    await done();
    expect(policy.hide).toEqual([]);
    expect(policy.maskSockets).toEqual([join(root, '.git/fsmonitor--daemon.ipc')]);
    const ran = await sh(
      confinement,
      'git status --short; git log --format=%s; git config remote.origin.url; git branch; git -C two log --format=%s; git fsck; git diff HEAD --stat',
    );
    expect(ran.stdout).toMatch(/first\nhttps:\/\/user:token@example\.org\/x\n[^]*first\n/);
    expect(ran.stderr).not.toMatch(/denied|Permission|fatal/);
  });

  test('what the person calls sensitive is hidden there too, and git says that it cannot read it', async () => {
    const { options, root } = await ground();
    git(root, 'init', '-q');
    git(root, 'config', 'remote.origin.url', 'https://user:token@example.org/x');
    const rules = () => [{ ...RULE, kind: 'sensitive' as const, patterns: ['**/.git/config'] }];
    const confinement = await open({ ...options, rules });
    for (const mode of ['readonly', 'guarded'] as const) {
      const ran = await sh(confinement, 'cat .git/config; git config remote.origin.url; ls .git/HEAD', { git: mode });
      expect(ran.stdout).toBe('.git/HEAD\n');
      expect(ran.stderr).toMatch(/config: Permission denied/);
    }
  });
});

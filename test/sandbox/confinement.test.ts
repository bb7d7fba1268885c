/** A command works in its workspace and nowhere else: the real launcher, with the policy that a run is really given. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openConfinement } from '../../server/sandbox/open.ts';
import { git, ground, once as runOnce, open, RUN, sh } from './ground.ts';

describe('a confined command', () => {
  test('works in the workspace, with a home, a /tmp and a cache of its own that last for the session', async () => {
    const { options, root } = await ground({ 'a.txt': 'a' });
    const confinement = await open(options);
    expect(confinement.status()).toMatchObject({ tier: 'full' });
    const first = await sh(
      confinement,
      'cat a.txt; echo made > made; echo h > ~/h; echo t > /tmp/t; echo c > $XDG_CACHE_HOME/c',
    );
    expect(first).toMatchObject({ code: 0, stdout: 'a', findings: [] });
    expect(readFileSync(join(root, 'made'), 'utf8')).toBe('made\n');
    expect(await sh(confinement, 'cat ~/h /tmp/t')).toMatchObject({ stdout: 'h\nt\n' });
    const other = await sh(confinement, 'ls -A ~ /tmp; cat $XDG_CACHE_HOME/c', { session: 'two' });
    expect(other.stdout).not.toMatch(/^[ht]$/m);
    expect(other.stdout).toMatch(/^c$/m);
  });

  test.each(['two words', `it's "so"`, 'line\nbreak', '-rw', 'ünï$HOME'])(
    'works in a workspace named %j',
    async (name) => {
      const { options } = await ground({ 'a.txt': 'a', '.env': 'secret', '.git/config': '' }, name);
      const ran = await sh(await open(options), 'cat a.txt; cat .env; echo x > .git/config; echo b > b && cat b');
      expect(ran).toMatchObject({ code: 0, stdout: 'ab\n', findings: [] });
    },
  );

  test('sees neither our environment nor our directories nor what lies beside the workspace', async () => {
    const { options, top } = await ground();
    writeFileSync(join(top, 'beside'), 'x');
    const ran = await sh(await open(options), `env; ls ${top}; cat ${top}/beside ${top}/state/work/sandbox/*`);
    expect(ran.stdout).toContain('VTCODE_SANDBOX=1');
    expect(ran.stdout).not.toMatch(/SECRET_TOKEN|beside|state/);
  });

  test('starts in a folder of the workspace, and in no other', async () => {
    const { options, top, root } = await ground({ 'sub/a': '' });
    symlinkSync(top, join(root, 'link'));
    const confinement = await open(options);
    expect(await sh(confinement, 'pwd', { cwd: 'sub' })).toMatchObject({ stdout: `${root}/sub\n` });
    for (const cwd of ['gone', 'link', '../', 'sub/a'])
      await expect(confinement.prepare({ ...RUN, cwd })).rejects.toMatchObject({ code: 'cwd_refused' });
  });

  test('finds the programs of the workspace after all others, and not at all where it may write in git', async () => {
    const { options } = await ground({ '.git/HEAD': 'ref: refs/heads/main' });
    const confinement = await open(options);
    const { stdout } = await sh(confinement, 'echo $PATH');
    expect(stdout.trim().split(':').at(-1)).toMatch(/\/node_modules\/\.bin$/);
    expect((await sh(confinement, 'echo $PATH', { git: 'guarded' })).stdout).not.toContain('node_modules');
    const steered = { ...RUN, git: 'guarded' as const, env: { GIT_DIR: '/tmp' } };
    await expect(confinement.prepare(steered)).rejects.toMatchObject({ code: 'variable_refused' });
  });

  test('leaves nothing for the command that may write in git: its home and /tmp are new', async () => {
    const { options } = await ground({ '.git/HEAD': 'ref: refs/heads/main' });
    const confinement = await open(options);
    await sh(confinement, 'echo "[core]\nhooksPath=/tmp" > ~/.gitconfig; echo x > /tmp/x');
    expect(await sh(confinement, 'test -e ~/.gitconfig -o -e /tmp/x', { git: 'guarded' })).toMatchObject({
      code: 1,
      stderr: '',
    });
  });

  test('is told where the proxy of its run is, and of no host', async () => {
    const { options, top } = await ground();
    const confinement = await open(options);
    const socket = join(top, 'proxy.sock');
    const prepared = await confinement.prepare({
      ...RUN,
      network: { mode: 'proxy', hosts: ['example.org'], socket },
    });
    const flags = prepared.argv(['/bin/true']);
    expect(flags[flags.indexOf('--net') + 1]).toBe(`proxy:${socket}:61080`);
    expect(prepared.policy.env).toMatchObject({
      https_proxy: 'http://127.0.0.1:61080',
      NO_PROXY: expect.stringContaining('localhost'),
    });
    expect(prepared.policy.env).not.toHaveProperty('npm_config_offline');
    await prepared.done();
  });
});

describe('what must not be read', () => {
  test('is unreadable at any depth, under its own name and by a link that has such a name', async () => {
    const { options, root } = await ground({
      '.env': 'KEY1',
      'a/b/.env.local': 'KEY2',
      'conf/x': 'KEY3',
      'keys/id_rsa': 'KEY4',
    });
    symlinkSync('conf/x', join(root, 'prod.env'));
    const extra = [{ ...RULE, kind: 'sensitive' as const, patterns: ['keys/**'] }];
    const ran = await sh(
      await open({ ...options, rules: () => extra }),
      'cat .env a/b/.env.local conf/x prod.env keys/id_rsa; mv a c; ls',
    );
    expect(ran.stdout).not.toMatch(/KEY/);
    expect(ran.stdout.split('\n')).toContain('a');
    expect(readFileSync(join(root, '.env'), 'utf8')).toBe('KEY1');
  });

  test('holds for names that come to be between two commands', async () => {
    const { options, root } = await ground();
    const confinement = await open(options);
    expect(await sh(confinement, 'ls -A .env')).toMatchObject({ code: 2 });
    mkdirSync(join(root, 'deep/er'), { recursive: true });
    writeFileSync(join(root, 'deep/er/.env'), 'KEY');
    expect(await sh(confinement, 'cat deep/er/.env')).toMatchObject({ code: 1, stdout: '' });
  });
});

/** rename(2), where mv would copy. */
const RENAME = `rn() { perl -e 'rename $ARGV[0], $ARGV[1]' "$1" "$2"; }`;

const RULE = { id: 't', layer: 'user' as const, source: 'test', patterns: [''], why: 'For a test.' };

describe('what must not change', () => {
  const FILES = {
    'vtcode.toml': '',
    '.vscode/tasks.json': '{}',
    'sub/AGENTS.md': 'a',
    'infra/main.tf': 'a',
    '.vtcode/x': '',
  };

  test('cannot be written, moved, replaced, linked or taken away, nor what holds it', async () => {
    const { options, root } = await ground(FILES);
    const rules = () => [{ ...RULE, kind: 'protected' as const, patterns: ['infra/**'] }];
    const script = Object.keys(FILES)
      .map((path) => `echo x >> ${path}; rm -f ${path}; rn ${path} y; ln ${path} z; rn ${path.split('/')[0]} moved`)
      .join('\n');
    const { findings } = await runOnce({ ...options, rules }, `${RENAME}\n${script}`);
    expect(findings).toEqual([]);
    for (const [path, text] of Object.entries(FILES)) expect(readFileSync(join(root, path), 'utf8')).toBe(text);
    expect(readdirSync(root).sort()).toEqual(['.vscode', '.vtcode', 'infra', 'sub', 'vtcode.toml']);
  });

  test('is held by a fault where it is a link; instructions that are one are held where they lead', async () => {
    const { options, root } = await ground({ 'CLAUDE.md': 'c', 'real.toml': '' });
    symlinkSync('CLAUDE.md', join(root, 'AGENTS.md'));
    const confinement = await open(options);
    expect((await sh(confinement, 'echo x >> AGENTS.md')).code).toBe(1);
    const replaced = await sh(confinement, 'rm AGENTS.md; echo x > AGENTS.md');
    expect(replaced.findings.map(({ path }) => path)).toEqual(['AGENTS.md']);
    symlinkSync('real.toml', join(root, 'vtcode.toml'));
    await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'protected_link' });
  });

  test('absent folders that editors obey cannot be made, and leave no trace', async () => {
    const { options, root } = await ground();
    const confinement = await open(options);
    const ran = await sh(
      confinement,
      'mkdir -p .vscode && echo x > .vscode/tasks.json; mkdir -p .husky/_; rmdir .idea; mv .zed x',
    );
    expect(ran).toMatchObject({ code: 1, findings: [] });
    await confinement.close();
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('git', () => {
  test('is read, and not written, by a command', async () => {
    const { options, root } = await ground({ 'a.txt': 'a', 'in/b': '' });
    git(root, 'init', '-q');
    git(join(root, 'in'), 'init', '-q');
    const ran = await sh(
      await open(options),
      `${RENAME}; git status --short; touch .git/x in/.git/x; rn .git y; rn in/.git z; rn in elsewhere`,
    );
    expect(ran).toMatchObject({ stdout: '?? a.txt\n?? in/\n', findings: [] });
    expect([existsSync(join(root, '.git/x')), existsSync(join(root, 'in/.git/x'))]).toEqual([false, false]);
  });

  test('takes commits in the guarded mode, and neither hooks nor settings nor another folder of settings', async () => {
    const { options, root } = await ground({ 'a.txt': 'a' });
    git(root, 'init', '-q');
    const confinement = await open(options);
    const commit = 'git add a.txt && git -c user.name=A -c user.email=a@b commit -qm x && git status --short';
    expect(await sh(confinement, commit, { git: 'guarded' })).toMatchObject({ code: 0, stdout: '', findings: [] });
    const attack = `echo x > .git/config; echo x > .git/hooks/pre-commit; echo /tmp > .git/commondir; echo x > .git/config.worktree
      echo x > .git/info/attributes; rm -f .git/commondir; mv .git/hooks .git/h; mv .git g; mkdir -p .git/rebase-merge`;
    const { findings } = await sh(confinement, attack, { git: 'guarded' });
    await confinement.close();
    expect(findings.map(({ path }) => path)).toEqual(['.git/rebase-merge']);
    expect(findings[0]!.why).toMatch(/If you began one .*, move it back\. It was moved to \.vtcode\/quarantine\//);
    for (const name of ['commondir', 'config.worktree', 'rebase-merge', 'hooks/pre-commit', 'info/attributes', 'h'])
      expect([name, existsSync(join(root, '.git', name))]).toEqual([name, false]);
    expect(git(root, 'log', '--format=%s')).toBe('x\n');
  });

  test('holds nobody up with a pipe in the place of what git reads', async () => {
    const { options, root } = await ground();
    git(root, 'init', '-q');
    for (const path of ['.git/commondir', '.git/config.worktree', 'sub/.git/commondir']) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      execFileSync('mkfifo', [join(root, path)]);
    }
    const confinement = await open(options);
    expect(await sh(confinement, 'echo ok')).toMatchObject({ stdout: 'ok\n' });
    await expect(confinement.prepare({ ...RUN, git: 'guarded' })).rejects.toMatchObject({ code: 'git_commondir' });
  });

  test('is refused where commondir leads elsewhere, or .git is a link', async () => {
    const { options, root } = await ground({ 'evil/config': '' });
    git(root, 'init', '-q');
    writeFileSync(join(root, '.git/commondir'), '../evil\n');
    const confinement = await open(options);
    await expect(confinement.prepare({ ...RUN, git: 'guarded' })).rejects.toMatchObject({ code: 'git_commondir' });
    rmSync(join(root, '.git'), { recursive: true });
    symlinkSync('evil', join(root, '.git'));
    await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'protected_link' });
  });

  test('works in a linked worktree, read-only; a .git file that points at a folder of the person shows nothing', async () => {
    const { options, top, root } = await ground();
    const main = join(top, 'main');
    mkdirSync(main);
    git(main, 'init', '-q');
    git(main, 'commit', '-q', '--allow-empty', '-m', 'first');
    rmSync(root, { recursive: true });
    git(main, 'worktree', 'add', '-q', root);
    const confinement = await open(options);
    expect(await sh(confinement, 'git log --format=%s; touch $(git rev-parse --git-dir)/x')).toMatchObject({
      stdout: 'first\n',
      code: 1,
    });
    await expect(confinement.prepare({ ...RUN, git: 'guarded' })).rejects.toMatchObject({ code: 'git_elsewhere' });
    mkdirSync(join(top, 'keys'));
    writeFileSync(join(top, 'keys/HEAD'), 'KEY');
    writeFileSync(join(root, '.git'), `gitdir: ${top}/keys\n`);
    expect((await sh(confinement, `cat ${top}/keys/HEAD`)).stdout).toBe('');
  });

  test('runs no hook folder that a command could write: the one that the config names is held', async () => {
    const { options, root } = await ground({ 'tools/hooks/pre-commit': '#!/bin/sh\n' });
    git(root, 'init', '-q');
    git(root, 'config', 'core.hooksPath', 'tools/hooks');
    const ran = await sh(
      await open(options),
      'echo id > tools/hooks/pre-commit; echo id > tools/hooks/post-commit; mv tools t',
    );
    expect(ran.code).toBe(1);
    expect(readdirSync(join(root, 'tools/hooks'))).toEqual(['pre-commit']);
  });
});

describe('after a command', () => {
  test('what the host would run is moved away, whatever its depth, and said', async () => {
    const { options, root } = await ground({ 'node_modules/p/package.json': '{}' });
    const script = `git init -q nested; git init -q node_modules/p; mkdir -p bare/objects bare/refs; echo ref > bare/HEAD
      mkdir -p a/.vscode; echo x > .envrc; echo x > vtcode.toml; ln -s /etc/passwd .vt-workspace-trust; echo ok > ok`;
    const { findings } = await sh(await open(options), script);
    expect(findings.map(({ path }) => path)).toEqual([
      '.envrc',
      '.vt-workspace-trust',
      'a/.vscode',
      'bare',
      'nested/.git',
      'node_modules/p/.git',
      'vtcode.toml',
    ]);
    for (const { path, why } of findings) {
      const to = /moved to (\S+)\.$/.exec(why)?.[1] ?? '';
      expect([path, existsSync(join(root, path))]).toEqual([path, false]);
      expect(lstatSync(join(root, to)).ino).toBeGreaterThan(0);
    }
    expect(existsSync(join(root, 'ok'))).toBe(true);
  });

  test('a workspace that was made a repository by itself is none any more', async () => {
    const { options, root } = await ground();
    const { findings } = await sh(
      await open(options),
      'mkdir objects refs hooks; echo "ref: refs/heads/x" > HEAD; echo x > config',
    );
    expect(findings.map(({ path }) => path)).toEqual(['HEAD', 'config', 'hooks']);
    expect(() => git(root, 'rev-parse', '--git-dir')).toThrow(/not a git repository/);
  });

  test('what a package manager or a scaffold writes stays', async () => {
    const { options, root } = await ground();
    const ran = await runOnce(
      options,
      'echo {} > package.json; mkdir -p .github/workflows; echo x > .github/workflows/ci.yml; echo x > .gitignore',
    );
    expect(ran.findings).toEqual([]);
    expect(readdirSync(root).sort()).toEqual(['.github', '.gitignore', 'package.json']);
  });
});

describe('sockets of the host', () => {
  test('are out of reach where somebody listens, by an absolute path or a relative one', async () => {
    const { options, root } = await ground({ 'run/x': '' });
    const near = createServer().listen(join(root, 'near.sock'));
    await once(near, 'listening');
    onTestFinished(() => void near.close());
    const listen = "require('net').createServer().listen('far.sock', () => console.log('up'))";
    const far = spawn(process.execPath, ['-e', listen], {
      cwd: join(root, 'run'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void far.kill('SIGKILL'));
    await once(far.stdout, 'data');
    const script = `for s in near.sock run/far.sock; do node -e "require('net').connect('$s').on('connect',()=>console.log('IN')).on('error',e=>console.log(e.code))"; done`;
    const { stdout } = await sh(await open(options), script);
    expect(stdout).toMatch(/^E[A-Z]+\nE[A-Z]+\n$/);
  });
});

describe('without confinement', () => {
  test('nothing is prepared, and the status says why and how to mend it', async () => {
    const { options } = await ground();
    const confinement = await openConfinement({ ...options, launcher: '/nowhere/vtcode-sandbox' });
    expect(confinement.status()).toMatchObject({
      tier: 'none',
      why: expect.stringMatching(/could not be started/) as string,
    });
    await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'no_sandbox' });
  });

  test('a hard link of a secret that a person made is all the same unreadable by its own name', async () => {
    const { options, root } = await ground({ '.env': 'KEY' });
    linkSync(join(root, '.env'), join(root, '.env.copy'));
    expect((await sh(await open(options), 'cat .env .env.copy')).stdout).toBe('');
  });
});

/** Behind bubblewrap the promises are the same, one command at a time; without bubblewrap there are none. */
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileAssisted } from '../../server/sandbox/assisted.ts';
import type { Confinement } from '../../server/sandbox/sandbox.ts';
import type { SandboxPolicy } from '../../shared/sandbox.ts';
import { git, ground, once, open, RUN, sh } from './ground.ts';

const HAS_BWRAP = existsSync('/usr/bin/bwrap');

async function assisted(files: Record<string, string>): Promise<{ root: string; confinement: Confinement | null }> {
  const { options, root } = await ground(files);
  const confinement = await open({ ...options, forceAssisted: true });
  expect(confinement.status().tier).toBe(HAS_BWRAP ? 'assisted' : 'none');
  if (HAS_BWRAP) return { root, confinement };
  await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'no_sandbox' });
  return { root, confinement: null };
}

describe('behind bubblewrap', () => {
  test('a command works, reads no secret, changes nothing that is held, and leaves nothing that runs', async () => {
    const { root, confinement } = await assisted({
      '.env': 'KEY',
      'a/b/id_rsa': 'KEY',
      '.vscode/x': 'x',
      'secrets.env/k': 'KEY',
    });
    if (confinement === null) return;
    git(root, 'init', '-q');
    const script = `echo ok > ok; cat .env a/b/id_rsa secrets.env/k; chmod 700 .env secrets.env; echo y > .vscode/x; echo y > .git/config
      perl -e 'rename "a", "c"; rename ".git", "g"; rename ".vscode", "v"'; touch /x; git init -q n; cat /proc/1/environ; ls -A /proc/sys/fs`;
    const ran = await sh(confinement, script);
    expect(ran.stdout).not.toContain('KEY');
    expect(ran.findings.map(({ path }) => path)).toEqual(['n/.git']);
    expect(['ok', 'a/b/id_rsa', '.git/config'].map((path) => existsSync(join(root, path)))).toEqual([true, true, true]);
    expect(readFileSync(join(root, '.vscode/x'), 'utf8')).toBe('x');
    expect(readFileSync(join(root, '.env'), 'utf8')).toBe('KEY');
  });

  test('commits are taken in the guarded mode, and no hooks', async () => {
    const { root, confinement } = await assisted({ 'a.txt': 'a' });
    if (confinement === null) return;
    git(root, 'init', '-q');
    const script =
      'git add . && git -c user.name=A -c user.email=a@b commit -qm x; echo id > .git/hooks/post-commit; echo /tmp > .git/commondir';
    await sh(confinement, script, { git: 'guarded' });
    await confinement.close();
    expect(git(root, 'log', '--format=%s')).toBe('x\n');
    expect([existsSync(join(root, '.git/hooks/post-commit')), existsSync(join(root, '.git/commondir'))]).toEqual([
      false,
      false,
    ]);
  });

  test('a second command waits for the first one, and a failed preparation blocks none', async () => {
    const { root, confinement } = await assisted({});
    if (confinement === null) return;
    const first = await confinement.prepare(RUN);
    await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'one_at_a_time' });
    await first.done();
    symlinkSync('x', join(root, '.vt-workspace-trust'));
    await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'protected_link' });
    await expect(confinement.prepare(RUN)).rejects.toMatchObject({ code: 'protected_link' });
  });

  test('nothing is left in the workspace', async () => {
    const { options, root } = await ground();
    if (HAS_BWRAP) await once({ ...options, forceAssisted: true }, 'true');
    expect(readdirSync(root)).toEqual([]);
  });
});

test('mounts come outermost first, parts after them, and no word of a part goes to the launcher', () => {
  const policy: SandboxPolicy = {
    ...{
      v: 1,
      workspace: '/tmp/w',
      access: 'write',
      cwd: '/tmp/w',
      readRoots: [],
      tmpfs: [],
      maskSockets: [],
      pty: null,
    },
    ownRoots: [{ host: '/var/own', at: '/tmp' }],
    ...{
      protect: ['/tmp/w/a/b', '/tmp/w/a.x'],
      hide: ['/tmp/w/a/b/c', '/tmp/w/d'],
      git: 'readonly',
      network: { mode: 'none' },
    },
    ...{ limits: { ...RUN.limits }, env: { A: '1' } },
  };
  const system = { readOnly: [{ host: '/usr', at: '/usr' }], links: [], homes: [], own: [] };
  const assistant = { bwrap: '/usr/bin/bwrap', boundsTmpfs: true, launcher: '/l', blank: '/blank' };
  const line = compileAssisted(policy, system, { assistant, folders: new Set(['/tmp/w/d']) });
  const at = line.indexOf('--', 1);
  const text = line.slice(0, at).join(' ');
  expect(text).toContain(
    '--bind /var/own /tmp --bind /tmp/w /tmp/w --ro-bind /usr /usr --ro-bind /l /run/vtcode-sandbox --bind /tmp/w/a /tmp/w/a ' +
      '--ro-bind /tmp/w/a/b /tmp/w/a/b --ro-bind /blank /tmp/w/a/b/c --ro-bind /tmp/w/a.x /tmp/w/a.x ' +
      '--perms 0000 --tmpfs /tmp/w/d --remount-ro /tmp/w/d --remount-ro / --chdir /',
  );
  expect(line.slice(at, at + 7)).toEqual([
    '--',
    '/run/vtcode-sandbox',
    '--no-namespaces',
    '--ro',
    '/usr',
    '--rw',
    '/tmp',
  ]);
  expect(line.slice(at)).not.toContain('--protect');
});

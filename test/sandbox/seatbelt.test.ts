/** The profile for macOS, by its text and by what its rules decide: read as the system reads them, the last one that fits wins. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seatbeltLine, seatbeltProfile, type SeatbeltView } from '../../server/sandbox/seatbelt.ts';
import type { SandboxPolicy } from '../../shared/sandbox.ts';
import { decides, rulesOf } from './sbpl.ts';

const POLICY: SandboxPolicy = {
  ...{ v: 1, workspace: '/Volumes/p', access: 'write', cwd: '/Volumes/p', readRoots: ['/opt/tool'], tmpfs: [] },
  ownRoots: [{ host: '/private/var/vtcode/tmp', at: '/tmp' }],
  ...{
    protect: ['/Volumes/p/infra'],
    hide: ['/Volumes/p/.env', '/Volumes/p/infra/key'],
    maskSockets: ['/Volumes/p/s.sock'],
  },
  ...{ git: 'readonly', network: { mode: 'none' }, env: {}, pty: null },
  limits: { pids: 512, nofile: 100, fileBytes: 1, dataBytes: 1, wallMs: 1, outputBytes: 1 },
};
const VIEW: SeatbeltView = { readRoots: ['/usr', '/System'], pinned: ['/Volumes/p/infra'] };

test.each<[string, Partial<SandboxPolicy>]>([
  ['write', {}],
  ['read', { access: 'read', protect: [] }],
  ['guarded', { git: 'guarded' }],
  ['proxy', { network: { mode: 'proxy', socket: '/private/var/vtcode/proxy.sock', port: 3128 } }],
  ['host', { network: { mode: 'host', connectPorts: [443] } }],
])('the profile for %s is the golden one', async (name, differs) => {
  const { text, params } = seatbeltProfile({ ...POLICY, ...differs }, VIEW);
  const shown = `${text}\n; ${params.map((one) => `${one.name}=${one.value}`).join('\n; ')}\n`;
  await expect(shown).toMatchFileSnapshot(`golden/seatbelt-${name}.sb`);
});

test('no path stands in the text, whatever its name', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z")(;#\\ \n]{3,12}$/), (name) => {
      const path = `/Volumes/p/Q${name}Q`;
      const profile = seatbeltProfile({ ...POLICY, protect: [path], hide: [`${path}/x`] }, VIEW);
      expect(profile.text).not.toContain(`Q${name}Q`);
      expect(seatbeltLine(profile)).toContain(`${profile.params.find(({ value }) => value === path)!.name}=${path}`);
      expect(decides(profile, 'file-write-create', `${path}/y`)).toBe('deny');
      expect(decides(profile, 'file-read-data', `${path}/x`)).toBe('deny');
    }),
  );
});

describe('the rules decide', () => {
  const profile = seatbeltProfile(POLICY, VIEW);
  test.each<[string, string, 'allow' | 'deny']>([
    ['file-write-create', '/Volumes/p/new', 'allow'],
    ['file-read-data', '/Volumes/p/src/a.ts', 'allow'],
    ['file-read-data', '/usr/lib/x.dylib', 'allow'],
    ['process-exec', '/usr/bin/git', 'allow'],
    ['file-write-data', '/usr/bin/git', 'deny'],
    ['file-write-create', '/private/var/vtcode/tmp/x', 'allow'],
    ['file-read-data', '/Users.d/ann/.ssh/id_rsa', 'deny'],
    ['file-read-data', '/Volumes/other', 'deny'],
    ['file-read-metadata', '/Volumes', 'allow'],
    ['file-read-data', '/Volumes/p/.env', 'deny'],
    ['file-link', '/Volumes/p/.env', 'deny'],
    ['file-link', '/Volumes/p/.git/config', 'deny'],
    ['file-link', '/Volumes/p/a', 'allow'],
    ['file-write-data', '/Volumes/p/infra/main.tf', 'deny'],
    ['file-read-data', '/Volumes/p/infra/main.tf', 'allow'],
    ['file-read-data', '/Volumes/p/infra/key', 'deny'],
    ['file-write-unlink', '/Volumes/p/infra', 'deny'],
    ['file-write-create', '/Volumes/p/.git/hooks/pre-commit', 'deny'],
    ['file-write-create', '/Volumes/p/sub/.GIT/commondir', 'deny'],
    ['file-write-create', '/Volumes/p/.git', 'deny'],
    ['file-write-create', '/Volumes/p/.gitignore', 'allow'],
    ['file-write-create', '/Volumes/p/.VTCODE/x', 'deny'],
    ['file-write-create', '/Volumes/p/sub/vtcode.toml', 'deny'],
    ['file-write-create', '/Volumes/p/.vt-workspace-trust', 'deny'],
    ['network-outbound', '/Volumes/p/s.sock', 'deny'],
    ['network-outbound', '/private/var/run/docker.sock', 'deny'],
    ['appleevent-send', '', 'deny'],
    ['lsopen', '', 'deny'],
    ['mach-register', '', 'deny'],
  ])('%s %s: %s', (operation, path, expected) => {
    expect(decides(profile, operation, path)).toBe(expected);
  });

  test('in the guarded mode git may write, but for what runs something', () => {
    const guarded = seatbeltProfile({ ...POLICY, git: 'guarded' }, VIEW);
    const at = (path: string) => decides(guarded, 'file-write-create', `/Volumes/p/.git/${path}`);
    expect(['objects/ab/c', 'refs/heads/main', 'index.lock', 'HEAD'].map(at)).toEqual(Array(4).fill('allow'));
    const held = [
      'hooks/x',
      'config',
      'Config',
      'config.worktree',
      'commondir',
      'info/attributes',
      'modules/m/config',
      'rebase-merge/x',
    ];
    expect(held.map(at)).toEqual(Array(held.length).fill('deny'));
    expect(decides(guarded, 'file-write-unlink', '/Volumes/p/.git')).toBe('deny');
  });

  test('read-only is without any write in the workspace', () => {
    const read = seatbeltProfile({ ...POLICY, access: 'read', protect: [] }, VIEW);
    expect(decides(read, 'file-write-create', '/Volumes/p/new')).toBe('deny');
  });
});

test.each(['write', 'guarded'] as const)(
  'nothing about files is allowed after the first thing that is taken away (%s)',
  (mode) => {
    const rules = rulesOf(seatbeltProfile({ ...POLICY, git: mode === 'guarded' ? 'guarded' : 'readonly' }, VIEW).text);
    const isFile = (operations: readonly string[]) => operations.some((one) => one.startsWith('file-'));
    const denied = rules.findIndex(({ decision, operations }) => decision === 'deny' && isFile(operations));
    expect(denied).toBeGreaterThan(5);
    expect(
      rules.slice(denied).filter(({ decision, operations }) => decision === 'allow' && isFile(operations)),
    ).toEqual([]);
    expect(rules[0]).toMatchObject({ decision: 'deny', operations: ['default'] });
  },
);

/** The flags say the policy, item by item, and a policy that could not hold becomes none. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile, MOST_ITEMS, type SystemView } from '../../server/sandbox/compile.ts';
import type { SandboxPolicy } from '../../shared/sandbox.ts';

const SYSTEM: SystemView = {
  readOnly: [
    { host: '/usr', at: '/usr' },
    { host: '/run/resolve/stub.conf', at: '/etc/resolv.conf' },
  ],
  links: [{ target: 'usr/bin', at: '/bin' }],
  homes: ['/home/ann'],
  own: ['/home/ann/.local/state/vtcode', '/home/ann/.config/vtcode'],
};

const POLICY: SandboxPolicy = {
  ...{ v: 1, workspace: '/home/ann/p', access: 'write', cwd: '/home/ann/p/sub', readRoots: ['/opt/node'] },
  ownRoots: [{ host: '/home/ann/.local/state/vtcode/p/tmp', at: '/tmp' }],
  tmpfs: [{ path: '/run', bytes: 4096 }],
  ...{ protect: ['/home/ann/p/.git'], hide: ['/home/ann/p/.env', '/opt/node/key'], maskSockets: ['/home/ann/p/s'] },
  ...{ git: 'readonly', network: { mode: 'none' }, env: { A: '1', B: 'x=y z' }, pty: { columns: 80, rows: 24 } },
  limits: { pids: 400, nofile: 100, fileBytes: 2, dataBytes: 3, wallMs: 4, outputBytes: 5 },
};

test('a policy becomes these flags', () => {
  expect(compile(POLICY, SYSTEM)).toEqual([
    ...['--ro', '/usr', '--ro-at', '/run/resolve/stub.conf', '/etc/resolv.conf', '--symlink', 'usr/bin', '/bin'],
    ...['--ro', '/opt/node', '--rw-at', '/home/ann/.local/state/vtcode/p/tmp', '/tmp', '--tmpfs', '/run', '4096'],
    ...[
      '--rw',
      '/home/ann/p',
      '--protect',
      '/home/ann/p/.git',
      '--hide',
      '/home/ann/p/.env',
      '--hide',
      '/opt/node/key',
    ],
    ...['--mask-socket', '/home/ann/p/s', '--net', 'none', '--limit', 'pids=400', '--limit', 'nofile=100'],
    ...[
      '--limit',
      'fsize=2',
      '--limit',
      'data=3',
      '--unix',
      'private',
      '--landlock-min',
      '1',
      '--cwd',
      '/home/ann/p/sub',
    ],
    ...['--env', 'A=1', '--env', 'B=x=y z', '--pty', '80x24'],
  ]);
});

test('each mode of the network and of the workspace has its flags', () => {
  const flags = (differs: Partial<SandboxPolicy>) => compile({ ...POLICY, ...differs }, SYSTEM).join(' ');
  expect(flags({ network: { mode: 'host', connectPorts: [443, 80] } })).toContain(
    '--net host --connect-port 443 --connect-port 80',
  );
  expect(flags({ network: { mode: 'proxy', socket: '/a:b', port: 81 } })).toContain('--net proxy:/a:b:81');
  expect(flags({ access: 'read', protect: [] })).toContain('--ro /home/ann/p ');
  expect(flags({ pty: null })).not.toContain('--pty');
});

const name = fc.stringMatching(/^[a-z][a-z .:'"\n-]{0,8}[a-z]$/);
const below = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));

test('every item of a policy stands among the flags once, and nothing else does', () => {
  const some = (prefix: string) =>
    fc.uniqueArray(below, { maxLength: 8 }).map((paths) => paths.map((path) => `${prefix}/${path}`));
  const apart = fc.uniqueArray(name, { maxLength: 8 }).map((names) => names.map((one) => `/srv/${one}`));
  fc.assert(
    fc.property(
      some('/home/ann/p'),
      some('/home/ann/p'),
      apart,
      fc.dictionary(fc.constantFrom('X', 'Y', 'Z'), name),
      (protect, hide, readRoots, env) => {
        const flags = compile({ ...POLICY, protect, hide, readRoots, env, maskSockets: [] }, SYSTEM);
        const after = (flag: string) => flags.flatMap((word, i) => (word === flag ? [flags[i + 1]] : []));
        expect(after('--protect')).toEqual(protect);
        expect(after('--hide')).toEqual(hide);
        expect(after('--ro')).toEqual(['/usr', ...readRoots]);
        expect(after('--env')).toEqual(Object.entries(env).map(([key, value]) => `${key}=${value}`));
        const fixed = compile(
          { ...POLICY, protect: [], hide: [], readRoots: [], env: {}, maskSockets: [] },
          SYSTEM,
        ).length;
        expect(flags.length).toBe(
          fixed + 2 * (protect.length + hide.length + readRoots.length + Object.keys(env).length),
        );
      },
    ),
  );
});

const many = (count: number) => Array.from({ length: count }, (_none, i) => `/home/ann/p/f${i}`);

describe('a policy is refused', () => {
  test.each<[string, Partial<SandboxPolicy>]>([
    ['a relative path', { protect: ['p/.git'] }],
    ['a path with a NUL', { hide: ['/home/ann/p/a\0b'] }],
    ['a path that climbs', { cwd: '/home/ann/p/../.ssh' }],
    ['a path with an empty name', { readRoots: ['/opt//node'] }],
    ['a path with a point', { readRoots: ['/opt/./node'] }],
    ['a path that is too long', { readRoots: [`/${'a'.repeat(4_096)}`] }],
    ['the root as the workspace', { workspace: '/', cwd: '/' }],
    ['the root to read', { readRoots: ['/'] }],
    ['the home as the workspace', { workspace: '/home/ann', cwd: '/home/ann' }],
    ['what holds the home', { readRoots: ['/home'] }],
    ['our own directory', { readRoots: ['/home/ann/.local/state/vtcode/p'] }],
    ['what holds our own directory', { readRoots: ['/home/ann/.config'] }],
    ['/proc', { readRoots: ['/proc/self'] }],
    ['/dev', { tmpfs: [{ path: '/dev/shm', bytes: 4096 }] }],
    ['a root within the workspace', { readRoots: ['/home/ann/p/sub'] }],
    ['a writable root that holds the workspace', { ownRoots: [{ host: '/home/ann/p/a', at: '/a' }] }],
    ['one writable folder in two places', { ownRoots: ['/a', '/b'].map((at) => ({ host: '/srv/x', at })) }],
    ['two things in one place', { tmpfs: [{ path: '/tmp', bytes: 4096 }] }],
    ['a mount inside the workspace', { tmpfs: [{ path: '/home/ann/p/tmp', bytes: 4096 }] }],
    ['a working directory outside', { cwd: '/home/ann' }],
    ['the workspace, protected whole', { protect: ['/home/ann/p'] }],
    ['protection outside of the workspace', { protect: ['/opt/node/x'] }],
    ['hiding what is not in view', { hide: ['/home/ann/.ssh'] }],
    ['protection where all is read-only', { access: 'read' }],
    ['more items than the launcher takes', { hide: many(MOST_ITEMS + 1) }],
    ['a variable with a NUL', { env: { A: 'a\0' } }],
    ['a variable whose name is none', { env: { 'A=B': 'a' } }],
    ['a bound on processes below what a namespace needs', { limits: { ...POLICY.limits, pids: 10 } }],
  ])('for %s', (_what, differs) => {
    expect(() => compile({ ...POLICY, ...differs }, SYSTEM)).toThrow(/would not hold/);
  });

  test('and taken at the bound', () => {
    const flags = compile({ ...POLICY, protect: [], maskSockets: [], hide: many(MOST_ITEMS) }, SYSTEM);
    expect(flags.filter((flag) => flag === '--hide').length).toBe(MOST_ITEMS);
  });
});

/** Workspaces in odd places and under odd names. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { built, type Built } from './built.ts';
import type { Who } from './case.ts';
import { start, systemFlags } from './confined.ts';
import { idsOf, PLAIN, WHO } from './world.ts';

let programs: Built;
beforeAll(async () => {
  programs = await built();
});

/** A workspace at `ws` with something to protect and something to hide. */
function fill(ws: string, who: Who): void {
  mkdirSync(join(ws, 'keep/deep'), { recursive: true });
  writeFileSync(join(ws, 'keep/deep/config'), 'kept\n');
  writeFileSync(join(ws, '.env'), 'hunter2\n');
  if (idsOf(who) === PLAIN) execFileSync('chown', ['-R', '1000:1000', ws]);
}

/** A new folder in `parent`, gone when the test ends. */
function folder(parent: string): string {
  const dir = mkdtempSync(join(parent, 'vtcode-paths-'));
  chmodSync(dir, 0o755);
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const COMMAND = [
  'echo written > new && test "$(cat new)" = written && test "$(pwd)" = "$WS"',
  '! echo x > keep/deep/config && ! mv keep kept && ! cat .env && test "$(cat keep/deep/config)" = kept',
].join(' && ');

const flagsFor = (ws: string, tmpfs: string[] = ['/tmp', '/home']) => [
  ...systemFlags(),
  ...tmpfs.flatMap((path) => ['--tmpfs', path, '16M']),
  ...['--rw', ws, '--protect', `${ws}/keep/deep/config`, '--hide', `${ws}/.env`, '--cwd', ws],
  ...['--env', `WS=${ws}`, '--env', 'PATH=/usr/bin:/bin', '--', '/bin/bash', '-c', COMMAND],
];

describe.each(WHO)('as %s', (who) => {
  const works = async (ws: string, tmpfs?: string[]) => {
    fill(ws, who);
    const ended = await start(programs.release, flagsFor(ws, tmpfs), { who, cwd: '/', env: {} });
    expect(ended.code, ended.stderr).toBe(0);
    expect(readFileSync(join(ws, 'new'), 'utf8')).toBe('written\n');
  };

  test.each([
    'a space',
    'a\nline feed',
    'a "quote"',
    "an 'apostrophe'",
    'a\\backslash',
    '$(x)`y`;&|',
    'ü日本🎉',
    '-rf',
    '--rw',
    '*',
    'a,b:c=d',
  ])('a workspace whose name is %j', (name) => works(join(folder(tmpdir()), name)));

  test('a workspace right in /tmp', () => works(folder('/tmp')));
  test('a workspace in /tmp without a /tmp of its own', () => works(folder('/tmp'), []));
  test('a workspace in /var/tmp', () => works(folder('/var/tmp')));
  test('a workspace on a tmpfs', () =>
    works(folder('/dev/shm')).catch((error: Error) => expect(error.message).toContain('/dev')));
  test('a workspace in a deep folder', () =>
    works(join(folder('/tmp'), ...Array.from({ length: 60 }, () => 'deep folder'))));

  test('a workspace whose path is nearly as long as a path can be', () =>
    works(join(folder('/tmp'), ...Array.from({ length: 15 }, () => 'n'.repeat(250)))));

  test('a workspace inside a tree that is given to read', async () => {
    const outer = folder('/var/tmp');
    const ws = join(outer, 'inner/ws');
    fill(ws, who);
    const flags = ['--ro', outer, ...flagsFor(ws)];
    const ended = await start(programs.release, flags, { who, cwd: '/', env: {} });
    expect(ended.code, ended.stderr).toBe(0);
  });

  test('another tree in the place of a path', async () => {
    const ws = folder('/var/tmp');
    fill(ws, who);
    const flags = [
      ...systemFlags(),
      '--rw-at',
      ws,
      '/srv/here',
      '--protect',
      '/srv/here/keep/deep/config',
      '--cwd',
      '/srv/here',
    ];
    const command = 'echo x > new && ! echo x > keep/deep/config && ! mv keep kept && test "$(pwd)" = /srv/here';
    const ended = await start(programs.release, [...flags, '--', '/bin/bash', '-c', command], {
      who,
      cwd: '/',
      env: {},
    });
    expect(ended.code, ended.stderr).toBe(0);
  });
});

/** Mounts need root; what is mounted goes with the namespace of the script. */
const MOUNTED: [kind: string, mount: string][] = [
  ['an overlay', 'mkdir lower upper work && mount -t overlay o -o lowerdir=lower,upperdir=upper,workdir=work ws'],
  ['a tmpfs', 'mount -t tmpfs t ws'],
  ['a bind of another folder', 'mkdir other && mount --bind other ws'],
];

describe('a workspace that is a mount itself', () => {
  test.each(MOUNTED)('%s', async (_kind, mount) => {
    const dir = folder('/var/tmp');
    const ws = join(dir, 'ws');
    mkdirSync(ws);
    const prepare = `cd "$1" && { ${mount}; } && mkdir -p ws/keep/deep && echo kept > ws/keep/deep/config && echo hunter2 > ws/.env`;
    const script = `${prepare} && shift && exec "$@"`;
    // A plain user makes the mounts in a user namespace, where this user is called root.
    const namespaces = process.getuid!() === 0 ? ['-m'] : ['-Urm'];
    const args = [...namespaces, 'sh', '-c', script, 'sh', dir, programs.release, ...flagsFor(ws)];
    const ended = await start('/usr/bin/unshare', args, { who: WHO[0]!, cwd: '/', env: {} });
    expect(ended.code, ended.stderr).toBe(0);
  });

  test('and has other mounts inside: they are seen, and protected as the rest', async () => {
    const dir = folder('/var/tmp');
    const ws = join(dir, 'ws');
    fill(ws, 'root');
    mkdirSync(join(ws, 'keep/mounted'));
    const script = 'mount -t tmpfs t "$1/keep/mounted" && echo inner > "$1/keep/mounted/file" && shift && exec "$@"';
    const command =
      'test "$(cat keep/mounted/file)" = inner && echo x > keep/mounted/new && ! echo x > keep/deep/config';
    const flags = [...flagsFor(ws).slice(0, -1), command];
    const namespaces = process.getuid!() === 0 ? ['-m'] : ['-Urm'];
    const args = [...namespaces, 'sh', '-c', script, 'sh', ws, programs.release, ...flags];
    const ended = await start('/usr/bin/unshare', args, { who: WHO[0]!, cwd: '/', env: {} });
    expect(ended.code, ended.stderr).toBe(0);
  });
});

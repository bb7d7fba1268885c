/** Where another program makes the namespaces and the view: the launcher adds the layers that it can, or our filter does. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PRLIMIT, SHELL, WITH_FILTER } from '../../../server/sandbox/partial.ts';
import { NATIVE } from '../../../scripts/build-native.mjs';
import type { Case } from './case.ts';
import { CASES } from './cases.ts';
import { start, type Setting } from './confined.ts';
import { openPlace, type Place } from './place.ts';
import { inForeground } from './processes.ts';
import { talk, type Talk } from './talk.ts';
import { fingerprint, WHO } from './world.ts';

const BWRAP = '/usr/bin/bwrap';
const FILTER = join(NATIVE, `filter-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.bpf`);

let place: Place;
beforeAll(async () => {
  if (!existsSync(BWRAP)) throw new Error('Missing: bwrap. apt-get install bubblewrap');
  place = await openPlace();
});
afterAll(() => place.close());

/** The view by bubblewrap. */
function viewOf({ world, bin }: Setting): string[] {
  const { ws, seen, home } = world;
  const hidden = ['.env', 'conf/deep/.env.local'].flatMap((name) => ['--ro-bind', '/dev/null', `${ws}/${name}`]);
  const guarded = ['.git/hooks', '.git/config', '.git/commondir', '.git/info', '.vscode', 'infra/prod/main.tf'];
  const pins = ['.git', 'infra', 'infra/prod', 'conf', 'conf/deep'].flatMap((name) => [
    '--bind',
    `${ws}/${name}`,
    `${ws}/${name}`,
  ]);
  return [
    ...[
      '--unshare-all',
      '--die-with-parent',
      '--cap-drop',
      'ALL',
      '--ro-bind',
      '/usr',
      '/usr',
      '--symlink',
      'usr/bin',
      '/bin',
    ],
    ...['--symlink', 'usr/lib', '/lib', '--symlink', 'usr/lib64', '/lib64', '--proc', '/proc', '--dev', '/dev'],
    ...[
      '--ro-bind',
      '/etc/passwd',
      '/etc/passwd',
      '--ro-bind',
      '/etc/alternatives',
      '/etc/alternatives',
      '--tmpfs',
      '/tmp',
      '--tmpfs',
      home,
      '--ro-bind',
      seen,
      seen,
    ],
    ...['--ro-bind', bin, bin, '--bind', ws, ws, ...pins],
    ...[...guarded.flatMap((name) => ['--ro-bind', `${ws}/${name}`, `${ws}/${name}`]), ...hidden],
    ...[
      '--tmpfs',
      `${ws}/secrets`,
      '--ro-bind',
      '/dev/null',
      `${ws}/host.sock`,
      '--ro-bind',
      '/dev/null',
      `${seen}/host.sock`,
    ],
    ...['--ro-bind', '/dev/null', `${seen}/tool/credentials`],
  ];
}

const wordsOf = ({ world: { ws, seen, out, home }, bin, env }: Setting) =>
  Object.entries({ ...env, WS: ws, SEEN: seen, OUT: out, HOME: home, PATH: `${bin}:/usr/bin:/bin` });

/** Landlock, seccomp, limits and the environment by the launcher inside. */
function withLauncher(setting: Setting, command: string): string[] {
  const { ws, seen, home } = setting.world;
  const { bin } = setting;
  const layers = [
    ...['--no-namespaces', '--ro', '/usr', '--ro', '/etc', '--ro', seen, '--ro', bin, '--rw', ws],
    ...['--tmpfs', '/tmp', '16M', '--tmpfs', home, '16M', '--cwd', ws, '--limit', 'data=2G'],
    ...wordsOf(setting).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
  ];
  const { release } = place.programs;
  return [
    BWRAP,
    ...viewOf(setting),
    '--ro-bind',
    release,
    '/run/launcher',
    '/run/launcher',
    ...layers,
    '--',
    '/bin/bash',
    '-c',
    command,
  ];
}

/** No launcher, so no Landlock: the filter that comes ready-made, and prlimit, as where there is no compiler. */
function withFilter(setting: Setting, command: string): string[] {
  const words = wordsOf(setting).flatMap(([name, value]) => ['--setenv', name, value]);
  return [
    ...[SHELL, '-c', WITH_FILTER, SHELL, FILTER, BWRAP, ...viewOf(setting), '--clearenv', ...words],
    ...['--seccomp', '9', '--remount-ro', '/proc', '--remount-ro', '/', '--chdir', setting.world.ws, '--'],
    ...[
      PRLIMIT,
      '--core=0:0',
      '--nofile=1024',
      '--fsize=67108864',
      '--data=2147483648',
      '--',
      '/bin/bash',
      '-c',
      command,
    ],
  ];
}

/** What only the launcher's own mounts and pid namespace give: numbers of pids, /proc and /dev that are read-only, an unreadable pid 1. */
const ITS_OWN = new Set([
  ...[
    'fork-bomb',
    'fill-tmp',
    'fill-shared-memory',
    'fill-inodes',
    'other-terminals',
    'unlock-env-file',
    'overwrite-env-file',
  ],
  ...[
    'proc1-root',
    'proc1-descriptors',
    'proc1-environ',
    'proc1-memory',
    'list-secrets',
    'write-into-secrets',
    'kill-ppid',
  ],
  ...[
    'chmod-dev-null',
    'touch-dev-zero',
    'remove-dev-null',
    'write-the-root',
    'unmount-env-file',
    'proc1-cmdline-tells-the-policy',
  ],
  ...['see-interfaces', 'inherited-directory', 'inherited-fds'],
]);

const WAYS = [
  { name: 'with the launcher', way: withLauncher },
  { name: 'with the filter alone', way: withFilter },
];

const BOTH = WHO.flatMap((who) => WAYS.map((way) => ({ who, ...way })));

describe.each(BOTH)('as $who, inside bubblewrap, $name', ({ who, way }) => {
  const run = (one: Pick<Case, 'command' | 'variant'>) =>
    place.inWorld(who, one.variant, async (setting) => {
      const before = fingerprint(setting.world);
      const [file = '', ...rest] = way(setting, one.command);
      const ended = await start(file, rest, { who, cwd: '/', env: {} });
      return { ended, untouched: JSON.stringify(fingerprint(setting.world)) === JSON.stringify(before) };
    });

  const attacks = CASES.filter(
    ({ expect, variant, name }) => expect === 'blocked' && variant === 'usual' && !ITS_OWN.has(name),
  );
  test.each(attacks)('$name is blocked', async (one) => {
    const { ended, untouched } = await run(one);
    expect(ended.stderr).not.toMatch(/^vtcode-sandbox:|^bwrap:|command not found/m);
    expect(ended.code).not.toBe(0);
    expect(untouched).toBe(true);
  });

  test.each([
    'git status --short && git log --oneline',
    'echo hi > /tmp/f && echo x > new',
    'ls / /usr && id',
    'exit 0',
  ])('%s works', async (command) => {
    const { ended } = await run({ command, variant: 'usual' });
    expect(ended.code, ended.stderr).toBe(0);
  });

  const onTerminal = (command: string[], use: (one: Talk) => Promise<void>) =>
    place.inWorld(who, 'usual', async (setting) => {
      // Both ways end with the shell that takes a script, which is not wanted here.
      const line = way(setting, '').slice(0, -3);
      const one = talk(place.programs.terminal, ['80x24', ...line, ...command], { who });
      try {
        await use(one);
      } finally {
        one.child.kill('SIGKILL');
        await one.ended;
      }
    });

  test('a terminal has job control', () =>
    onTerminal(['/bin/bash', '--norc', '--noprofile', '--noediting', '-i'], async (one) => {
      one.write('PS1="[pro""mpt]"\n');
      await one.until(/\[prompt\]/);
      expect(one.said()).not.toMatch(/no job control|cannot set terminal/);
      one.write('sh -c \'echo u""p; exec sleep 100\'\n');
      await one.until(/\r\nup/);
      await inForeground(one.pid, 'sleep');
      one.write('\u001a');
      await one.until(/\[1\]\+ {2}Stopped.*\[prompt\]/s);
      one.write('fg\n');
      await one.until(/fg\r\nsh -c/);
      await inForeground(one.pid, 'sleep');
      one.write('\u0003');
      await one.until(/\[prompt\]/);
      one.write('echo status $?; exit 7\n');
      await one.until(/status 130/);
      expect(await one.ended).toEqual({ code: 7, signal: null });
    }));

  test('exit codes and signals are those of the command', async () => {
    expect((await run({ command: 'exit 42', variant: 'usual' })).ended.code).toBe(42);
    expect((await run({ command: 'kill -TERM $$', variant: 'usual' })).ended.code).toBe(143);
  });
});

test.each(WHO)('as %s, it does not take the terminal from a shell that started it in the background', (who) =>
  place.inWorld(who, 'usual', async (setting) => {
    const quoted = withLauncher(setting, 'echo started; sleep 60').map((word) => `'${word}'`);
    const script = join(setting.world.base, 'run.sh');
    writeFileSync(script, `exec ${quoted.join(' ')}\n`);
    const shell = ['/bin/bash', '--norc', '--noprofile', '--noediting', '-i'];
    const one = talk(place.programs.terminal, ['80x24', ...shell], { who });
    await one.until(/\$ |# /);
    one.write(`sh ${script} &\n`);
    await one.until(/started\r\n/);
    one.write('read -r line; echo "heard $line"; kill %1; exit\nhello\n');
    await one.until(/heard hello/);
    await one.ended;
  }),
);

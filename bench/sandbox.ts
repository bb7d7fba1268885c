/** What it costs to confine a command: the launcher against a plain spawn, and against bubblewrap with the same mounts. */
import { spawn, spawnSync } from 'node:child_process';
import { once as event } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { buildNative } from '../scripts/build-native.mjs';
import { figure, inTurns, median, type Bench, type Figure } from './measure.ts';
import { flood, steps } from './sandbox-server.ts';

const BWRAP = '/usr/bin/bwrap';
const PROGRAM = '/bin/true';

/** A figure with both of its ratios by name. */
interface SpawnFigure extends Figure {
  ratioToPlain: number;
  ratioToBwrap: number;
}

export const sandbox: Bench = {
  name: 'sandbox',
  about:
    'From spawn to the end of /bin/true, confined as a command of the agent is: four system trees and files to read, a workspace with protected and hidden paths, three tmpfs. Baselines: the same program spawned plainly, and by bubblewrap with the same mounts. Then the same in a terminal, sixteen at once, a whole step of the agent in the server, and its memory while commands print.',
  rounds: 200,
  async run(rounds, share) {
    const launcher = await buildNative();
    if (launcher === null) throw new Error('The launcher is for Linux');
    if (!existsSync(BWRAP)) throw new Error('bubblewrap is the baseline: apt-get install bubblewrap');
    const dir = realpathSync(mkdtempSync(join(tmpdir(), 'vtcode-bench-')));
    try {
      const ws = workspace(dir);
      return [
        spawns({ rounds, launcher, ws, flags: [] }),
        terminals({ rounds, launcher, ws }),
        await sideBySide({ rounds: Math.ceil(rounds / 10), launcher, ws }),
        await steps(Math.ceil(rounds / 40), share),
        await flood(Math.ceil(rounds / 100), share),
      ];
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

const PROTECTED = [
  '.git/hooks',
  '.git/config',
  '.git/info',
  '.git/commondir',
  '.vscode',
  '.idea',
  '.husky',
  '.npmrc',
  'infra/prod',
];
const HIDDEN = ['.env', '.env.local', 'conf/deep/.env'];
/** Every directory above them. */
const PINNED = ['.git', 'conf', 'conf/deep', 'infra'];

function workspace(dir: string): string {
  const ws = join(dir, 'ws');
  for (const name of ['.git/hooks', '.git/info', '.vscode', '.idea', '.husky', 'infra/prod', 'conf/deep'])
    mkdirSync(join(ws, name), { recursive: true });
  for (const name of ['.git/config', '.git/commondir', '.npmrc', ...HIDDEN]) writeFileSync(join(ws, name), '');
  return ws;
}

const READ = ['/usr', '/etc/alternatives', '/etc/ld.so.cache', '/etc/passwd', '/etc/group'].filter((path) =>
  existsSync(path),
);
const TMPFS = ['/tmp', '/run', '/home/user'];

const links = () =>
  ['bin', 'sbin', 'lib', 'lib64']
    .filter((name) => existsSync(`/${name}`) && lstatSync(`/${name}`).isSymbolicLink())
    .map((name) => [readlinkSync(`/${name}`), `/${name}`] as const);

const launcherFlags = (ws: string) => [
  ...READ.flatMap((path) => ['--ro', path]),
  ...links().flatMap(([target, path]) => ['--symlink', target, path]),
  ...TMPFS.flatMap((path) => ['--tmpfs', path, '64M']),
  ...['--rw', ws, ...PROTECTED.flatMap((name) => ['--protect', join(ws, name)])],
  ...HIDDEN.flatMap((name) => ['--hide', join(ws, name)]),
  ...['--cwd', ws, '--env', 'PATH=/usr/bin:/bin'],
];

const bwrapFlags = (ws: string) => {
  const bind = (kind: string, name: string) => [kind, join(ws, name), join(ws, name)];
  return [
    ...['--unshare-all', '--die-with-parent', '--cap-drop', 'ALL', '--clearenv', '--setenv', 'PATH', '/usr/bin:/bin'],
    ...READ.flatMap((path) => ['--ro-bind', path, path]),
    ...links().flatMap(([target, path]) => ['--symlink', target, path]),
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/dev/shm', ...TMPFS.flatMap((path) => ['--tmpfs', path])],
    ...['--bind', ws, ws, ...PINNED.flatMap((name) => bind('--bind', name))],
    ...PROTECTED.flatMap((name) => bind('--ro-bind', name)),
    ...HIDDEN.flatMap((name) => ['--ro-bind', '/dev/null', join(ws, name)]),
    ...['--remount-ro', '/', '--chdir', ws],
  ];
};

/** Milliseconds. Throws where it did not run to a good end: a failure is quick. */
function once(program: string, args: string[]): number {
  const started = performance.now();
  const { status, stderr, error } = spawnSync(program, args, { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${error?.message ?? String(stderr)}`);
  return ms;
}

interface Measured {
  rounds: number;
  launcher: string;
  ws: string;
  flags: string[];
}

/** In turns, so that a busy moment falls on all three; the first rounds warm up and are not kept. */
function spawns({ rounds, launcher, ws, flags }: Measured): SpawnFigure {
  const ours: number[] = [];
  const plain: number[] = [];
  const bwrap: number[] = [];
  const [ourArgs, bwrapArgs] = [
    [...flags, ...launcherFlags(ws), '--', PROGRAM],
    [...bwrapFlags(ws), '--', PROGRAM],
  ];
  const warmUp = Math.min(10, rounds);
  for (let round = -warmUp; round < rounds; round++) {
    const times = [once(PROGRAM, []), once(launcher, ourArgs), once(BWRAP, bwrapArgs)] as const;
    if (round < 0) continue;
    plain.push(times[0]);
    ours.push(times[1]);
    bwrap.push(times[2]);
  }
  const base = figure({
    what: 'spawn to end, confined',
    unit: 'ms',
    samples: ours,
    baseline: { what: 'plain spawn', samples: plain },
    goal: { of: 'ratio', atMost: 3 },
  });
  const by = (samples: number[]) => Number((median(ours) / median(samples)).toPrecision(4));
  return { ...base, ratioToPlain: by(plain), ratioToBwrap: by(bwrap) };
}

/** With a terminal of the launcher's own around the command. Baseline: confined, without one. */
function terminals({ rounds, launcher, ws }: Omit<Measured, 'flags'>): Figure {
  const [bare, pty] = [[] as number[], [] as number[]];
  for (let round = 0; round < rounds; round++) {
    bare.push(once(launcher, [...launcherFlags(ws), '--', PROGRAM]));
    pty.push(once(launcher, ['--pty', '80x24', ...launcherFlags(ws), '--', PROGRAM]));
  }
  return figure({
    what: 'spawn to end, confined, in a terminal',
    unit: 'ms',
    samples: pty,
    baseline: { what: 'confined, without a terminal', samples: bare },
  });
}

const AT_ONCE = 16;

/** Milliseconds a program where sixteen are started at once. Baseline: plainly, as many. */
async function sideBySide({ rounds, launcher, ws }: Omit<Measured, 'flags'>): Promise<Figure> {
  const together = async (program: string, args: string[]) => {
    const started = performance.now();
    const children = Array.from({ length: AT_ONCE }, () => spawn(program, args, { env: {}, stdio: 'ignore' }));
    const ends = await Promise.all(children.map((child) => event(child, 'close')));
    if (!ends.every(([code]) => code === 0)) throw new Error(`${program} ended with ${ends.join(' ')}`);
    return (performance.now() - started) / AT_ONCE;
  };
  const times = await inTurns(rounds, {
    ours: () => together(launcher, [...launcherFlags(ws), '--', PROGRAM]),
    baseline: () => together(PROGRAM, []),
  });
  return figure({
    what: `${AT_ONCE} at once, confined, each`,
    unit: 'ms',
    samples: times.ours,
    baseline: { what: 'plain spawns, as many at once', samples: times.baseline },
  });
}

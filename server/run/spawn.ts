/**
 * Starts programs: the one file that may. On the host only those of its list, with the argv that the list fixes; all else behind
 * the sandbox launcher.
 */
import { spawn as start, type ChildProcess } from 'node:child_process';
import { isAbsolute } from 'node:path';
import type { IPty } from 'node-pty';
import type { Duplex, Readable } from 'node:stream';
import { LIMITS } from '../../shared/limits.ts';
import type { Spawn, SpawnOptions, SpawnResult } from '../base/spawn.ts';
import { systemUser } from '../base/user.ts';
import { feed, keep, lines } from './collect.ts';
import { hear } from './hear.ts';
import { HOST_PROGRAMS, HOST_STARTER } from './host-programs.ts';

/** One Spawn for the whole server. */
export function createSpawn(): Spawn {
  return {
    async run(program, argv, options) {
      const [file = '', ...rest] = argv;
      const entry = HOST_PROGRAMS[program];
      const problem = argvProblem(file, rest) || entry.problem(file, rest);
      if (problem !== '') throw new Error(`spawn ${program}: ${problem}`);
      if (!isAbsolute(options.cwd)) throw new Error(`spawn ${program}: the working directory must be absolute`);
      if (options.signal.aborted) return { ...NOTHING, aborted: true };
      return runChild(file, [...entry.fixed, ...rest], { ...options, outlives: entry.outlives });
    },
  };
}

export interface PtyStart {
  /** `launcher`: its own path, flags and command. `host`: the shell that the person allowed, and its arguments. */
  where: 'launcher' | 'host';
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  columns: number;
  rows: number;
}

/** node-pty is native and may not have been built: then this throws, and the rest of the server does without. */
export const loadPty = () => import('node-pty');

/** Starts a program on a terminal of ours, as the leader of a session. Throws where the terminals' module does not load. */
export async function startPty({ where, argv, env, cwd, columns, rows }: PtyStart): Promise<IPty> {
  const entry = HOST_PROGRAMS['host-terminal'];
  const [file = '', ...rest] = where === 'host' ? [HOST_STARTER, ...argv] : argv;
  const problem = argvProblem(file, rest) || (where === 'host' ? entry.problem(file, rest) : '');
  if (problem !== '') throw new Error(`start a terminal: ${problem}`);
  const { spawn } = await loadPty();
  const args = where === 'host' ? [...entry.fixed, ...rest] : rest;
  // Bytes, not text: a character may lie across two readings, and who reads them decodes them once.
  return spawn(file, args, { name: 'xterm-256color', cols: columns, rows, cwd, env: { ...env }, encoding: null });
}

/** A confined program as seen from outside: its launcher. */
export interface ConfinedChild {
  stdout: Readable;
  stderr: Readable;
  /** Where the launcher tells what is in force; null where it has none. The command never sees it. */
  control: Duplex | null;
  /** Settles when all of it has ended and all it printed has been read. Never rejects. */
  ended: Promise<End>;
  /** Asks the command to end, and after a grace ends everything. */
  stop(): void;
}

export interface ConfinedStart {
  /** The launcher by its absolute path, its flags, and the command. */
  argv: readonly string[];
  /** Of the launcher; what the command gets is among its flags. */
  env: Readonly<Record<string, string>>;
  /** Opens the descriptor 3 of the launcher. */
  control: boolean;
}

/** Starts a launcher, with nothing to read, in a group of its own. Throws where the arguments cannot be passed at all. */
export function startConfined({ argv, env, control }: ConfinedStart): ConfinedChild {
  const [file = '', ...rest] = argv;
  const problem = argvProblem(file, rest);
  if (problem !== '') throw new Error(`start a confined command: ${problem}`);
  const child = start(file, rest, {
    cwd: '/',
    env: { ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...(control ? (['pipe'] as const) : [])],
  });
  let grace: NodeJS.Timeout | undefined;
  let drained: NodeJS.Timeout | undefined;
  const channel = (child.stdio[3] as Duplex | undefined) ?? null;
  channel?.on('error', () => undefined); // it breaks when the launcher is killed; the end is told by `close`
  child.on('exit', () => {
    killGroup(child, 'SIGKILL');
    // Twice: where this process itself was held up, the first comes before what waits in the pipes was read.
    const late = () =>
      (drained = setTimeout(() => child.stdio.forEach((end) => end?.destroy()), LIMITS.killGraceMs.value));
    drained = setTimeout(late, LIMITS.killGraceMs.value);
  });
  return {
    stdout: child.stdout!,
    stderr: child.stderr!,
    control: channel,
    ended: endOf(child, 'close').finally(() => {
      clearTimeout(grace);
      clearTimeout(drained);
    }),
    stop() {
      if (grace !== undefined) return;
      // The launcher alone: it passes the signal on to the command's group, which would else get it twice.
      child.kill('SIGTERM');
      grace = setTimeout(() => killGroup(child, 'SIGKILL'), LIMITS.killGraceMs.value);
    },
  };
}

export interface Attached extends Pick<ConfinedStart, 'argv' | 'env'> {
  stdin: 'inherit' | 'ignore';
  /** What is not left to the command itself: each is called once with a pipe from it. */
  show: { stdout: ((pipe: Readable) => void) | null; stderr: ((pipe: Readable) => void) | null };
}

/**
 * Runs a launcher on the streams of this very process, its terminal among them, and waits for its end. The signals that a
 * terminal sends come to the launcher by themselves; those in `passOn` are handed on.
 */
export function attachConfined(
  { argv, env, stdin, show }: Attached,
  passOn: readonly NodeJS.Signals[],
): Promise<End & { begun: boolean; uncovered: string }> {
  const [file = '', ...rest] = argv;
  const problem = argvProblem(file, rest);
  if (problem !== '') throw new Error(`attach a confined command: ${problem}`);
  // The fourth is the channel of the launcher: it speaks there once all is in force, right before the command begins.
  const [stdout, stderr] = [show.stdout, show.stderr].map((one) => (one === null ? 'inherit' : 'pipe'));
  const child = start(file, rest, { cwd: '/', env: { ...env }, stdio: [stdin, stdout, stderr, 'pipe'] });
  if (child.stdout !== null) show.stdout?.(child.stdout);
  if (child.stderr !== null) show.stderr?.(child.stderr);
  const channel = (child.stdio[3] as Duplex | null | undefined) ?? null; // none where it could not be started
  channel?.on('error', () => undefined);
  const heard = hear(channel, ANY, () => undefined);
  const hand = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of passOn) process.on(signal, hand);
  return endOf(child, 'close')
    .then((end) => ({ ...end, begun: heard.report() !== 'silent', uncovered: heard.uncovered() }))
    .finally(() => passOn.forEach((signal) => process.off(signal, hand)));
}

/** Of what holds a command that somebody started by hand, the launcher's own checks are the judge. */
const ANY = { namespaces: false, landlock: 0, seccomp: true, pidLimit: false, network: null };

const NOTHING: SpawnResult = {
  code: null,
  signal: null,
  stdout: Buffer.alloc(0),
  stderr: Buffer.alloc(0),
  truncated: false,
  timedOut: false,
  aborted: false,
  startError: '',
};

type RunOptions = SpawnOptions & { outlives: boolean };

function runChild(file: string, args: string[], options: RunOptions): Promise<SpawnResult> {
  let child: ChildProcess;
  try {
    child = start(file, args, childOptions(options));
  } catch (error) {
    // Thrown where an argument cannot be passed at all, as one that is too long.
    return Promise.resolve({ ...NOTHING, startError: messageOf(error) });
  }
  feed(child, options.stdin);
  return options.outlives ? handOver(child, options) : follow(child, options);
}

/** Waits for the end of a program and of all that it started. */
function follow(child: ChildProcess, options: RunOptions): Promise<SpawnResult> {
  const result = { ...NOTHING };
  const stop = stopper(child);
  const stdout = options.onLine
    ? lines(child, options.onLine, stop)
    : keep(child, 'stdout', { max: options.maxOutputBytes, onFull: stop });
  const stderr = keep(child, 'stderr', { max: options.maxOutputBytes, onFull: () => undefined });
  let drained: NodeJS.Timeout | undefined;
  // A grandchild may hold the pipes open after its parent has gone. What is left of the group goes with it; on one that left
  // the group we do not wait: our ends of the pipes are closed once what was in them must have come.
  child.on('exit', () => {
    killGroup(child, 'SIGKILL');
    drained = setTimeout(() => void (child.stdout?.destroy(), child.stderr?.destroy()), LIMITS.killGraceMs.value);
  });
  const onLate = (why: 'timedOut' | 'aborted') => {
    result[why] = true;
    stop();
  };
  return ended(child, options, { event: 'close', onLate }).then((facts) => {
    stop.done();
    clearTimeout(drained);
    const [out, err] = [stdout(), stderr()];
    const truncated = out.truncated || err.truncated;
    return { ...result, ...facts, stdout: out.bytes, stderr: err.bytes, truncated };
  });
}

/** Waits for a program that only hands over to another, and no longer than it may: it is never killed. */
function handOver(child: ChildProcess, options: RunOptions): Promise<SpawnResult> {
  child.unref();
  return new Promise((resolve) => {
    const facts = ended(child, options, { event: 'exit', onLate: (why) => resolve({ ...NOTHING, [why]: true }) });
    void facts.then((end) => resolve({ ...NOTHING, ...end }));
  });
}

export type End = Pick<SpawnResult, 'code' | 'signal' | 'startError'>;

interface Ending {
  event: 'exit' | 'close';
  /** Called when its time is over, or its signal fires, before its end. */
  onLate(why: 'timedOut' | 'aborted'): void;
}

function ended(child: ChildProcess, options: RunOptions, { event, onLate }: Ending): Promise<End> {
  const late = new AbortController();
  const { signal } = options;
  const timer = setTimeout(() => onLate('timedOut'), options.timeoutMs);
  signal.addEventListener('abort', () => onLate('aborted'), { once: true, signal: late.signal });
  return endOf(child, event).finally(() => {
    clearTimeout(timer);
    late.abort();
  });
}

function endOf(child: ChildProcess, event: 'exit' | 'close'): Promise<End> {
  return new Promise((resolve) => {
    child.on('error', (error) => {
      // Other errors tell of a signal that could not be sent; the end still comes.
      if (child.pid === undefined) resolve({ code: null, signal: null, startError: messageOf(error) });
    });
    child.on(event, (code: number | null, by: NodeJS.Signals | null) => resolve({ code, signal: by, startError: '' }));
  });
}

function childOptions(options: RunOptions) {
  const quiet = 'ignore' as const;
  const pipe = 'pipe' as const;
  return {
    cwd: options.cwd,
    env: options.env === 'minimal' ? minimalEnv() : { ...options.env },
    // A group of its own, so that all it starts can be stopped with it.
    detached: true,
    windowsHide: true,
    stdio: [options.stdin === 'none' ? quiet : pipe, options.outlives ? quiet : pipe, options.outlives ? quiet : pipe],
  } satisfies Parameters<typeof start>[2];
}

const minimalEnv = (): Record<string, string> => ({
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C.UTF-8',
  HOME: systemUser().home || '/',
});

/** Asks the group to end, and after a grace makes it. */
function stopper(child: ChildProcess): { (): void; done(): void } {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    if (timer !== undefined) return;
    killGroup(child, 'SIGTERM');
    timer = setTimeout(() => killGroup(child, 'SIGKILL'), LIMITS.killGraceMs.value);
  };
  return Object.assign(stop, { done: () => clearTimeout(timer) });
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // ESRCH: all of it has ended. EPERM (macOS): what is left is being reaped.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function argvProblem(file: string, rest: readonly string[]): string {
  if (!isAbsolute(file)) return `the program must be an absolute path, not ${JSON.stringify(file)}`;
  return [file, ...rest].some((word) => word.includes('\0')) ? 'an argument holds a NUL' : '';
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

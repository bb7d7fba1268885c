/** Starts programs: the one file that may. Only those of the list of host programs, with the argv that the list fixes. */
import { spawn as start, type ChildProcess } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { LIMITS } from '../../shared/limits.ts';
import type { Spawn, SpawnOptions, SpawnResult } from '../base/spawn.ts';
import { systemUser } from '../base/user.ts';
import { HOST_PROGRAMS } from './host-programs.ts';

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

type End = Pick<SpawnResult, 'code' | 'signal' | 'startError'>;

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
  return new Promise<End>((resolve) => {
    child.on('error', (error) => {
      // Other errors tell of a signal that could not be sent; the end still comes.
      if (child.pid === undefined) resolve({ code: null, signal: null, startError: messageOf(error) });
    });
    child.on(event, (code: number | null, by: NodeJS.Signals | null) => resolve({ code, signal: by, startError: '' }));
  }).finally(() => {
    clearTimeout(timer);
    late.abort();
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

type Collected = () => { bytes: Buffer; truncated: boolean };

interface Keeping {
  max: number;
  onFull(): void;
}

function keep(child: ChildProcess, name: 'stdout' | 'stderr', { max, onFull }: Keeping): Collected {
  const chunks: Buffer[] = [];
  let size = 0;
  let truncated = false;
  child[name]?.on('data', (chunk: Buffer) => {
    const room = max - size;
    if (chunk.length > room) {
      truncated = true;
      onFull();
    }
    if (room <= 0) return;
    chunks.push(chunk.subarray(0, room));
    size += Math.min(room, chunk.length);
  });
  child[name]?.on('error', () => undefined); // the pipe breaks when the program is killed; its end is told by `close`
  return () => ({ bytes: Buffer.concat(chunks), truncated });
}

function lines(child: ChildProcess, on: NonNullable<SpawnOptions['onLine']>, stop: () => void): Collected {
  let parts: Buffer[] = [];
  let size = 0;
  let cut = false;
  let over = false;
  const add = (bytes: Buffer) => {
    const room = on.maxLineBytes - size;
    if (bytes.length > room) cut = true;
    // A copy: the rest of the chunk need not be held for the sake of this piece.
    if (room > 0) parts.push(Buffer.from(bytes.subarray(0, room)));
    size = Math.min(on.maxLineBytes, size + bytes.length);
  };
  const flush = () => {
    const line = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    const wasCut = cut;
    parts = [];
    size = 0;
    cut = false;
    if (over || on.line(line, wasCut)) return;
    over = true;
    stop();
  };
  child.stdout?.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0 && !over; end = chunk.indexOf(10, from)) {
      add(chunk.subarray(from, end));
      flush();
      from = end + 1;
    }
    if (!over && from < chunk.length) add(chunk.subarray(from));
  });
  child.stdout?.on('error', () => undefined); // as in `keep`
  return () => {
    if (size > 0) flush();
    return { bytes: Buffer.alloc(0), truncated: over };
  };
}

function feed(child: ChildProcess, stdin: SpawnOptions['stdin']): void {
  if (stdin === 'none') return;
  child.stdin?.on('error', () => undefined); // it may end without reading all of it
  child.stdin?.end(stdin);
}

function argvProblem(file: string, rest: readonly string[]): string {
  if (!isAbsolute(file)) return `the program must be an absolute path, not ${JSON.stringify(file)}`;
  return [file, ...rest].some((word) => word.includes('\0')) ? 'an argument holds a NUL' : '';
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The built program as a real process: run to its end, or a server that runs until it is stopped. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { inNamespace } from '../fixtures/namespace.ts';
import type { Place } from './place.ts';

/** The built program; another one is named by its path. */
const MAIN = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url));
const START_MS = 20_000;
const STOP_MS = 15_000;

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** What `serve --json` prints when it is ready. */
export interface Ready {
  ready: boolean;
  url: string;
  port: number;
  pid: number;
  workspace: string;
  trust: unknown;
  sandbox: unknown;
  provider: unknown;
}

export interface Server {
  ready: Ready;
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  origin: string;
  /** All it wrote to stderr so far. */
  stderr(): string;
  /** Runs a line of sh in the server's mount namespace; answers its exit code. Only where it was started with one. */
  inside(line: string): Promise<number>;
  /** Sends a signal and waits for the end; answers the exit code, 128 + n for a signal that killed it. */
  stop(signal?: NodeJS.Signals): Promise<number>;
}

export interface ServeOptions {
  args: string[];
  env: Record<string, string>;
  /** 0 for any free one. */
  port: number;
  /** The program to run, if it is not the one in dist/. */
  main?: string;
  /** A script of sh that mounts what the server shall find, in a mount namespace of its own. */
  mounts?: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  main?: string;
  mounts?: string;
}

/** Runs `vtcode ARGS…` in the workspace, with nothing on stdin, to its end. */
export async function vtcode(place: Place, args: string[], options: RunOptions = {}): Promise<Finished> {
  const child = start(place, args, options);
  const out = collect(child);
  const code = await ended(child);
  return { code, stdout: out.stdout(), stderr: out.stderr() };
}

/** Starts `vtcode serve` on the workspace, and waits until it says that it is ready. */
export async function serve(place: Place, options: ServeOptions): Promise<Server> {
  const args = ['serve', place.workspace, '--no-open', '--json', '--port', String(options.port), ...options.args];
  const child = start(place, args, options);
  const out = collect(child);
  const end = ended(child);
  const ready = await firstLine(child, end, out);
  return {
    ready,
    origin: `http://127.0.0.1:${ready.port}`,
    stderr: out.stderr,
    inside: insideOf(child),
    async stop(signal = 'SIGTERM') {
      (child.stdio[3] as Writable | null)?.end();
      child.kill(signal);
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      const code = await end;
      clearTimeout(killer);
      return code;
    },
  };
}

function start(place: Place, args: string[], { env = {}, main = MAIN, mounts }: RunOptions): ChildProcess {
  const [program = '', ...words] = mounts === undefined ? [] : inNamespace(`${mounts}\n${LISTEN}`, CLOSED);
  const node = [process.execPath, main, ...args];
  return spawn(program === '' ? node[0]! : program, program === '' ? node.slice(1) : [...words, ...node], {
    cwd: place.workspace,
    env: { ...place.env, ...env },
    stdio: mounts === undefined ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
}

/** Beside the server, in its namespace: runs each line that comes on 3, and tells its exit code on 4. */
const LISTEN = '(set +e; while read -r line <&3; do sh -c "$line"; echo $? >&4; done) </dev/null >/dev/null 2>&1 &';
const CLOSED = '3<&- 4>&-';

function insideOf(child: ChildProcess): (line: string) => Promise<number> {
  const [, , , asked, told] = child.stdio as (Writable | Readable | null | undefined)[];
  if (!asked || !told) return () => Promise.reject(new Error('the server was started without mounts of its own'));
  const answers = createInterface({ input: told as Readable })[Symbol.asyncIterator]();
  return async (line) => {
    (asked as Writable).write(`${line}\n`);
    return Number((await answers.next()).value);
  };
}

function collect(child: ChildProcess): { stdout(): string; stderr(): string } {
  const text = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
  return { stdout: () => text.stdout, stderr: () => text.stderr };
}

const SIGNALS: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? 128 + ((signal && SIGNALS[signal]) || 0)));
  });
}

function firstLine(child: ChildProcess, end: Promise<number>, out: ReturnType<typeof collect>): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`vtcode serve ${what}\n${out.stdout()}${out.stderr()}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`said nothing on stdout within ${START_MS} ms`);
    }, START_MS);
    void end.then((code) => {
      clearTimeout(timer);
      fail(`ended with ${code} before it was ready`);
    }, reject);
    child.stdout?.on('data', () => {
      const [line, rest] = out.stdout().split('\n', 2);
      if (rest === undefined || line === undefined) return;
      clearTimeout(timer);
      resolve(JSON.parse(line) as Ready); // our own program's line; a wrong shape fails the test that reads it
    });
  });
}

/** The built program as a real process: run to its end, or a server that runs until it is stopped. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
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
}

export interface RunOptions {
  env?: Record<string, string>;
  main?: string;
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
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      const code = await end;
      clearTimeout(killer);
      return code;
    },
  };
}

function start(place: Place, args: string[], { env = {}, main = MAIN }: RunOptions): ChildProcess {
  return spawn(process.execPath, [main, ...args], {
    cwd: place.workspace,
    env: { ...place.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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

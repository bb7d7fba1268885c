/** A process that is talked to: write to it, wait for what it says, end it. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { Who } from './case.ts';
import { idsOf } from './world.ts';

export interface Talk {
  child: ChildProcess;
  pid: number;
  /** Everything that came out of stdout so far. */
  said(): string;
  errors(): string;
  write(text: string): void;
  /** Resolves once the pattern is in what was said since the last call; rejects when it ends before, or takes too long. */
  until(pattern: RegExp): Promise<string>;
  /** Descriptor 3, where it was asked for. */
  control(): Duplex;
  /** What came out of descriptor 3. */
  told(): string;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** How long anything may take to be said. */
const PATIENCE_MS = 20_000;

export function talk(program: string, args: string[], { who, control = false }: { who: Who; control?: boolean }): Talk {
  const stdio: StdioOptions = ['pipe', 'pipe', 'pipe', ...(control ? ['pipe' as const] : [])];
  const child = spawn(program, args, { cwd: '/', env: {}, stdio, ...idsOf(who) });
  let said = '';
  let errors = '';
  let told = '';
  let from = 0;
  let over = false;
  let wake: () => void = () => undefined;
  child.stdout!.on('data', (chunk) => ((said += chunk), wake()));
  child.stderr!.on('data', (chunk) => (errors += chunk));
  if (control) (child.stdio[3] as Duplex).on('data', (chunk) => (told += chunk));
  child.stdin!.on('error', () => undefined); // it may end while it is written to
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.on('close', (code, signal) => {
      over = true;
      wake();
      resolve({ code, signal });
    }),
  );
  const until = async (pattern: RegExp) => {
    let late = false;
    const timer = setTimeout(() => ((late = true), wake()), PATIENCE_MS);
    try {
      for (;;) {
        const found = pattern.exec(said.slice(from));
        if (found) {
          from += found.index + found[0].length;
          return found[0];
        }
        const heard = JSON.stringify(said.slice(from));
        if (over || late) throw new Error(`${over ? 'It ended' : 'It went on'} without ${pattern}: ${heard} ${errors}`);
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    child,
    pid: child.pid!,
    said: () => said,
    errors: () => errors,
    write: (text) => void child.stdin!.write(text),
    until,
    told: () => told,
    control: () => child.stdio[3] as Duplex, // a socket, as `pipe` was asked for
    ended,
  };
}

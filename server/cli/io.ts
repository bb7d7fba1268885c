/** The terminal as commands see it: result on stdout, all else on stderr, and a person who can be asked, or not. */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import type { Fault } from '../base/fault.ts';
import { visible } from '../base/visible.ts';

export interface Io {
  /** The environment of the process itself: what is deleted here is gone for all. */
  env: NodeJS.ProcessEnv;
  cwd: string;
  platform: NodeJS.Platform;
  /** Writes the result; resolves when it was taken. Nothing else may write on stdout. */
  out(text: string): Promise<void>;
  err(text: string): void;
  /** What comes on stdin, piece by piece. */
  input(): AsyncIterable<Uint8Array>;
  /** Whether a person sits there: stdin and stderr are a terminal. */
  person: boolean;
  /** The terminal that stderr is; `columns` is undefined where there is none. */
  terminal: { stdout: boolean; columns(): number | undefined };
  /** Throws away what was typed so far: it answers no question that comes later. False where that cannot be. */
  forgetTyped(): boolean;
  /** Asks on stderr and answers the line; empty when stdin ends or the signal fires. Only where there is a person. */
  ask(question: string, signal?: AbortSignal): Promise<string>;
}

/** What a shell makes of a program that writes into a closed pipe: 128 + SIGPIPE. */
const PIPE_CLOSED = 141;

export function createIo(owner: NodeJS.Process, env: NodeJS.ProcessEnv): Io {
  for (const stream of [owner.stdout, owner.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      owner.exit(PIPE_CLOSED); // `vtcode … | head`: who reads has enough
    });
  }
  return {
    env,
    cwd: owner.cwd(),
    platform: owner.platform,
    out: (text) => new Promise((resolve) => void owner.stdout.write(text, () => resolve())),
    err: (text) => void owner.stderr.write(text),
    input: () => owner.stdin as AsyncIterable<Uint8Array>, // without an encoding it gives bytes
    person: owner.stdin.isTTY === true && owner.stderr.isTTY === true,
    terminal: { stdout: owner.stdout.isTTY === true, columns: () => owner.stderr.columns },
    forgetTyped: () => owner.stdin.isTTY === true && forgetTyped(),
    async ask(question, signal) {
      if (signal?.aborted === true) return '';
      const reader = createInterface({ input: owner.stdin, output: owner.stderr });
      try {
        const ended = new Promise<string>((resolve) => reader.once('close', () => resolve('')));
        const stopped = new Promise<string>((resolve) =>
          signal?.addEventListener('abort', () => resolve(''), { once: true }),
        );
        return await Promise.race([reader.question(question), ended, stopped]);
      } finally {
        reader.close();
      }
    },
  };
}

/** Through a door of its own, for that of the process waits until there is something. A terminal of another user has none. */
function forgetTyped(): boolean {
  const thrown = Buffer.alloc(4096);
  let door: number | null = null;
  try {
    door = openSync('/dev/stdin', constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    while (readSync(door, thrown) > 0) continue;
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN'; // nothing is left
  } finally {
    if (door !== null) closeSync(door);
  }
}

/** Each line of a text as it is, hidden characters spelt out: what a file or a path holds moves no cursor. */
export const shown = (text: string): string =>
  text
    .split('\n')
    .map((line) => visible(line, 2_000))
    .join('\n');

export function tellFault(io: Pick<Io, 'err'>, fault: Fault): void {
  io.err(`vtcode: ${shown(fault.message)}\n`);
  if (fault.hint !== '') io.err(`  ${shown(fault.hint).replaceAll('\n', '\n  ')}\n`);
}

export function tellWarning(io: Pick<Io, 'err'>, warning: { message: string; hint: string }): void {
  io.err(`vtcode: warning: ${shown(warning.message)}\n`);
  if (warning.hint !== '') io.err(`  ${shown(warning.hint)}\n`);
}

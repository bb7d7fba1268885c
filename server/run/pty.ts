/** A program on a terminal: its bytes both ways, its size, being held up, and the end of all that runs in it. */
import { readdirSync, readFileSync, writeSync } from 'node:fs';
import type { IPty } from 'node-pty';
import { LIMITS } from '../../shared/limits.ts';
import type { TerminalSize } from '../../shared/terminal.ts';
import { startPty, type PtyStart } from './spawn.ts';

export interface PtyEnd {
  code: number | null;
  signal: string;
}

export interface Pty {
  /** Called with what is printed, in order; before the next turn of the event loop, or what was printed then is lost. */
  onData(take: (bytes: Buffer) => void): void;
  /** False where so much waits to be read by the program that this was dropped. */
  write(bytes: Uint8Array): boolean;
  resize(size: TerminalSize): void;
  pause(): void;
  resume(): void;
  /** Hangs up; after a grace all of its session is killed. */
  stop(): void;
  /** Settles when the program has ended and nothing of its session is left. Never rejects. */
  ended: Promise<PtyEnd>;
}

/** Throws where the terminals' module does not load, or the system has no terminal left. */
export async function openPty(start: PtyStart): Promise<Pty> {
  const pty = await startPty(start);
  const input = createInput(pty);
  let grace: NodeJS.Timeout | undefined;
  let isReaped = false;
  const ended = new Promise<PtyEnd>((resolve) => {
    pty.onExit(({ exitCode, signal = 0 }) => {
      clearTimeout(grace);
      input.close();
      isReaped = true;
      killRest(pty.pid);
      resolve(signal === 0 ? { code: exitCode, signal: '' } : { code: null, signal: nameOf(signal) });
    });
  });
  return {
    // Without an encoding what comes are bytes, whatever the declared type says.
    onData: (take) => void pty.onData((data: unknown) => take(data as Buffer)),
    write: input.write,
    resize: ({ columns, rows }) => attempt(() => pty.resize(columns, rows)),
    pause: () => attempt(() => pty.pause()),
    resume: () => attempt(() => pty.resume()),
    stop() {
      if (grace !== undefined || isReaped) return;
      killSession(pty.pid, 'SIGHUP');
      pty.resume(); // what is held up would else never read its end
      grace = setTimeout(() => killSession(pty.pid, 'SIGKILL'), LIMITS.killGraceMs.value);
    },
    ended,
  };
}

/** A terminal that has just ended has no size any more. */
function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Error) || !/EBADF|ioctl/i.test(error.message)) throw error;
  }
}

/**
 * What is typed, written as the program takes it. The module's own writer tries again and again without a pause while a program
 * reads nothing, so this one writes by itself, and waits in between.
 */
function createInput(pty: IPty) {
  // The descriptor is no part of the declared type.
  const { fd } = pty as IPty & { fd: number };
  let waiting: Buffer[] = [];
  let size = 0;
  let retry: NodeJS.Timeout | undefined;
  let open = true;
  const close = () => {
    open = false;
    waiting = [];
    size = 0;
    clearTimeout(retry);
  };
  // Right when the terminal is gone: its number may be that of another file at once.
  (pty as IPty & { on(event: 'close', listener: () => void): void }).on('close', close);
  const flush = (): void => {
    retry = undefined;
    while (open && waiting.length > 0) {
      const [first] = waiting;
      const taken = writeSome(fd, first!);
      if (taken === 'gone') return close();
      size -= taken;
      if (taken < first!.length) {
        waiting[0] = first!.subarray(taken);
        retry = setTimeout(flush, LIMITS.terminalInputRetryMs.value);
        return;
      }
      waiting.shift();
    }
  };
  return {
    close,
    write(bytes: Uint8Array): boolean {
      if (!open) return true;
      if (size + bytes.length > LIMITS.terminalInputBytes.value) return false;
      if (bytes.length === 0) return true;
      waiting.push(Buffer.from(bytes));
      size += bytes.length;
      if (retry === undefined) flush();
      return true;
    },
  };
}

/** Never waits: the descriptor does not block. */
function writeSome(fd: number, bytes: Buffer): number | 'gone' {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return 0;
    if (code === 'EIO' || code === 'EBADF') return 'gone';
    throw error;
  }
}

/** Everything of a session: the shell, and jobs that have groups of their own. What has made a session of its own is not found. */
function killSession(leader: number, signal: NodeJS.Signals): void {
  signalEach([leader, ...membersOf(leader)], signal);
}

/**
 * The same when the leader has been reaped: its number is not its own any more. The system gives it to no other process as long
 * as one of the session is alive; so where it stands for one, that is somebody else's, with a session of its own.
 */
export function killRest(leader: number): void {
  const members = membersOf(leader);
  if (!members.includes(leader)) signalEach(members, 'SIGKILL');
}

function signalEach(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of new Set(pids)) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ESRCH' && code !== 'EPERM') throw error;
    }
  }
}

/** Without /proc (macOS) none but the leader is known, and the kernel hangs up on the rest. */
function membersOf(session: number): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    // proc(5): after the name in brackets come state, ppid, pgrp, session.
    const words = statOf(name).split(') ').pop()!.split(' ');
    return Number(words[3]) === session ? [Number(name)] : [];
  });
}

function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ESRCH')
      return '';
    throw error;
  }
}

const NAMES: Readonly<Record<number, string>> = {
  ...{
    1: 'SIGHUP',
    2: 'SIGINT',
    3: 'SIGQUIT',
    6: 'SIGABRT',
    9: 'SIGKILL',
    11: 'SIGSEGV',
    13: 'SIGPIPE',
    15: 'SIGTERM',
  },
};
const nameOf = (signal: number) => NAMES[signal] ?? `signal ${signal}`;

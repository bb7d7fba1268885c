/** One server a workspace: a lock that the kernel frees when its holder dies, and the address of who holds it. */
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import * as z from 'zod';
import { Fault } from './base/fault.ts';

/** What stands beside the lock: where the server answers. Never the code or a token. */
const ServerFacts = z.object({
  pid: z.int().min(1),
  /** `http://127.0.0.1:PORT/` */
  url: z.string(),
  startedAt: z.string(),
  /** Path of the control socket. */
  control: z.string(),
});
export type ServerFacts = z.infer<typeof ServerFacts>;

export interface WorkspaceLock {
  /** Tells the next server, and the commands of the person, where this one answers. */
  announce(facts: { url: string; control: string }): Promise<void>;
  /** Frees the workspace. May be called twice. */
  release(): void;
}

/**
 * Holds the workspace until it is released or the process ends, however it ends. Throws a Fault 409 with the address of the
 * server that holds it. A POSIX lock falls when any descriptor of its file is closed in this process: nothing else may open it.
 */
export async function lockWorkspace(stateDir: string): Promise<WorkspaceLock> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const held = hold(stateDir);
  if (held === null) throw alreadyRunning(runningServer(stateDir));
  const facts = factsFile(stateDir);
  rmSync(facts, { force: true }); // left by one that was killed
  let free = false;
  return {
    async announce({ url, control }) {
      const startedAt = new Date().toISOString();
      const text = `${JSON.stringify({ pid: process.pid, url, startedAt, control } satisfies ServerFacts)}\n`;
      const temporary = `${facts}.${randomBytes(6).toString('hex')}`;
      await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
      await rename(temporary, facts);
    },
    release() {
      if (free) return;
      free = true;
      rmSync(facts, { force: true });
      held.close();
    },
  };
}

/** What the server that ran last on a workspace said of itself; null where there is none. It may be gone: `isLocked` tells. */
export function runningServer(stateDir: string): ServerFacts | null {
  let text: string;
  try {
    text = readFileSync(factsFile(stateDir), 'utf8');
  } catch {
    return null; // none, or not to be read: either way nothing is known of one
  }
  try {
    return ServerFacts.parse(JSON.parse(text));
  } catch {
    return null; // cut short by a full disk: the lock still tells that one runs
  }
}

const factsFile = (stateDir: string) => join(stateDir, 'server.json');

/** The open database whose exclusive transaction is the lock; null where another process holds it. */
function hold(stateDir: string): Database.Database | null {
  const database = new Database(join(stateDir, 'lock.db'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return null;
    throw new Fault({
      status: 500,
      code: 'lock_failed',
      message: `The lock of this workspace cannot be taken: ${error instanceof Error ? error.message : String(error)}.`,
      hint: `Look at ${join(stateDir, 'lock.db')}: it is made anew when it is taken away while no server runs.`,
    });
  }
}

function alreadyRunning(server: ServerFacts | null): Fault {
  return new Fault({
    status: 409,
    code: 'already_running',
    message:
      server === null
        ? 'A server is already starting on this workspace, or `vtcode exec` runs on it.'
        : `A server already runs on this workspace: ${server.url} (pid ${server.pid}).`,
    hint: 'For a new link to it: vtcode link. To end it, press Ctrl+C where it runs.',
  });
}

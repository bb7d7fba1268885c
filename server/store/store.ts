/** The records of one workspace, opened: the log, its read models, the blobs, and what makes commands run once. */
import { join } from 'node:path';
import { openBlobs, type Blobs } from './blobs.ts';
import { createBus, type Bus } from './bus.ts';
import { createCommands, type Commands } from './commands.ts';
import { readEnds, type ChainEnd } from './ends.ts';
import { createLog, createReading, type EventLog } from './log.ts';
import { asFault, openDb, type Db } from './open.ts';
import { createSessionReads, createSessionWrites, type SessionReads } from './sessions.ts';

export interface Store {
  bus: Bus;
  log: EventLog;
  sessions: SessionReads & ReturnType<typeof createSessionWrites>;
  commands: Commands;
  blobs: Blobs;
  /** Where each chain ends. */
  ends(): ChainEnd[];
  close(): void;
}

/** For the server: the one writer. Who calls it holds the workspace's lock. */
export async function openStore(stateDir: string): Promise<Store> {
  const db = openDb(stateDir, 'write');
  try {
    return await assemble(db, stateDir);
  } catch (error) {
    db.close();
    throw asFault(error, db.raw.name);
  }
}

async function assemble(db: Db, stateDir: string): Promise<Store> {
  const bus = createBus();
  const commands = createCommands(db);
  const log = createLog(db, bus, (event) => commands.mark(event));
  const reads = createSessionReads(db, log);
  return {
    bus,
    log,
    sessions: { ...reads, ...createSessionWrites(log, reads) },
    commands,
    blobs: await openBlobs(join(stateDir, 'blobs')),
    ends: () => readEnds(db),
    close: () => db.close(),
  };
}

export interface StoreReader {
  log: Pick<EventLog, 'all' | 'at' | 'after' | 'window'>;
  sessions: SessionReads;
  close(): void;
}

/** For a command that only looks, also while a server runs. Throws a Fault where there is nothing yet. */
export function openStoreReader(stateDir: string): StoreReader {
  const db = openDb(stateDir, 'read');
  const log = createReading(db);
  return { log, sessions: createSessionReads(db, log), close: () => db.close() };
}

/** The records of one workspace, opened: the log, its read models, the blobs, and what makes commands run once. */
import { join } from 'node:path';
import type { SessionId } from '../../shared/ids.ts';
import type { Signer } from '../base/signer.ts';
import { createAuditReads, type AuditReads } from './audit.ts';
import { openBlobs, type Blobs } from './blobs.ts';
import { createBus, type Bus } from './bus.ts';
import { createCommands, type Commands } from './commands.ts';
import { readEnds, readTombstones, type ChainEnd } from './ends.ts';
import { createGrantReads, type GrantReads } from './grants.ts';
import { noteMissingHead, type Seals } from './heads.ts';
import { createLog, type EventLog } from './log.ts';
import { asFault, openDb, type Db } from './open.ts';
import { createProjection } from './projection.ts';
import { createReading, type LogReads } from './reading.ts';
import { createSessionReads, type SessionReads } from './sessions.ts';
import { createShareReads, createShareWrites, type ShareReads, type ShareWrites } from './shares.ts';
import { createSessionWrites } from './session-writes.ts';
import { createTrash, type Trash } from './trash.ts';

export interface Store {
  bus: Bus;
  log: EventLog;
  sessions: SessionReads & ReturnType<typeof createSessionWrites>;
  trash: Trash;
  audit: AuditReads;
  grants: GrantReads;
  shares: ShareReads & ShareWrites;
  commands: Commands;
  blobs: Blobs;
  /** What heads and receipts are signed with. */
  signer: Signer;
  /** Where each chain ends. */
  ends(): ChainEnd[];
  /** Of each deleted session, what is left of its events, as lines of a file. */
  tombstones(): Map<SessionId, string[]>;
  close(): void;
}

/** For the server: the one writer. Who calls it holds the workspace's lock. */
export async function openStore(stateDir: string, seals: Seals): Promise<Store> {
  const db = openDb(stateDir, 'write');
  try {
    return await assemble(db, stateDir, seals);
  } catch (error) {
    db.close();
    throw asFault(error, db.raw.name);
  }
}

async function assemble(db: Db, stateDir: string, seals: Seals): Promise<Store> {
  const bus = createBus();
  const commands = createCommands(db);
  const log = createLog({ db, bus, seals, project: createProjection(db), mark: (event) => commands.mark(event) });
  noteMissingHead(seals.anchor, log);
  const reads = createSessionReads(db, log);
  const blobs = await openBlobs(join(stateDir, 'blobs'));
  return {
    bus,
    log,
    sessions: { ...reads, ...createSessionWrites(log, reads) },
    trash: createTrash({ db, log, reads, blobs }),
    audit: createAuditReads(db),
    grants: createGrantReads(db, log),
    shares: { ...createShareReads(db, log), ...createShareWrites(db, log) },
    commands,
    blobs,
    signer: seals.signer,
    ends: () => readEnds(db),
    tombstones: () => readTombstones(db),
    close: () => db.close(),
  };
}

export interface StoreReader {
  log: LogReads;
  sessions: SessionReads;
  grants: GrantReads;
  shares: ShareReads;
  close(): void;
}

/** For a command that only looks, also while a server runs. Throws a Fault where there is nothing yet. */
export function openStoreReader(stateDir: string): StoreReader {
  const db = openDb(stateDir, 'read');
  const log = createReading(db);
  return {
    log,
    sessions: createSessionReads(db, log),
    grants: createGrantReads(db, log),
    shares: createShareReads(db, log),
    close: () => db.close(),
  };
}

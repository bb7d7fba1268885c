/** The event log: append-only, numbered, chained; what it has acknowledged is in the database. */
import { desc, eq, sql } from 'drizzle-orm';
import type { NewEvent, SessionEvent } from '../../shared/event.ts';
import { newEventId, type SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import type { Bus } from './bus.ts';
import { genesis, hashOf, newSalt } from './chain.ts';
import { sealsChainOf, signedHead, writeAnchor, type Head, type Seals } from './heads.ts';
import { asFault, type Db } from './open.ts';
import type { Project } from './projection.ts';
import { createReading, type LogReads } from './reading.ts';
import { createReplay, type Replay } from './replay.ts';
import { events } from './schema.ts';

export type Durability = 'batched' | 'synced';

export interface EventLog extends LogReads {
  /**
   * Stores, numbers and chains an event, then publishes it on the bus. `synced`: on the disk before it returns, for what is
   * acknowledged to a person or to the model. Where it ends a turn or is another moment that must stand, a signed head of its
   * chain follows in the same transaction, and all of it is synced. Throws a Fault (503 or 507) when it cannot be stored;
   * nothing was published then.
   */
  record(event: NewEvent, durability?: Durability): SessionEvent;
  /** The same for several, all of them or none, with one sync. `past`: they are copies, and keep the time they had. */
  recordAll(list: readonly (NewEvent | Past)[], durability?: Durability): SessionEvent[];
  /** The last event of a chain; before its first, its genesis. */
  headOf(chain: SessionId | 'workspace'): Head;
  /** The same as the stream sends them. */
  replay: Replay;
  /** The highest seq so far; 0 in an empty log. */
  head(): number;
}

/** A copy of an event of another session: it moves no table but those that are searched. */
export type Past = NewEvent & { past: { at: string } };

export interface LogDeps {
  db: Db;
  bus: Bus;
  seals: Seals;
  project: Project;
  /** Called for each event in its transaction, see Commands. */
  mark(event: SessionEvent): void;
}

export function createLog({ db, bus, seals, project, mark }: LogDeps): EventLog {
  const heads = new Map<string, Head>();
  const clock = createClock();
  const { insert, newest, highest } = statements(db);
  let head = highest.get()!.seq;
  const headOf = (chain: SessionId | 'workspace'): Head =>
    heads.get(chain) ?? { chain, ...(newest.get({ chain }) ?? { chainSeq: 0, hash: genesis(chain) }) };

  const append = db.raw.transaction((list: readonly (NewEvent | Past)[]): SessionEvent[] => {
    // Ahead of `heads`, which only follow when the transaction stands.
    const ahead = new Map<string, Head>();
    const at = (chain: SessionId | 'workspace') => ahead.get(chain) ?? headOf(chain);
    const put = (event: NewEvent | Past): SessionEvent => {
      const past = 'past' in event;
      const { sealed, data } = seal(event, at(event.session ?? 'workspace'), past ? event.past.at : clock());
      const { seq } = insert.get({ ...sealed, data });
      // The data fits the type: a NewEvent has one that does, and this is one with its envelope.
      const stored = { ...sealed, seq } as SessionEvent;
      ahead.set(stored.chain, stored);
      project(stored, past);
      mark(stored);
      return stored;
    };
    return list.flatMap((event) => {
      const stored = put(event);
      const moment = 'past' in event ? null : sealsChainOf(event);
      if (moment === null) return [stored];
      const data = signedHead(seals.signer, pick(at(moment)), at('workspace').hash);
      return [stored, put({ type: 'head.signed', data, session: null, turn: null, actor: 'system' })];
    });
  });

  function recordAll(list: readonly (NewEvent | Past)[], durability: Durability = 'batched'): SessionEvent[] {
    const synced = durability === 'synced' || list.some((event) => !('past' in event) && sealsChainOf(event) !== null);
    const stored = write(db, synced ? 'synced' : 'batched', () => append(list));
    for (const event of stored) {
      heads.set(event.chain, pick(event));
      head = event.seq;
    }
    const signed = stored.findLast((event) => event.type === 'head.signed');
    if (signed) keepAnchor(seals.anchor, signed);
    for (const event of stored) bus.publish({ kind: 'durable', event });
    return stored;
  }

  return {
    record: (event, durability) => recordAll([event], durability)[0]!,
    recordAll,
    headOf,
    head: () => head,
    replay: createReplay(db.raw),
    ...createReading(db),
  };
}

function statements({ orm }: Db) {
  return {
    insert: orm.insert(events).values(INSERTED).returning({ seq: events.seq }).prepare(),
    newest: orm
      .select({ chainSeq: events.chainSeq, hash: events.hash })
      .from(events)
      .where(eq(events.chain, sql.placeholder('chain')))
      .orderBy(desc(events.chainSeq))
      .limit(1)
      .prepare(),
    highest: orm
      .select({ seq: sql<number>`coalesce(max(${events.seq}), 0)` })
      .from(events)
      .prepare(),
  };
}

const pick = ({ chain, chainSeq, hash }: Head): Head => ({ chain, chainSeq, hash });

function seal(event: NewEvent | Past, before: Head, at: string) {
  const { type, turn, actor } = event;
  const data = JSON.stringify(event.data);
  refuseOversize(type, data);
  const { chain, chainSeq, hash: prev } = before;
  const envelope = { v: 1 as const, id: newEventId(), at, chain, chainSeq: chainSeq + 1, turn, actor, type };
  // Sealed as it will be read back: JSON drops an undefined, and a hash over it would never verify.
  const unsealed = { ...envelope, data: JSON.parse(data) as unknown, salt: newSalt(), prev };
  return { sealed: { ...unsealed, hash: hashOf(unsealed) }, data };
}

/**
 * The event is stored, signed and synced by now; what stands beside it may lag behind by one, and is then written with the next.
 * The signed head before it is still in the chain, so nothing is taken for broken.
 */
function keepAnchor(path: string, signed: SessionEvent): void {
  try {
    writeAnchor(path, signed);
  } catch (error) {
    process.emitWarning(`the last signed head could not be kept in ${path}: ${String(error)}`);
  }
}

const INSERTED = {
  id: sql.placeholder('id'),
  at: sql.placeholder('at'),
  chain: sql.placeholder('chain'),
  chainSeq: sql.placeholder('chainSeq'),
  turn: sql.placeholder('turn'),
  actor: sql.placeholder('actor'),
  type: sql.placeholder('type'),
  data: sql.placeholder('data'),
  salt: sql.placeholder('salt'),
  prev: sql.placeholder('prev'),
  hash: sql.placeholder('hash'),
};

function write(db: Db, durability: Durability, append: () => SessionEvent[]): SessionEvent[] {
  try {
    if (durability === 'batched') return append();
    db.raw.pragma('synchronous = FULL');
    try {
      return append();
    } finally {
      db.raw.pragma('synchronous = NORMAL');
    }
  } catch (error) {
    throw asFault(error, db.raw.name);
  }
}

/** RFC 3339 with microseconds, always rising in one process, also when the system's clock steps back. */
function createClock(): () => string {
  let last = 0;
  return () => {
    last = Math.max(Date.now() * 1000, last + 1);
    const micros = String(last % 1_000_000).padStart(6, '0');
    return `${new Date(Math.floor(last / 1_000_000) * 1000).toISOString().slice(0, 19)}.${micros}Z`;
  };
}

function refuseOversize(type: string, data: string): void {
  const limit = LIMITS.eventBytes;
  if (data.length <= limit.value) return;
  throw new Fault({
    status: 413,
    code: 'event_too_large',
    message: `A record of type ${type} would be ${data.length} bytes; the bound is ${limit.value} (${limit.why}).`,
  });
}

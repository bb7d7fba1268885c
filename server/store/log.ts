/** The event log: append-only, numbered, chained; what it has acknowledged is in the database. */
import { and, asc, desc, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import type { NewEvent, SessionEvent } from '../../shared/event.ts';
import { newEventId, type SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import type { Bus } from './bus.ts';
import { genesis, hashOf, newSalt } from './chain.ts';
import { asFault, type Db } from './open.ts';
import { createProjection } from './projection.ts';
import { createReplay, type Replay } from './replay.ts';
import { events } from './schema.ts';

export interface EventLog {
  /**
   * Stores, numbers and chains an event, then publishes it on the bus. `synced`: on the disk before it returns, for what is
   * acknowledged to a person or to the model. Throws a Fault (503 or 507) when it cannot be stored; nothing was published then.
   */
  record(event: NewEvent, durability?: 'batched' | 'synced'): SessionEvent;
  /** Events with a seq above `after`, rising, at most `limit`; of these sessions and the workspace chain, or of all for null. */
  after(after: number, options: { sessions: readonly SessionId[] | null; limit: number }): SessionEvent[];
  /** The same as the stream sends them. */
  replay: Replay;
  /** Events of one session, rising: at most `limit`, the last ones below `before`. */
  window(session: SessionId, options: { before: number; limit: number }): SessionEvent[];
  /** All events of a chain, rising, read page by page. */
  all(chain: SessionId | 'workspace'): Iterable<SessionEvent>;
  /** One event by its number. Throws where there is none. */
  at(seq: number): SessionEvent;
  /** The highest seq so far; 0 in an empty log. */
  head(): number;
}

interface Head {
  chainSeq: number;
  hash: string;
}

/** `mark` is called for each event in its transaction, see Commands. */
export function createLog(db: Db, bus: Bus, mark: (event: SessionEvent) => void): EventLog {
  const { orm } = db;
  const heads = new Map<string, Head>();
  const clock = createClock();
  const project = createProjection(orm);
  const insert = orm.insert(events).values(INSERTED).returning({ seq: events.seq }).prepare();
  const headOf = orm
    .select({ chainSeq: events.chainSeq, hash: events.hash })
    .from(events)
    .where(eq(events.chain, sql.placeholder('chain')))
    .orderBy(desc(events.chainSeq))
    .limit(1)
    .prepare();
  const highest = orm
    .select({ seq: sql<number>`coalesce(max(${events.seq}), 0)` })
    .from(events)
    .prepare();
  let head = highest.get()!.seq;

  const append = db.raw.transaction((sealed: Omit<SessionEvent, 'seq'>, data: string): SessionEvent => {
    const { seq } = insert.get({ ...sealed, data });
    // The data fits the type: `record` takes only a NewEvent, and this is one with its envelope.
    const event = { ...sealed, seq } as SessionEvent;
    project(event);
    mark(event);
    return event;
  });

  function record(event: NewEvent, durability: 'batched' | 'synced' = 'batched'): SessionEvent {
    const chain: SessionId | 'workspace' = event.session ?? 'workspace';
    const before = heads.get(chain) ?? headOf.get({ chain }) ?? { chainSeq: 0, hash: genesis(chain) };
    const { type, turn, actor } = event;
    const data = JSON.stringify(event.data);
    refuseOversize(type, data);
    const envelope = {
      v: 1 as const,
      id: newEventId(),
      at: clock(),
      chain,
      chainSeq: before.chainSeq + 1,
      turn,
      actor,
    };
    // Sealed as it will be read back: JSON drops an undefined, and a hash over it would never verify.
    const unsealed = { ...envelope, type, data: JSON.parse(data) as unknown, salt: newSalt(), prev: before.hash };
    const hash = hashOf(unsealed);
    const stored = write(db, durability, () => append({ ...unsealed, hash } as Omit<SessionEvent, 'seq'>, data));
    heads.set(chain, { chainSeq: stored.chainSeq, hash });
    head = stored.seq;
    bus.publish({ kind: 'durable', event: stored });
    return stored;
  }

  return { record, head: () => head, replay: createReplay(db.raw), ...createReading(db) };
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

function write(db: Db, durability: 'batched' | 'synced', append: () => SessionEvent): SessionEvent {
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

/** The reading half, which a command that only looks needs too. */
export function createReading({ orm }: Pick<Db, 'orm'>): Omit<EventLog, 'record' | 'head' | 'replay'> {
  const everything = orm
    .select()
    .from(events)
    .where(gt(events.seq, sql.placeholder('after')));
  const page = everything.orderBy(asc(events.seq)).limit(sql.placeholder('limit')).prepare();
  const one = orm
    .select()
    .from(events)
    .where(eq(events.seq, sql.placeholder('seq')))
    .prepare();
  const below = and(eq(events.chain, sql.placeholder('chain')), lt(events.seq, sql.placeholder('before')));
  const last = orm
    .select()
    .from(events)
    .where(below)
    .orderBy(desc(events.seq))
    .limit(sql.placeholder('limit'))
    .prepare();
  const above = and(eq(events.chain, sql.placeholder('chain')), gt(events.seq, sql.placeholder('after')));
  const next = orm
    .select()
    .from(events)
    .where(above)
    .orderBy(asc(events.seq))
    .limit(sql.placeholder('limit'))
    .prepare();

  return {
    after(after, { sessions, limit }) {
      if (sessions === null) return page.all({ after, limit }).map(toEvent);
      const chosen = and(gt(events.seq, after), inArray(events.chain, ['workspace', ...sessions]));
      return orm.select().from(events).where(chosen).orderBy(asc(events.seq)).limit(limit).all().map(toEvent);
    },
    window: (session, { before, limit }) => last.all({ chain: session, before, limit }).reverse().map(toEvent),
    *all(chain) {
      let after = 0;
      for (;;) {
        const rows = next.all({ chain, after, limit: LIMITS.replayPage.value });
        if (rows.length === 0) return;
        for (const row of rows) yield toEvent(row);
        after = rows.at(-1)!.seq;
      }
    },
    at(seq) {
      const row = one.get({ seq });
      if (!row) throw new Error(`the log has no event ${seq}`);
      return toEvent(row);
    },
  };
}

/** Rows are ours: what was parsed when it was recorded is trusted when it is read. */
function toEvent(row: typeof events.$inferSelect): SessionEvent {
  return { v: 1, ...row, data: JSON.parse(row.data) as unknown } as SessionEvent;
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

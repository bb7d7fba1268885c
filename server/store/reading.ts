/** The reading half of the log, which a command that only looks needs too. */
import { and, asc, desc, eq, gt, inArray, lt, ne, sql, type SQL } from 'drizzle-orm';
import type { EventType, SessionEvent } from '../../shared/event.ts';
import type { SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Db } from './open.ts';
import { events } from './schema.ts';

/** What was deleted is passed over by all of these: its tombstones are for who checks the chain. */
export interface LogReads {
  /** Events with a seq above `after`, rising, at most `limit`; of these sessions and the workspace chain, or of all for null. */
  after(after: number, options: { sessions: readonly SessionId[] | null; limit: number }): SessionEvent[];
  /** Events of one session, rising: at most `limit`, the last ones below `before`. */
  window(session: SessionId, options: { before: number; limit: number }): SessionEvent[];
  /** Events of one session with a seq above `after`, rising, at most `limit`. */
  from(session: SessionId, options: { after: number; limit: number }): SessionEvent[];
  /** The number before that of the first event that was at this time or later; the highest one where there is none. */
  before(at: string): number;
  /** All events of a chain, rising, read page by page. */
  all(chain: SessionId | 'workspace'): Iterable<SessionEvent>;
  /** Those of one type in a session, rising. */
  ofType(session: SessionId, type: EventType): SessionEvent[];
  /** One event by its number. Throws where there is none. */
  at(seq: number): SessionEvent;
  /** The seal of an event by its place in its chain, of a tombstone too; null where there is none. */
  chainAt(chain: SessionId | 'workspace', chainSeq: number): { seq: number; hash: string } | null;
  /** The number of an event, of a tombstone too; null where there is none of that id. */
  seqOf(id: string): number | null;
  /** The event with the highest number, a tombstone too; null in an empty log. */
  newest(): { seq: number; id: string; at: string } | null;
}

const isThere = ne(events.data, '');

export function createReading({ orm }: Pick<Db, 'orm'>): LogReads {
  const everything = orm
    .select()
    .from(events)
    .where(and(gt(events.seq, sql.placeholder('after')), isThere));
  const page = everything.orderBy(asc(events.seq)).limit(sql.placeholder('limit')).prepare();
  const mine = eq(events.chain, sql.placeholder('chain'));
  const last = orm
    .select()
    .from(events)
    .where(and(mine, lt(events.seq, sql.placeholder('before')), isThere))
    .orderBy(desc(events.seq))
    .limit(sql.placeholder('limit'))
    .prepare();
  const next = orm
    .select()
    .from(events)
    .where(and(mine, gt(events.seq, sql.placeholder('after')), isThere))
    .orderBy(asc(events.seq))
    .limit(sql.placeholder('limit'))
    .prepare();

  return {
    ofType: (session, type) =>
      everyOf(orm, and(eq(events.chain, session), eq(events.type, type), isThere)).map(toEvent),
    ...createLookups({ orm }),
    after(after, { sessions, limit }) {
      if (sessions === null) return page.all({ after, limit }).map(toEvent);
      const chosen = and(gt(events.seq, after), inArray(events.chain, ['workspace', ...sessions]), isThere);
      return orm.select().from(events).where(chosen).orderBy(asc(events.seq)).limit(limit).all().map(toEvent);
    },
    before: beforeOf(orm),
    from: (session, { after, limit }) => next.all({ chain: session, after, limit }).map(toEvent),
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
  };
}

/** One event, by its number or its place. */
function createLookups({ orm }: Pick<Db, 'orm'>): Pick<LogReads, 'at' | 'chainAt' | 'seqOf' | 'newest'> {
  const one = orm
    .select()
    .from(events)
    .where(and(eq(events.seq, sql.placeholder('seq')), isThere))
    .prepare();
  const place = and(eq(events.chain, sql.placeholder('chain')), eq(events.chainSeq, sql.placeholder('chainSeq')));
  const sealAt = orm.select({ seq: events.seq, hash: events.hash }).from(events).where(place).prepare();
  const byId = orm
    .select({ seq: events.seq })
    .from(events)
    .where(eq(events.id, sql.placeholder('id')))
    .prepare();
  const { seq, id, at } = events;
  const newest = orm.select({ seq, id, at }).from(events).orderBy(desc(seq)).limit(1).prepare();
  return {
    seqOf: (of) => byId.get({ id: of })?.seq ?? null,
    newest: () => newest.get() ?? null,
    at(seq) {
      const row = one.get({ seq });
      if (!row) throw new Error(`the log has no event ${seq}`);
      return toEvent(row);
    },
    chainAt: (chain, chainSeq) => sealAt.get({ chain, chainSeq }) ?? null,
  };
}

const everyOf = (orm: Db['orm'], which: SQL | undefined) =>
  orm.select().from(events).where(which).orderBy(asc(events.seq)).all();

function beforeOf(orm: Db['orm']): LogReads['before'] {
  const since = orm
    .select({
      first: sql<number | null>`min(case when ${events.at} >= ${sql.placeholder('at')} then ${events.seq} end)`,
      last: sql<number>`coalesce(max(${events.seq}), 0)`,
    })
    .from(events)
    .prepare();
  return (at) => {
    const { first, last } = since.get({ at })!;
    return first === null ? last : first - 1;
  };
}

/** Rows are ours: what was parsed when it was recorded is trusted when it is read. */
function toEvent({ commitment: _, ...row }: typeof events.$inferSelect): SessionEvent {
  return { v: 1, ...row, data: JSON.parse(row.data) as unknown } as SessionEvent;
}

/** Standing rules as they were recorded: those in force, and all of them with their last use. */
import { and, count, desc, eq, gt } from 'drizzle-orm';
import type { EventData } from '../../shared/event.ts';
import type { GrantId } from '../../shared/ids.ts';
import type { Db } from './open.ts';
import type { LogReads } from './reading.ts';
import { events, grants } from './schema.ts';

/** A rule with what became of it. */
export interface KeptGrant {
  added: EventData<'grant.added'>;
  madeAt: string;
  madeBy: string;
  /** Empty while it stands. */
  revokedAt: string;
  /** Empty where it was never used. */
  usedAt: string;
  uses: number;
}

export interface GrantReads {
  /** Not taken away, and not past their time at `now` (RFC 3339, UTC). */
  standing(now: string): KeptGrant[];
  /** How many these are. */
  count(now: string): number;
  /** The newest first, those that ended too. */
  list(limit: number): KeptGrant[];
  get(id: GrantId): KeptGrant | null;
  /** What was proposed, the newest first, of all sessions. */
  proposals(options: { before: number; limit: number; session: string | null }): Proposal[];
  /** Whether a person said no to it. */
  wasDenied(actionId: string, session: string): boolean;
}

export interface Proposal {
  seq: number;
  at: string;
  session: string;
  data: EventData<'action.proposed'>;
}

export function createGrantReads({ orm, raw }: Pick<Db, 'orm' | 'raw'>, log: Pick<LogReads, 'at'>): GrantReads {
  const open = (now: string) => and(eq(grants.revokedAt, ''), gt(grants.until, now));
  const toKept = (row: typeof grants.$inferSelect): KeptGrant => {
    const event = log.at(row.seq);
    if (event.type !== 'grant.added') throw new Error(`event ${row.seq} is no standing rule`);
    const { revokedAt, usedAt, uses } = row;
    return { added: event.data, madeAt: event.at, madeBy: event.actor, revokedAt, usedAt, uses };
  };
  const proposed = raw.prepare<[{ before: number; limit: number; session: string | null }], ProposalRow>(
    `select seq, at, chain, data from events where type = 'action.proposed' and data <> '' and seq < :before
     and (:session is null or chain = :session) order by seq desc limit :limit`,
  );
  const denied = raw.prepare<[{ actionId: string; session: string }], { one: number }>(
    `select 1 as one from audit join events using (seq) where audit.action_id = :actionId and audit.type = 'action.denied'
     and events.chain = :session and json_extract(nullif(events.data, ''), '$.by') = 'person' limit 1`,
  );
  return {
    standing: (now) => orm.select().from(grants).where(open(now)).orderBy(grants.seq).all().map(toKept),
    count: (now) => orm.select({ n: count() }).from(grants).where(open(now)).get()!.n,
    list: (limit) => orm.select().from(grants).orderBy(desc(grants.seq)).limit(limit).all().map(toKept),
    get(id) {
      const row = orm.select().from(grants).where(eq(grants.id, id)).get();
      return row === undefined ? null : toKept(row);
    },
    proposals: (options) =>
      proposed.all(options).map(({ seq, at, chain, data }) => ({
        seq,
        at,
        session: chain,
        data: JSON.parse(data) as EventData<'action.proposed'>, // ours: it was parsed when it was recorded
      })),
    wasDenied: (actionId, session) => denied.get({ actionId, session }) !== undefined,
  };
}

type ProposalRow = Pick<typeof events.$inferSelect, 'seq' | 'at' | 'chain' | 'data'>;

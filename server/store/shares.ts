/** Shares as they are kept: a row for each, with the hash of its token while it opens something. */
import { and, count, desc, eq, gt, lte, ne } from 'drizzle-orm';
import type { Actor } from '../../shared/event.ts';
import type { SessionId, ShareId } from '../../shared/ids.ts';
import { ShareInfo, ShareWish } from '../../shared/share.ts';
import { Fault } from '../base/fault.ts';
import type { EventLog } from './log.ts';
import type { Db } from './open.ts';
import type { LogReads } from './reading.ts';
import { sessions, shares } from './schema.ts';
import { isThere } from './session-row.ts';

/** A share that opens something. */
export interface OpenShare {
  id: ShareId;
  session: SessionId;
  createdAt: string;
  /** RFC 3339. */
  expiresAt: string;
  live: boolean;
  upTo: number;
  /** SHA-256 (hex). */
  token: string;
  wish: ShareWish;
  port: number;
}

export type NewShare = Omit<OpenShare, 'createdAt'>;

export interface ShareReads {
  /** Null where it opens nothing: never made, revoked, expired at `now` (RFC 3339, UTC), its session deleted, its token lost. */
  open(id: string, now: string): OpenShare | null;
  /** It was made, and opens nothing any more. */
  hasEnded(id: string, now: string): boolean;
  /** How many of them are open. */
  countOpen(now: string): number;
  /** The port of the newest of these; null where there is none. */
  lastPort(now: string): number | null;
  /** The newest first, those that ended too; of one session or of all. Viewers are not known here: 0. */
  list(options: { now: string; limit: number; session: SessionId | null }): ShareInfo[];
}

export interface ShareWrites {
  /** Records it, and keeps the hash of its token. It opens from then on. */
  add(share: NewShare, actor: Actor): void;
  /** Throws a Fault: 404 where there is none, 409 where it has been revoked, or its session deleted. */
  revoke(id: ShareId, actor: Actor): void;
  /** Records that it was looked at so many times. */
  viewed(id: ShareId, views: number): void;
  /** Takes out of the rows of shares that are past their time what those held. */
  sweep(now: string): void;
}

export function createShareReads({ orm }: Pick<Db, 'orm'>, log: Pick<LogReads, 'at'>): ShareReads {
  const opens = (now: string) => and(ne(shares.token, ''), eq(shares.ended, ''), gt(shares.expiresAt, now), isThere);
  const here = eq(shares.session, sessions.id);
  const open = (id: string, now: string): OpenShare | null => {
    const row = orm
      .select({ share: shares })
      .from(shares)
      .innerJoin(sessions, here)
      .where(and(eq(shares.id, id), opens(now)))
      .get();
    return row === undefined ? null : toOpen(row.share);
  };
  const wasMade = (id: string) => orm.select({ id: shares.id }).from(shares).where(eq(shares.id, id)).get();
  return {
    open,
    hasEnded: (id, now) => wasMade(id) !== undefined && open(id, now) === null,
    countOpen: (now) => orm.select({ n: count() }).from(shares).innerJoin(sessions, here).where(opens(now)).get()!.n,
    lastPort(now) {
      const newest = orm.select({ port: shares.port }).from(shares).innerJoin(sessions, here).where(opens(now));
      return newest.orderBy(desc(shares.seq)).limit(1).get()?.port ?? null;
    },
    list({ now, limit, session }) {
      const rows = orm
        .select({ share: shares, title: sessions.title })
        .from(shares)
        .leftJoin(sessions, and(here, isThere))
        .where(session === null ? undefined : eq(shares.session, session))
        .orderBy(desc(shares.seq))
        .limit(limit);
      return rows.all().map(({ share, title }) => {
        const event = log.at(share.seq);
        if (event.type !== 'share.created') throw new Error(`event ${share.seq} made no share`);
        const { kept, reasoning, output } = event.data;
        return ShareInfo.parse({
          ...{ id: share.id, session: share.session, title: title ?? '', live: share.live },
          ...{ createdAt: share.createdAt, expiresAt: share.expiresAt, endedAt: share.endedAt },
          state: stateOf(share, title !== null, now),
          ...{ viewers: 0, views: share.views, viewedAt: share.viewedAt },
          ...{ kept, reasoning, output },
        });
      });
    },
  };
}

type Row = typeof shares.$inferSelect;

function stateOf({ ended, expiresAt, token }: Row, hasSession: boolean, now: string): ShareInfo['state'] {
  if (ended !== '') return ended;
  if (!hasSession) return 'deleted';
  if (expiresAt <= now) return 'expired';
  return token === '' ? 'lost' : 'open';
}

function toOpen({ id, session, createdAt, expiresAt, live, upTo, token, wish, port }: Row): OpenShare {
  // Ours: both ids were parsed when the event was recorded.
  const ids = { id: id as ShareId, session: session as SessionId };
  return { ...ids, createdAt, expiresAt, live, upTo, token, wish: ShareWish.parse(JSON.parse(wish)), port };
}

export function createShareWrites({ orm }: Pick<Db, 'orm'>, log: Pick<EventLog, 'record'>): ShareWrites {
  const outside = { session: null, turn: null };
  return {
    add({ id, session, expiresAt, live, upTo, token, wish, port }, actor) {
      const kept = wish.redactions.flatMap((one) => (typeof one === 'object' && 'keep' in one ? [one.keep] : []));
      const words = wish.redactions.length - kept.length;
      const { reasoning, output } = wish;
      const facts = { session, live, expiresAt, upTo, kept, words, reasoning, output };
      log.record({ type: 'share.created', data: { shareId: id, ...facts }, actor, ...outside }, 'synced');
      // Cut off before this, the share is in the record and opens nothing.
      const secret = { token, wish: JSON.stringify(wish), port };
      orm.update(shares).set(secret).where(eq(shares.id, id)).run();
    },
    revoke(id, actor) {
      const row = orm.select({ ended: shares.ended }).from(shares).where(eq(shares.id, id)).get();
      if (row === undefined) throw noShare();
      if (row.ended !== '') throw ended();
      log.record({ type: 'share.revoked', data: { shareId: id }, actor, ...outside }, 'synced');
    },
    viewed: (id, views) =>
      void log.record({ type: 'share.viewed', data: { shareId: id, views }, actor: 'system', ...outside }),
    sweep(now) {
      const past = and(lte(shares.expiresAt, now), ne(shares.wish, ''));
      orm.update(shares).set({ token: '', wish: '' }).where(past).run();
    },
  };
}

const noShare = () =>
  new Fault({
    status: 404,
    code: 'no_such_share',
    message: 'There is no share of this id.',
    hint: 'List them: vtcode share list',
  });

const ended = () =>
  new Fault({ status: 409, code: 'share_ended', message: 'The share has ended already: its link opens nothing.' });

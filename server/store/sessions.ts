/** Sessions as a list and one by one: read models over the log, and the commands that name a session. */
import { and, desc, eq, like, lt, sql } from 'drizzle-orm';
import type { Change, PendingApproval, SessionInfo } from '../../shared/api.ts';
import type { Actor, SessionEvent } from '../../shared/event.ts';
import { newSessionId, SessionId, type ApprovalId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { addUsage, NO_USAGE, type Usage } from '../../shared/message.ts';
import { Fault } from '../base/fault.ts';
import { createLeftOverReads } from './left-over.ts';
import type { EventLog } from './log.ts';
import type { Db } from './open.ts';
import { approvals, events, sessions } from './schema.ts';

const PAGE = 100;
const UNTITLED = 'New session';

const WAITING = sql<number>`(select count(*) from ${approvals} where ${approvals.session} = ${sessions.id} and state = 'open')`;

const COLUMNS = {
  id: sessions.id,
  title: sessions.title,
  createdAt: sessions.createdAt,
  updatedAt: sessions.updatedAt,
  turn: sessions.turn,
  lastTurn: sessions.lastTurn,
  waiting: WAITING,
};

export type SessionReads = ReturnType<typeof createSessionReads>;

/** What a reader needs: no way to write. */
export function createSessionReads({ orm }: Pick<Db, 'orm'>, log: Pick<EventLog, 'at' | 'all'>) {
  return {
    /**
     * Newest first, a page at a time; `query` is looked for in titles. The pages after the first go on in the order of that
     * moment, so each session that was there then comes once, however many change in between.
     */
    list({ query, cursor }: { query: string; cursor: string | null }): {
      sessions: SessionInfo[];
      next: string | null;
    } {
      const from = cursor === null ? null : parseCursor(cursor);
      const place = from === null ? sql<number>`${sessions.updatedSeq}` : placeAt(from.moment);
      const older = from === null ? undefined : lt(place, from.place);
      const named = query === '' ? undefined : like(sessions.title, `%${query.replace(/[%_]/g, '_')}%`);
      const rows = orm
        .select({ ...COLUMNS, place })
        .from(sessions)
        .where(and(older, named))
        .orderBy(desc(place))
        .limit(PAGE)
        .all();
      const moment = from?.moment ?? rows[0]?.place;
      const next = rows.length === PAGE ? `${moment}-${rows.at(-1)!.place}` : null;
      return { sessions: rows.map(toInfo), next };
    },

    get(session: SessionId): SessionInfo {
      const row = orm.select(COLUMNS).from(sessions).where(eq(sessions.id, session)).get();
      if (!row) throw noSession(session);
      return toInfo(row);
    },

    /** Requests that wait, oldest first; of one session or of all. */
    pending(session: SessionId | null): PendingApproval[] {
      const open = eq(approvals.state, 'open');
      const where = session === null ? open : and(open, eq(approvals.session, session));
      const rows = orm.select().from(approvals).where(where).orderBy(approvals.seq).all();
      return rows.map((row) => toPending(log.at(row.seq)));
    },

    /** The state of a request by its id; null where there never was one. */
    approval(id: ApprovalId) {
      return orm.select().from(approvals).where(eq(approvals.id, id)).get() ?? null;
    },

    ...createLeftOverReads({ orm }),
    ...createLedgerReads({ orm }),
  };
}

/** What is summed over the events of a session. */
function createLedgerReads({ orm }: Pick<Db, 'orm'>) {
  return {
    changes(session: SessionId, scope: 'turn' | 'session'): Change[] {
      const mine = and(eq(events.chain, session), eq(events.type, 'file.changed'));
      const rows = orm
        .select({ turn: events.turn, data: events.data })
        .from(events)
        .where(mine)
        .orderBy(events.seq)
        .all();
      const turn = rows.at(-1)?.turn;
      const wanted = scope === 'turn' ? rows.filter((row) => row.turn === turn) : rows;
      return netChanges(wanted.map((row) => JSON.parse(row.data) as Change));
    },

    usage(session: SessionId): Usage {
      const mine = and(eq(events.chain, session), eq(events.type, 'usage.recorded'));
      const rows = orm.select({ data: events.data }).from(events).where(mine).all();
      return rows.reduce((sum, row) => addUsage(sum, (JSON.parse(row.data) as { usage: Usage }).usage), NO_USAGE);
    },
  };
}

/** One row a file: from what stood before its first change to what stands after its last; nothing where that is the same. */
function netChanges(changes: readonly Change[]): Change[] {
  const net = new Map<string, Change>();
  for (const change of changes) {
    const first = net.get(change.from);
    net.delete(change.from);
    const before = first?.before ?? change.before;
    const from = first?.from ?? change.from;
    const added = (first?.added ?? 0) + change.added;
    const removed = (first?.removed ?? 0) + change.removed;
    const { path, after } = change;
    if (before.state === 'absent' && after.state === 'absent') continue;
    const op =
      before.state === 'absent' ? 'create' : after.state === 'absent' ? 'delete' : path === from ? 'modify' : 'move';
    net.set(path, { path, from: op === 'create' ? path : from, op, before, after, added, removed });
  }
  return [...net.values()];
}

/** The commands that make and name sessions: each is an event, the tables follow. */
export function createSessionWrites(log: EventLog, reads: SessionReads) {
  return {
    create(title: string | null, actor: Actor): SessionId {
      const session = newSessionId();
      log.record({ type: 'session.created', data: { title: title ?? UNTITLED }, session, turn: null, actor }, 'synced');
      return session;
    },
    rename(session: SessionId, title: string, actor: Actor): void {
      reads.get(session);
      log.record({ type: 'session.renamed', data: { title }, session, turn: null, actor });
    },
    /** Names a session after its first message, while it has no name of its own. */
    nameAfter(session: SessionId, text: string, actor: Actor): void {
      if (reads.get(session).title !== UNTITLED) return;
      log.record({ type: 'session.renamed', data: { title: titleFrom(text) }, session, turn: null, actor });
    },
  };
}

function titleFrom(text: string): string {
  const line = text.split('\n', 1)[0]!.replace(/\s+/gu, ' ').trim();
  const points = [...line];
  if (points.length <= LIMITS.titleChars.value) return line;
  return `${points.slice(0, LIMITS.titleChars.value - 1).join('')}…`;
}

interface Row {
  id: string;
  title: string;
  createdAt: string;
  updatedAt: string;
  turn: string | null;
  lastTurn: SessionInfo['lastTurn'];
  waiting: number;
}

const toInfo = ({ id, title, createdAt, updatedAt, turn, lastTurn, waiting }: Row): SessionInfo => ({
  id: id as SessionId,
  title,
  createdAt,
  updatedAt,
  waiting,
  lastTurn,
  state: waiting > 0 ? 'waiting' : turn === null ? 'rested' : 'running',
});

function toPending(event: SessionEvent): PendingApproval {
  if (event.type !== 'approval.requested') throw new Error(`event ${event.seq} is not a request`);
  const { approvalId: id, digest, action, verdict, answers, expiresAt } = event.data;
  const session = event.chain as SessionId; // requests are made in sessions only
  return { id, digest, session, turn: event.turn!, action, verdict, answers, expiresAt, requestedAt: event.at };
}

/** Where a session stood when the last event was that of `moment`: the last of its own by then; null where it was not yet. */
const placeAt = (moment: number) =>
  sql<number>`case when ${sessions.updatedSeq} <= ${moment} then ${sessions.updatedSeq} else (select max(${events.seq}) from ${events} where ${events.chain} = ${sessions.id} and ${events.seq} <= ${moment}) end`;

/** `<moment>-<place>`: the last event when the first page was read, and where the page before this ended. */
function parseCursor(cursor: string): { moment: number; place: number } {
  const [, moment, place] = /^([1-9]\d{0,15})-([1-9]\d{0,15})$/.exec(cursor)?.map(Number) ?? [];
  if (moment !== undefined && place !== undefined && place <= moment) return { moment, place };
  throw new Fault({
    status: 400,
    code: 'bad_cursor',
    message: `The cursor ${JSON.stringify(cursor)} is not one that a list gave.`,
    hint: 'Take `next` of the last page, or leave it out to begin anew.',
  });
}

const noSession = (session: string) =>
  new Fault({
    status: 404,
    code: 'no_session',
    message: `There is no session ${session} in this workspace.`,
    hint: 'List them with: vtcode sessions list',
  });

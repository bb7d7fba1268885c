/** Sessions, one by one and as a list: read models over the log. */
import { and, count, eq, sql } from 'drizzle-orm';
import type { PendingApproval, SessionInfo } from '../../shared/api.ts';
import type { SessionEvent } from '../../shared/event.ts';
import type { ActionId, ApprovalId, SessionId } from '../../shared/ids.ts';
import { Fault } from '../base/fault.ts';
import { createLedgerReads } from './ledger.ts';
import { createLeftOverReads } from './left-over.ts';
import type { Db } from './open.ts';
import type { LogReads } from './reading.ts';
import { approvals, sessions, events } from './schema.ts';
import { createSessionList } from './session-list.ts';
import { isThere, SESSION, toInfo } from './session-row.ts';

export type SessionReads = ReturnType<typeof createSessionReads>;

/** What a reader needs: no way to write. */
export function createSessionReads({ orm, raw }: Pick<Db, 'orm' | 'raw'>, log: Pick<LogReads, 'at'>) {
  return {
    list: createSessionList({ orm, raw }),

    /** Throws a Fault 404 where there is none, or none any more. */
    get(session: SessionId): SessionInfo {
      const row = orm
        .select(SESSION)
        .from(sessions)
        .where(and(eq(sessions.id, session), isThere))
        .get();
      if (!row) throw noSession(session);
      return toInfo(row);
    },

    /** How many are pinned. */
    pinned: () =>
      orm
        .select({ n: count() })
        .from(sessions)
        .where(and(eq(sessions.pinned, true), isThere))
        .get()!.n,

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
    /** What is kept of a command that has ended; null while it has not. */
    ended(session: SessionId, action: ActionId): { output: string; bytes: number } | null {
      // What was erased is no JSON any more.
      const isIt = eq(sql`iif(${events.data} = '', '', json_extract(${events.data}, '$.actionId'))`, action);
      const mine = and(eq(events.chain, session), eq(events.type, 'command.finished'), isIt);
      const row = orm.select({ data: events.data }).from(events).where(mine).get();
      if (!row) return null;
      // Events that were recorded before outputs were kept name none.
      const { output = '', bytes } = JSON.parse(row.data) as { output?: string; bytes: number };
      return { output, bytes };
    },

    ...createLedgerReads({ orm }),
  };
}

function toPending(event: SessionEvent): PendingApproval {
  if (event.type !== 'approval.requested') throw new Error(`event ${event.seq} is not a request`);
  const { approvalId: id, digest, action, verdict, answers, expiresAt } = event.data;
  const session = event.chain === 'workspace' ? null : event.chain;
  return { id, digest, session, turn: event.turn, action, verdict, answers, expiresAt, requestedAt: event.at };
}

export const noSession = (session: string) =>
  new Fault({
    status: 404,
    code: 'no_session',
    message: `There is no session ${session} in this workspace.`,
    hint: 'List them with: vtcode sessions list',
  });

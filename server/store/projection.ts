/** Keeps the tables that are read often (sessions, approvals) in step with the log, in the transaction of each event. */
import { eq, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { SessionEvent } from '../../shared/event.ts';
import { Fault } from '../base/fault.ts';
import { createAuditRows } from './audit-rows.ts';
import { createGrantRows } from './grant-rows.ts';
import type { Db } from './open.ts';
import { approvals, sessions } from './schema.ts';
import { createSearchIndex } from './search.ts';
import { createShareRows } from './share-rows.ts';

/** `past`: a copy of what another session holds. It is searched, and moves nothing else. */
export type Project = (event: SessionEvent, past: boolean) => void;

/** Throws, and so undoes the event, where an approval is closed that is not open: one winner, always; and where the session was deleted. */
export function createProjection({ orm, raw }: Pick<Db, 'orm' | 'raw'>): Project {
  const search = createSearchIndex(raw);
  const audit = createAuditRows(orm);
  const asked = createApprovalTable(orm);
  const tables = createTables(orm);
  const grants = createGrantRows(orm);
  const shares = createShareRows(orm);
  return (event, past) => {
    search(event);
    if (past) return;
    audit(event);
    grants(event);
    shares(event);
    asked(event);
    if (event.chain !== 'workspace') tables(event);
  };
}

function createTables(orm: BetterSQLite3Database): (event: SessionEvent) => void {
  const touch = orm
    .update(sessions)
    .set({ updatedAt: sql`${sql.placeholder('at')}`, updatedSeq: sql`${sql.placeholder('seq')}` })
    .where(eq(sessions.id, sql.placeholder('id')))
    .prepare();
  const setTurn = orm
    .update(sessions)
    .set({ turn: sql`${sql.placeholder('turn')}`, lastTurn: sql`${sql.placeholder('lastTurn')}` })
    .where(eq(sessions.id, sql.placeholder('id')))
    .prepare();
  const endTurn = (event: SessionEvent, lastTurn: 'completed' | 'failed' | 'interrupted') =>
    setTurn.run({ id: event.chain, turn: null, lastTurn });

  const arrange = createArranging(orm);
  return (event) => {
    if (arrange(event)) return;
    switch (event.type) {
      // A turn begins with its message: one that is killed before it says so is interrupted too.
      case 'message.user':
        if (event.data.delivery === 'start') setTurn.run({ id: event.chain, turn: event.turn, lastTurn: 'none' });
        break;
      case 'turn.started':
        setTurn.run({ id: event.chain, turn: event.turn, lastTurn: 'none' });
        break;
      case 'turn.completed':
        endTurn(event, 'completed');
        break;
      case 'turn.failed':
        endTurn(event, 'failed');
        break;
      case 'turn.interrupted':
        endTurn(event, 'interrupted');
        break;
    }
    const { changes } = touch.run({ id: event.chain, at: event.at, seq: event.seq });
    if (changes === 0) throw deleted(event);
  };
}

/** What comes after a session was deleted would be content that nothing deletes any more. */
const deleted = ({ chain, type }: SessionEvent) =>
  new Fault({
    status: 410,
    code: 'session_gone',
    message: `The session ${chain} is not there any more, so a record of type ${type} was not taken into it.`,
  });

/** Requests of a session, and those of none. */
function createApprovalTable(orm: BetterSQLite3Database): (event: SessionEvent) => void {
  const close = orm
    .update(approvals)
    .set({ state: sql`${sql.placeholder('state')}` })
    .where(sql`${approvals.id} = ${sql.placeholder('id')} and ${approvals.state} = 'open'`)
    .prepare();

  const closeApproval = (id: string, state: 'answered' | 'expired') => {
    if (close.run({ id, state }).changes !== 1) throw new Error(`approval ${id} is not open`);
  };
  return (event) => {
    switch (event.type) {
      case 'approval.requested':
        orm.insert(approvals).values(openApproval(event, event.data)).run();
        break;
      case 'approval.resolved':
        closeApproval(event.data.approvalId, 'answered');
        break;
      case 'approval.expired':
        closeApproval(event.data.approvalId, 'expired');
        break;
    }
  };
}

/** What makes, names and places a session. True: that was all, and its time in the list stays. */
function createArranging(orm: BetterSQLite3Database): (event: SessionEvent) => boolean {
  const set = (event: SessionEvent, facts: Partial<typeof sessions.$inferInsert>, isAll: boolean): boolean => {
    orm.update(sessions).set(facts).where(eq(sessions.id, event.chain)).run();
    return isAll;
  };
  return (event) => {
    switch (event.type) {
      case 'session.created':
        orm.insert(sessions).values(newSession(event, event.data.title)).run();
        return true;
      case 'session.renamed':
        return set(event, { title: event.data.title }, false);
      case 'session.forked':
        return set(event, { forkedFrom: event.data.from, copied: event.data.copied }, false);
      case 'session.imported':
        return set(event, { copied: event.data.copied }, false);
      case 'session.pinned':
        return set(event, { pinned: event.data.pinned }, true);
      case 'session.archived':
        return set(event, { archived: event.data.archived }, true);
      case 'session.trashed':
        return set(event, { trashedUntil: event.data.until }, true);
      case 'session.restored':
        return set(event, { trashedUntil: '' }, true);
      default:
        return false;
    }
  };
}

function newSession({ chain: id, at, seq }: SessionEvent, title: string): typeof sessions.$inferInsert {
  return { id, title, createdAt: at, updatedAt: at, updatedSeq: seq, turn: null, lastTurn: 'none' };
}

function openApproval(
  event: SessionEvent,
  data: Extract<SessionEvent, { type: 'approval.requested' }>['data'],
): typeof approvals.$inferInsert {
  return {
    id: data.approvalId,
    session: event.chain,
    turn: event.turn ?? '',
    actionId: data.actionId,
    digest: data.digest,
    seq: event.seq,
    expiresAt: data.expiresAt,
    state: 'open',
  };
}

/** Folds events into the lists that span sessions: the sessions themselves, and the requests that wait. */
import type { PendingApproval, SessionInfo } from '../../shared/api.ts';
import type { SessionEvent } from '../../shared/event.ts';
import type { SessionId } from '../../shared/ids.ts';

/**
 * The sessions after an event. The same event twice does no harm, so a list that was read while events came may be brought up
 * to date with all of them. `waiting` is not counted here: the requests themselves are known.
 */
export function foldSessions(list: readonly SessionInfo[], event: SessionEvent): readonly SessionInfo[] {
  if (event.chain === 'workspace') return list;
  if (event.type === 'session.created') return withNew(list, event.chain, event);
  if (event.type === 'session.trashed') return list.filter((info) => info.id !== event.chain);
  const change = changeOf(event);
  if (change === null) return list;
  return list.map((info) => (info.id === event.chain ? { ...info, ...change } : info));
}

/** The requests that wait after an event, oldest first. */
export function foldApprovals(list: readonly PendingApproval[], event: SessionEvent): readonly PendingApproval[] {
  switch (event.type) {
    case 'approval.requested': {
      const { approvalId, digest, action, verdict, answers, expiresAt } = event.data;
      if (list.some((waiting) => waiting.id === approvalId)) return list;
      const { chain, turn, at: requestedAt } = event;
      const session = chain === 'workspace' ? null : chain;
      return [...list, { id: approvalId, digest, session, turn, action, verdict, answers, expiresAt, requestedAt }];
    }
    case 'approval.resolved':
    case 'approval.expired': {
      const left = list.filter((waiting) => waiting.id !== event.data.approvalId);
      return left.length === list.length ? list : left;
    }
    default:
      return list;
  }
}

function withNew(list: readonly SessionInfo[], id: SessionId, event: SessionEvent): readonly SessionInfo[] {
  if (list.some((info) => info.id === id) || event.type !== 'session.created') return list;
  const { title } = event.data;
  const made = { id, title, createdAt: event.at, updatedAt: event.at, waiting: 0 };
  return [{ ...made, state: 'rested', lastTurn: 'none', pinned: false, archived: false, forkedFrom: null }, ...list];
}

function changeOf(event: SessionEvent): Partial<SessionInfo> | null {
  const updatedAt = event.at;
  switch (event.type) {
    case 'session.renamed':
      return { title: event.data.title };
    case 'session.pinned':
      return { pinned: event.data.pinned };
    case 'session.archived':
      return { archived: event.data.archived };
    case 'session.forked':
      return { forkedFrom: event.data.from, updatedAt };
    case 'message.user':
      return { updatedAt };
    case 'turn.started':
      return { state: 'running', updatedAt };
    case 'turn.completed':
      return { state: 'rested', lastTurn: 'completed', updatedAt };
    case 'turn.failed':
      return { state: 'rested', lastTurn: 'failed', updatedAt };
    case 'turn.interrupted':
      return { state: 'rested', lastTurn: 'interrupted', updatedAt };
    default:
      return null;
  }
}

export interface RailRow {
  info: SessionInfo;
  /** Requests of it that wait. */
  waiting: number;
}
export interface RailGroup {
  /** `Needs you`, `Pinned`, or a day. */
  name: string;
  needsYou: boolean;
  rows: RailRow[];
}

/** The sessions as the rail shows them: those that need you, the pinned ones, the rest by day, newest first; no archived ones. */
export function groupSessions(
  list: readonly SessionInfo[],
  approvals: readonly PendingApproval[],
  dayOf: (at: string) => string,
): RailGroup[] {
  const counts = new Map<string | null, number>();
  for (const { session } of approvals) counts.set(session, (counts.get(session) ?? 0) + 1);
  const rows = list
    .filter(({ archived }) => !archived)
    .map((info) => ({ info, waiting: counts.get(info.id) ?? 0 }))
    .sort((a, b) => (a.info.updatedAt < b.info.updatedAt ? 1 : -1));
  const needy = rows.filter((row) => row.waiting > 0);
  const groups: RailGroup[] = needy.length > 0 ? [{ name: 'Needs you', needsYou: true, rows: needy }] : [];
  const calm = rows.filter((row) => row.waiting === 0);
  const pinned = calm.filter((row) => row.info.pinned);
  if (pinned.length > 0) groups.push({ name: 'Pinned', needsYou: false, rows: pinned });
  for (const row of calm.filter((candidate) => !candidate.info.pinned)) {
    const name = dayOf(row.info.updatedAt);
    const last = groups.at(-1);
    if (last && last.name === name) last.rows.push(row);
    else groups.push({ name, needsYou: false, rows: [row] });
  }
  return groups;
}

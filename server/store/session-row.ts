/** One session as its row tells it. */
import { eq, sql } from 'drizzle-orm';
import type { SessionInfo } from '../../shared/api.ts';
import type { SessionId } from '../../shared/ids.ts';
import { approvals, sessions } from './schema.ts';

const WAITING = sql<number>`(select count(*) from ${approvals} where ${approvals.session} = ${sessions.id} and state = 'open')`;

/** What is selected of one. */
export const SESSION = {
  id: sessions.id,
  title: sessions.title,
  createdAt: sessions.createdAt,
  updatedAt: sessions.updatedAt,
  turn: sessions.turn,
  lastTurn: sessions.lastTurn,
  pinned: sessions.pinned,
  archived: sessions.archived,
  forkedFrom: sessions.forkedFrom,
  waiting: WAITING,
};

/** What was deleted is not there any more, whether or not its content has gone yet. */
export const isThere = eq(sessions.trashedUntil, '');

interface Row extends Pick<typeof sessions.$inferSelect, Exclude<keyof typeof SESSION, 'waiting'>> {
  waiting: number;
}

export const toInfo = ({ id, title, createdAt, updatedAt, turn, waiting, ...facts }: Row): SessionInfo => ({
  id: id as SessionId,
  title,
  createdAt,
  updatedAt,
  waiting,
  lastTurn: facts.lastTurn,
  pinned: facts.pinned,
  archived: facts.archived,
  forkedFrom: facts.forkedFrom === '' ? null : (facts.forkedFrom as SessionId),
  state: waiting > 0 ? 'waiting' : turn === null ? 'rested' : 'running',
});

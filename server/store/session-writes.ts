/** The commands that make, name and arrange sessions: each is an event, the tables follow. */
import type { Actor, NewEvent } from '../../shared/event.ts';
import { newSessionId, type MessageId, type SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import { forkSession } from './fork.ts';
import type { EventLog } from './log.ts';
import type { SessionReads } from './sessions.ts';

const UNTITLED = 'New session';

export interface SessionWish {
  title?: string | undefined;
  pinned?: boolean | undefined;
  archived?: boolean | undefined;
}

export function createSessionWrites(log: EventLog, reads: SessionReads) {
  return {
    create(title: string | null, actor: Actor): SessionId {
      const session = newSessionId();
      log.record({ type: 'session.created', data: { title: title ?? UNTITLED }, session, turn: null, actor }, 'synced');
      return session;
    },
    /** Title, pin and shelf: what differs from what stands is recorded, all of it or nothing. */
    change(session: SessionId, { title, pinned, archived }: SessionWish, actor: Actor): void {
      const now = reads.get(session);
      if (pinned === true && !now.pinned && reads.pinned() >= LIMITS.pinnedSessions.value) throw tooManyPins();
      const at = { session, turn: null, actor };
      const changes: NewEvent[] = [];
      if (title !== undefined && title !== now.title) changes.push({ type: 'session.renamed', data: { title }, ...at });
      if (pinned !== undefined && pinned !== now.pinned)
        changes.push({ type: 'session.pinned', data: { pinned }, ...at });
      if (archived !== undefined && archived !== now.archived)
        changes.push({ type: 'session.archived', data: { archived }, ...at });
      if (changes.length > 0) log.recordAll(changes);
    },
    fork: (session: SessionId, messageId: MessageId | null, actor: Actor): SessionId =>
      forkSession({ log, reads }, { session, messageId }, actor),
    /** Names a session after its first message, while it has no name of its own. */
    nameAfter(session: SessionId, text: string, actor: Actor): void {
      if (reads.get(session).title !== UNTITLED) return;
      log.record({ type: 'session.renamed', data: { title: titleFrom(text) }, session, turn: null, actor });
    },
  };
}

export function titleFrom(text: string): string {
  const line = text.split('\n', 1)[0]!.replace(/\s+/gu, ' ').trim();
  const points = [...line];
  if (points.length <= LIMITS.titleChars.value) return line;
  return `${points.slice(0, LIMITS.titleChars.value - 1).join('')}…`;
}

const tooManyPins = () =>
  new Fault({
    status: 409,
    code: 'too_many_pins',
    message: `${LIMITS.pinnedSessions.value} sessions are pinned, which is the bound.`,
    hint: 'Take the pin from another one first.',
  });

/** A fork: a new session whose history is that of another one, up to a message. */
import type { Actor, EventType, SessionEvent } from '../../shared/event.ts';
import { newSessionId, type MessageId, type SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import { NOT_FORKED } from './foreign.ts';
import type { EventLog, Past } from './log.ts';
import type { SessionReads } from './sessions.ts';

export interface ForkFrom {
  session: SessionId;
  /** The last message that is taken over, with what its calls came to; null: all there is. */
  messageId: MessageId | null;
}

interface Rooms {
  log: Pick<EventLog, 'all' | 'recordAll'>;
  reads: Pick<SessionReads, 'get'>;
}

/**
 * Copies the events into a chain of its own, so that the fork stands by itself when the other one goes; all of it or nothing.
 * Throws a Fault where there is no such message, or too much before it.
 */
export function forkSession({ log, reads }: Rooms, { session: from, messageId }: ForkFrom, actor: Actor): SessionId {
  const { title } = reads.get(from);
  const taken = [...upTo(log.all(from), messageId)];
  const last = taken.at(-1);
  if (last === undefined || (messageId !== null && !taken.some((event) => isMessage(event, messageId))))
    throw noMessage(from, messageId);
  const session = newSessionId();
  const copies = taken.filter((event) => !OWN.has(event.type)).map((event) => copy(event, session));
  const at = { session, turn: null, actor };
  const facts = { from, messageId, chainSeq: last.chainSeq, hash: last.hash, copied: copies.length };
  log.recordAll(
    [
      { type: 'session.created', data: { title: forkTitle(title) }, ...at },
      ...copies,
      { type: 'session.forked', data: facts, ...at },
    ],
    'synced',
  );
  return session;
}

const OWN = new Set(NOT_FORKED);

/** What begins another exchange: the message that is asked for ends before it. */
const BEGINS = new Set<EventType>([
  ...(['message.user', 'message.assistant', 'message.reasoning', 'provider.requested'] as const),
  ...(['turn.started', 'turn.completed', 'turn.failed', 'turn.interrupted'] as const),
]);

function* upTo(events: Iterable<SessionEvent>, messageId: MessageId | null): Iterable<SessionEvent> {
  let isFound = false;
  let count = 0;
  for (const event of events) {
    if (isFound && BEGINS.has(event.type)) return;
    if (++count > LIMITS.forkEvents.value) throw tooLong();
    if (messageId !== null && isMessage(event, messageId)) isFound = true;
    yield event;
  }
}

const isMessage = (event: SessionEvent, messageId: MessageId): boolean =>
  (event.type === 'message.user' || event.type === 'message.assistant') && event.data.messageId === messageId;

function copy(event: SessionEvent, session: SessionId): Past {
  const { type, data, turn, actor, at } = event;
  // Type and data come from one event, so they fit; TypeScript cannot tie the two.
  return { type, data, session, turn, actor, past: { at } } as Past;
}

const SUFFIX = ' (fork)';

function forkTitle(title: string): string {
  const points = [...title.replace(/ \(fork\)$/, '')];
  return points.slice(0, LIMITS.titleChars.value - SUFFIX.length).join('') + SUFFIX;
}

const noMessage = (session: SessionId, messageId: MessageId | null) =>
  new Fault({
    status: 404,
    code: 'no_message',
    message: `The session ${session} has no message ${messageId ?? 'yet'}.`,
    hint: 'Take the id of a message of the person or of the agent from its events.',
  });

const tooLong = () =>
  new Fault({
    status: 413,
    code: 'fork_too_long',
    message: `More than ${LIMITS.forkEvents.value} events stand before that message (${LIMITS.forkEvents.why}).`,
    hint: 'Fork from an earlier message, or begin a new session.',
  });

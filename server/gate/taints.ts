/** Which sessions have words from outside in their context, by the record: a fork from before them has none. */
import type { SessionEvent } from '../../shared/event.ts';
import type { ActionId, SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Taint } from '../policy/taint.ts';
import type { EventLog } from '../store/log.ts';
import { type InName, record } from './record.ts';

export interface Taints {
  /** What came in and when, in words; empty for none. */
  of(session: SessionId | null): string;
  /** Records what came in; once for the same thing. */
  note(found: Taint | null, by: InName & { actionId: ActionId }): void;
}

type Noted = Taint & { at: string };

export function createTaints(log: EventLog): Taints {
  const known = new Map<SessionId, Noted[]>();
  const read = (session: SessionId) => {
    const found = known.get(session) ?? log.ofType(session, 'context.tainted').map(notedOf);
    known.set(session, found);
    return found;
  };
  return {
    of: (session) => (session === null ? '' : words(read(session))),
    note(found, by) {
      if (found === null || by.session === null) return;
      const noted = read(by.session);
      const isKnown = noted.some(({ source, what }) => source === found.source && what === found.what);
      if (isKnown || noted.length >= LIMITS.taints.value) return;
      const data = { actionId: by.actionId, ...found };
      record(log, by, { type: 'context.tainted', data, durability: 'synced' });
      noted.push({ ...found, at: new Date().toISOString() });
    },
  };
}

function notedOf(event: SessionEvent): Noted {
  if (event.type !== 'context.tainted') throw new Error('the log gave another type than was asked for');
  const { source, what } = event.data;
  return { source, what, at: event.at };
}

const SHOWN = 3;

function words(noted: readonly Noted[]): string {
  const each = noted
    .slice(-SHOWN)
    .map(({ source, what, at }) => `${what} (${source === 'network' ? 'reached' : 'read'} ${at.slice(11, 16)} UTC)`);
  const more = noted.length - each.length;
  return [...each, ...(more > 0 ? [`${more} more before`] : [])].join(', ');
}

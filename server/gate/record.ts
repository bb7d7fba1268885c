/** Writes what the gate does to the record, in the name of who wanted it. */
import type { Actor, NewEvent } from '../../shared/event.ts';
import type { SessionId, TurnId } from '../../shared/ids.ts';
import type { EventLog } from '../store/log.ts';

/** On whose behalf it is recorded. */
export interface InName {
  session: SessionId | null;
  turn: TurnId | null;
  actor: Actor;
}

export type Recorded = {
  [T in NewEvent['type']]: Pick<Extract<NewEvent, { type: T }>, 'type' | 'data'>;
}[NewEvent['type']];

export function record(
  log: EventLog,
  { session, turn, actor }: InName,
  told: Recorded & { durability?: 'batched' | 'synced' },
): void {
  const { durability = 'batched', ...event } = told;
  // The pair of type and data stays the pair it was; a spread makes TypeScript forget it.
  log.record({ ...event, session, turn, actor } as NewEvent, durability);
}

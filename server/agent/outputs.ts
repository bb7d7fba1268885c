/** What the commands that run have printed so far, the newest of it: for who comes late. */
import type { CommandTail, LiveEvent } from '../../shared/event.ts';
import type { ActionId, SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { NO_OUTPUT, takeOutput } from '../../shared/timeline-command.ts';
import type { Bus } from '../store/bus.ts';

export interface Outputs {
  of(session: SessionId): CommandTail[];
  all(): CommandTail[];
}

/**
 * Takes in the same pieces as every page, by the same code, so that a page which is given a tail and then the further pieces holds
 * what one holds that saw it all. A command that has ended is forgotten: what it printed is in its record.
 */
export function createOutputs(bus: Bus): Outputs {
  const tails = new Map<ActionId, CommandTail>();
  bus.subscribe(({ kind, event }) => {
    if (kind === 'live' && event.type === 'command.output') take(tails, event);
    if (kind === 'durable' && event.type === 'command.finished') tails.delete(event.data.actionId);
  });
  return {
    of: (session) => [...tails.values()].filter((tail) => tail.session === session),
    all: () => [...tails.values()],
  };
}

function take(tails: Map<ActionId, CommandTail>, event: Extract<LiveEvent, { type: 'command.output' }>): void {
  const { session, callId, actionId } = event;
  const held = tails.get(actionId)?.output ?? NO_OUTPUT;
  tails.set(actionId, { type: 'command.tail', session, callId, actionId, output: takeOutput(held, event) });
  // Each command that runs prints; more than may run at once are not held.
  const [oldest] = tails.keys();
  if (oldest !== undefined && tails.size > LIMITS.liveOutputs.value) tails.delete(oldest);
}

/** Server-sent events as text: one frame for each event, which nothing inside of it can break out of. */
import type { LiveState } from '../../shared/event.ts';
import type { SessionId } from '../../shared/ids.ts';
import type { BusItem } from '../store/bus.ts';

/** What the stream says of itself, beside the events. */
interface Notes {
  'live.state': { session: SessionId; state: LiveState };
  'replay.complete': { seq: number };
  'resync.required': { seq: number; why: string };
  'reader.slow': { waitingBytes: number };
}

/**
 * A frame ends at an empty line, and CR and LF are the only line ends (WHATWG HTML, 9.2.6). JSON escapes both in every string,
 * so the data is one line whatever it says; the type is one of ours, and the seq a number. Only durable events have an id.
 */
export function eventFrame({ kind, event }: BusItem): string {
  const data = JSON.stringify(event);
  return kind === 'durable'
    ? `id: ${event.seq}\nevent: ${event.type}\ndata: ${data}\n\n`
    : `event: ${event.type}\ndata: ${data}\n\n`;
}

export const noteFrame = <T extends keyof Notes>(type: T, data: Notes[T]): string =>
  `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

export const BEAT = ': beat\n\n';

/** Puts together the text in flight from pieces that may be lost or come twice. */
import type { LiveEvent, LiveState, SessionEvent } from '../../shared/event.ts';

/** A piece of a message, or its end: what a command prints is no part of any. */
export type PieceEvent = Extract<LiveEvent, { messageId: unknown }>;

export type Taken = { ok: true; live: LiveState | null } | { ok: false };

/**
 * What is in flight after a live event. `ok: false` is a gap: something was lost, the snapshot must be asked for. A piece that
 * is held already is passed over, for a snapshot may be ahead of the stream.
 */
export function takeLive(live: LiveState | null, event: PieceEvent): Taken {
  switch (event.type) {
    case 'message.reset':
      return { ok: true, live: live?.messageId === event.messageId ? null : live };
    case 'call.delta': {
      const { callId, name, bytes } = event;
      const base = of(live, event.messageId);
      const calls = base.calls.filter((call) => call.callId !== callId);
      return { ok: true, live: { ...base, calls: [...calls, { callId, name, bytes }] } };
    }
    case 'text.delta':
    case 'reasoning.delta': {
      const base = of(live, event.messageId);
      const field = event.type === 'text.delta' ? 'text' : 'reasoning';
      const held = base[field];
      if (event.offset > held.length) return { ok: false };
      if (event.offset + event.text.length <= held.length) return { ok: true, live: base };
      return { ok: true, live: { ...base, [field]: held.slice(0, event.offset) + event.text } };
    }
  }
}

/** What is in flight after a durable event: the finished message takes the place of its pieces, and the end of a turn of all. */
export function settleLive(live: LiveState | null, event: SessionEvent): LiveState | null {
  if (live === null) return null;
  if (event.type === 'message.assistant') return event.data.messageId === live.messageId ? null : live;
  const over = event.type === 'turn.completed' || event.type === 'turn.failed' || event.type === 'turn.interrupted';
  return over ? null : live;
}

function of(live: LiveState | null, messageId: LiveState['messageId']): LiveState {
  return live?.messageId === messageId ? live : { messageId, text: '', reasoning: '', calls: [] };
}

/** What is in flight: the text, thoughts and calls of answers that are not recorded yet, for who comes late. */
import type { LiveState } from '../../shared/event.ts';
import type { CallId, MessageId, SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Bus } from '../store/bus.ts';

export interface LiveMessage {
  text(delta: string): void;
  reasoning(delta: string): void;
  /** A call whose arguments still come; `bytes` is how many came so far. */
  call(callId: CallId, name: string, bytes: number): void;
  /** The stream was cut: what was shown of this message goes. */
  reset(): void;
  /** The message is recorded, or given up. */
  end(): void;
  state(): LiveState;
}

export interface LiveStates {
  begin(session: SessionId, messageId: MessageId): LiveMessage;
  get(session: SessionId): LiveState | null;
  all(): { session: SessionId; state: LiveState }[];
}

export function createLiveStates(bus: Bus): LiveStates {
  const states = new Map<SessionId, LiveState>();
  return {
    get: (session) => states.get(session) ?? null,
    all: () => [...states].map(([session, state]) => ({ session, state })),
    begin(session, messageId) {
      const state: LiveState = { messageId, text: '', reasoning: '', calls: [] };
      states.set(session, state);
      return liveMessage(bus, { session, state, forget: () => states.delete(session) });
    },
  };
}

interface Held {
  session: SessionId;
  state: LiveState;
  forget(): void;
}

function liveMessage(bus: Bus, { session, state, forget }: Held): LiveMessage {
  const { messageId } = state;
  const grow = (field: 'text' | 'reasoning', delta: string) => {
    const offset = state[field].length;
    const text = delta.slice(0, LIMITS.liveTextBytes.value - offset);
    if (text === '') return;
    state[field] += text;
    bus.publish({ kind: 'live', event: { type: `${field}.delta`, session, messageId, offset, text } });
  };
  return {
    state: () => state,
    text: (delta) => grow('text', delta),
    reasoning: (delta) => grow('reasoning', delta),
    call(callId, name, bytes) {
      const known = state.calls.find((call) => call.callId === callId);
      if (known) known.bytes = bytes;
      else state.calls.push({ callId, name, bytes });
      bus.publish({ kind: 'live', event: { type: 'call.delta', session, messageId, callId, name, bytes } });
    },
    reset() {
      Object.assign(state, { text: '', reasoning: '', calls: [] });
      bus.publish({ kind: 'live', event: { type: 'message.reset', session, messageId } });
    },
    end: forget,
  };
}

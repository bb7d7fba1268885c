/** Tells every listener of this process what was recorded and what is in flight, in order. */
import type { LiveEvent, SessionEvent } from '../../shared/event.ts';

export type BusItem = { kind: 'durable'; event: SessionEvent } | { kind: 'live'; event: LiveEvent };

export interface Bus {
  publish(item: BusItem): void;
  /** Called synchronously for each item from now on; the answer ends it. A listener must not throw and must not block. */
  subscribe(listener: (item: BusItem) => void): () => void;
}

export function createBus(): Bus {
  const listeners = new Set<(item: BusItem) => void>();
  return {
    publish: (item) => {
      for (const listener of listeners) listener(item);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

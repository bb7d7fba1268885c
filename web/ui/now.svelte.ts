/** One clock for all that says how long ago: it ticks while something shows it, and rests otherwise. */
import { createSubscriber } from 'svelte/reactivity';

const TICK_MS = 10_000;

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, TICK_MS);
  return () => clearInterval(timer);
});

/** The time now; read in markup or a `$derived`, it is read again every ten seconds. */
export function now(): Date {
  subscribe();
  return new Date();
}

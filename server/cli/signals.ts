/** The signals that ask a command to end, for those that end what they do before they go. */

export const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

export interface UntilSignal {
  /** Aborted at the first one; its reason is the number of it. */
  signal: AbortSignal;
  /** From now on a signal does again what it does without us. */
  release(): void;
}

export function untilSignal(): UntilSignal {
  const controller = new AbortController();
  const listeners = Object.entries(SIGNALS).map(([name, number]) => {
    const listener = () => controller.abort(number);
    process.once(name, listener);
    return () => void process.removeListener(name, listener);
  });
  return {
    signal: controller.signal,
    release() {
      for (const remove of listeners) remove();
    },
  };
}

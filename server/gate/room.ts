/** A bounded number of places: who finds none waits in turn. */

export interface Room {
  /** Waits for a place. Answers how to give it back, or null when the signal came first. */
  enter(signal: AbortSignal): Promise<(() => void) | null>;
}

export function createRoom(places: number): Room {
  let free = places;
  const queue: (() => void)[] = [];

  const leave = () => {
    const next = queue.shift();
    if (next) next();
    else free++;
  };

  return {
    async enter(signal) {
      if (signal.aborted) return null;
      if (free > 0) free--;
      else if (!(await turnCame(queue, signal))) return null;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        leave();
      };
    },
  };
}

function turnCame(queue: (() => void)[], signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const onTurn = () => {
      signal.removeEventListener('abort', onStop);
      resolve(true);
    };
    const onStop = () => {
      queue.splice(queue.indexOf(onTurn), 1);
      resolve(false);
    };
    queue.push(onTurn);
    signal.addEventListener('abort', onStop, { once: true });
  });
}

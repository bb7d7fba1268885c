/** Gathers changes, so that the page is drawn once a frame, however fast they come. */

/** A hidden page has no frames: it catches up at this pace, in ms. */
const HIDDEN_MS = 250;

export interface Gathered {
  ask: () => void;
  stop: () => void;
}

/** Calls `run` once, at the next frame, however often it is asked before. */
export function byFrame(run: () => void): Gathered {
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    frame = 0;
    timer = undefined;
  };
  const go = () => {
    stop();
    run();
  };
  const ask = () => {
    if (frame !== 0 || timer !== undefined) return;
    frame = requestAnimationFrame(go);
    // Whichever comes first: a page that is hidden right now gets no frame.
    timer = setTimeout(go, HIDDEN_MS);
  };
  return { ask, stop };
}

/** Puts off what is not in sight: it is made when it comes near, or when the page has nothing else to do. */

/** How far from the window something counts as near. */
const NEAR = '1200px';

const waiting = new Map<Element, () => void>();
let observer: IntersectionObserver | null = null;
let idle: number | null = null;

/** Calls `make` once, then or never; the answer takes it back. `spare`: also when the page is idle, in the order of asking. */
export function lazily(node: Element, make: () => void, { spare }: { spare: boolean }): () => void {
  observer ??= new IntersectionObserver(seen, { rootMargin: NEAR, scrollMargin: NEAR } as IntersectionObserverInit);
  waiting.set(node, make);
  observer.observe(node);
  if (spare) queue.push(node);
  plan();
  return () => {
    waiting.delete(node);
    observer?.unobserve(node);
  };
}

const queue: Element[] = [];

function seen(entries: IntersectionObserverEntry[]): void {
  for (const entry of entries) if (entry.isIntersecting) run(entry.target);
}

function run(node: Element): void {
  const make = waiting.get(node);
  waiting.delete(node);
  observer?.unobserve(node);
  make?.();
}

function plan(): void {
  if (idle !== null || queue.length === 0) return;
  idle = later((left) => {
    idle = null;
    // One at a time: each may take a few milliseconds, and a key may be pressed meanwhile.
    do run(queue.shift()!);
    while (queue.length > 0 && left() > 8);
    plan();
  });
}

function later(work: (left: () => number) => void): number {
  if (typeof requestIdleCallback === 'function')
    return requestIdleCallback((deadline) => work(() => deadline.timeRemaining()));
  return setTimeout(() => work(() => 0), 30) as unknown as number; // a browser without idle time: a steady trickle
}

/** Where a log stands: at its end, and then it follows; or where the reader went, and then it stays. */

/** So near to the end counts as being there. */
const NEAR_PX = 32;

export class Follow {
  /** The log rests at its end. */
  atEnd = $state(true);
  /** Answers to a request are in view: nothing may lie over them. */
  answersInView = $state(false);

  #log: HTMLElement | null = null;

  /** An attachment for the element that scrolls; its first child is what grows. */
  readonly watch = (log: HTMLElement): (() => void) => {
    this.#log = log;
    const abort = new AbortController();
    const look = () => {
      this.atEnd = this.#near();
      this.answersInView = [...log.querySelectorAll('[data-answers]')].some((answers) => isIn(answers, log));
    };
    log.addEventListener('scroll', look, { signal: abort.signal, passive: true });
    const sizes = new ResizeObserver(() => {
      if (this.atEnd) this.toEnd();
      look();
    });
    sizes.observe(log);
    if (log.firstElementChild) sizes.observe(log.firstElementChild);
    return () => {
      abort.abort();
      sizes.disconnect();
      this.#log = null;
    };
  };

  /** To the end; but a card below that is taller than the log is brought to its top, for it is read from there. */
  toEnd(): void {
    const log = this.#log;
    if (log === null) return;
    this.atEnd = true;
    const card = log.querySelector<HTMLElement>('[data-first-card]');
    const top = card === null ? 0 : card.offsetTop - pinned(card);
    const end = log.scrollHeight - log.clientHeight;
    log.scrollTop = card !== null && log.scrollTop < top && top < end ? top : end;
  }

  /** Runs what puts something in above, and keeps what is read where it is. */
  async keepPlace(change: () => Promise<void>): Promise<void> {
    const log = this.#log;
    const first = log === null ? null : firstInView(log);
    await change();
    if (log === null || first === null) return;
    const again = log.querySelector(`[data-key="${CSS.escape(first.key)}"]`);
    if (again) log.scrollTop += again.getBoundingClientRect().top - first.top;
  }

  #near(): boolean {
    const log = this.#log;
    return log === null || log.scrollHeight - log.clientHeight - log.scrollTop < NEAR_PX;
  }
}

function isIn(part: Element, log: Element): boolean {
  const [box, edge] = [part.getBoundingClientRect(), log.getBoundingClientRect()];
  return box.bottom > edge.top && box.top < edge.bottom;
}

const pinned = (card: HTMLElement) => Number.parseFloat(getComputedStyle(card).getPropertyValue('--pin')) || 0;

/** The smallest keyed thing that is in view: a row of a list, else a block. */
function firstInView(log: HTMLElement): { key: string; top: number } | null {
  const edge = log.getBoundingClientRect().top;
  for (const block of log.querySelectorAll<HTMLElement>('[data-key]')) {
    if (block.querySelector('[data-key]')) continue;
    const box = block.getBoundingClientRect();
    if (box.bottom > edge) return { key: block.dataset['key'] ?? '', top: box.top };
  }
  return null;
}

/** Ties a card's quiet time to the page: what is in view, who has the focus, where hands are. */
import { Quiet } from './quiet.ts';

/** How much of the title or of the answers must be in view. */
const IN_VIEW = 0.6;

export class CardGuard {
  /** The card is in view, but a press could still be meant for something else. */
  held = $state(false);

  readonly #quiet = new Quiet();
  /** It has been in view since it was made. */
  #seen = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** An attachment for the card; what is marked `data-seen` in it tells whether it is in view. */
  readonly watch = (card: Element): (() => void) => {
    const abort = new AbortController();
    const early = { signal: abort.signal, capture: true, passive: true };
    const observer = new IntersectionObserver(
      (entries) => {
        this.#seen ||= entries.some((entry) => entry.intersectionRatio >= IN_VIEW);
        this.#look();
      },
      { threshold: [0, IN_VIEW, 1] },
    );
    for (const part of card.querySelectorAll('[data-seen]')) observer.observe(part);
    // The time of an event is when it happened: a press made while the page was busy drawing the card came before it.
    const input = (event: Event) => {
      this.#quiet.input(event.timeStamp, { repeat: event instanceof KeyboardEvent && event.repeat });
      this.#plan();
    };
    for (const type of ['pointerdown', 'keydown', 'paste', 'drop']) window.addEventListener(type, input, early);
    for (const type of ['focus', 'blur']) window.addEventListener(type, () => this.#look(), { signal: abort.signal });
    document.addEventListener('visibilitychange', () => this.#look(), { signal: abort.signal });
    return () => {
      abort.abort();
      observer.disconnect();
      clearTimeout(this.#timer);
    };
  };

  /** Whether this click on an answer counts. */
  allows(click: MouseEvent): boolean {
    return this.#quiet.click(performance.now(), click.detail);
  }

  /** The answers moved, or others took their place. */
  moved(): void {
    this.#quiet.moved(performance.now());
    this.#plan();
  }

  #look(): void {
    if (this.#seen && !document.hidden && document.hasFocus()) this.#quiet.show(performance.now());
    else this.#quiet.hide();
    this.#plan();
  }

  #plan(): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    const at = this.#quiet.readyAt();
    this.held = at !== null && now < at;
    if (at !== null && now < at) this.#timer = setTimeout(() => this.#plan(), Math.ceil(at - now));
  }
}

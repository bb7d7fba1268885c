/** Ties a card's quiet time to the page: what is in view, who has the focus, where hands are. */
import { Quiet } from './quiet.ts';

/** How much of the answers must be in view. */
const IN_VIEW = 0.6;

export class CardGuard {
  /** Answers may be pressed. */
  ready = $state(false);

  readonly #quiet = new Quiet();
  #inView = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** An attachment for the element that holds the answers. */
  readonly watch = (answers: Element): (() => void) => {
    const abort = new AbortController();
    const early = { signal: abort.signal, capture: true, passive: true };
    const observer = new IntersectionObserver(
      (entries) => {
        this.#inView = entries.at(-1)!.intersectionRatio >= IN_VIEW;
        this.#look();
      },
      { threshold: [0, IN_VIEW, 1] },
    );
    observer.observe(answers);
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
    if (this.#inView && !document.hidden && document.hasFocus()) this.#quiet.show(performance.now());
    else this.#quiet.hide();
    this.#plan();
  }

  #plan(): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    const at = this.#quiet.readyAt();
    this.ready = at !== null && now >= at;
    if (at !== null && now < at) this.#timer = setTimeout(() => this.#plan(), Math.ceil(at - now));
  }
}

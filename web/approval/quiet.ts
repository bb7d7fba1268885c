/** When a press may count as an answer: not before the card could be read, not from a hand that was busy elsewhere. */
import { LIMITS } from '../../shared/limits.ts';

/** What a press was when it began; `none`: a click that no press began (a screen reader's). */
type Press = 'none' | 'counts' | 'early';

/**
 * Owns the state of one card. All times are in milliseconds of one clock that never runs backwards (`performance.now()`).
 * The card is ready once it has been in view and the person has touched nothing for `quietMs`, or `quietMaxMs` after it came into
 * view; it stays ready until it is hidden. A press is judged when it begins, so that one begun before can never answer.
 */
export class Quiet {
  #shown: number | null = null;
  #lastInput = Number.NEGATIVE_INFINITY;
  #press: Press = 'none';

  /** The card is in view, in a window that has the focus. */
  show(now: number): void {
    this.#shown ??= now;
  }

  /** The card is out of view, or the window lost the focus; being ready starts anew. */
  hide(): void {
    this.#shown = null;
  }

  /** What stands under the pointer changed: what was ready for another place is not ready for this one. */
  moved(now: number): void {
    if (this.#shown === null) return;
    this.#shown = now;
    this.#lastInput = now;
  }

  /** When it will be ready if nothing more is touched; null while it is not in view. */
  readyAt(): number | null {
    if (this.#shown === null) return null;
    const quiet = Math.max(this.#shown, this.#lastInput) + LIMITS.quietMs.value;
    return Math.min(quiet, this.#shown + LIMITS.quietMaxMs.value);
  }

  ready(now: number): boolean {
    const at = this.readyAt();
    return at !== null && now >= at;
  }

  /** A key or a pointer goes down anywhere in the page, or something is pasted. A held key (`repeat`) never counts. */
  input(now: number, { repeat }: { repeat: boolean }): void {
    const ready = this.ready(now);
    this.#press = ready && !repeat ? 'counts' : 'early';
    if (!ready) this.#lastInput = now;
  }

  /** A click on an answer; `count` is the event's `detail`: the second of a double click was meant for what stood there before. */
  click(now: number, count: number): boolean {
    const press = this.#press;
    this.#press = 'none';
    if (count > 1 || press === 'early') return false;
    return this.ready(now);
  }
}

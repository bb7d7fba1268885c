/** The view of a scrolled element, as reactive state, for lists that draw only what is seen. */
import type { Attachment } from 'svelte/attachments';
import { revealed, sliceOf, type Slice } from './window.ts';

export class View {
  top = $state(0);
  height = $state(0);
  /** CSS pixels of one `rem`, so that rows keep their measure when a person enlarges text. */
  rem = $state(16);
  #element: HTMLElement | null = null;
  readonly #rems: number;

  /** `rems`: the height of a row. */
  constructor(rems: number) {
    this.#rems = rems;
  }

  get row(): number {
    return this.#rems * this.rem;
  }

  slice(count: number): Slice {
    return sliceOf(this, this.row, count);
  }

  /** Scrolls as little as shows the row. */
  reveal(index: number): void {
    if (this.#element) this.#element.scrollTop = revealed(this, this.row, index);
  }

  /** Scrolls so that the row stands in the middle. */
  center(index: number): void {
    if (this.#element) this.#element.scrollTop = Math.max(0, (index + 0.5) * this.row - this.height / 2);
  }

  readonly attach: Attachment<HTMLElement> = (element) => {
    this.#element = element;
    const scroll = () => (this.top = element.scrollTop);
    const measure = () => {
      this.height = element.clientHeight;
      this.rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
      scroll();
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', scroll, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', scroll);
      this.#element = null;
    };
  };
}

/** The files that are offered while an `@` word is being written. */
import type { Api } from '../lib/api.ts';
import { mentionAt, type Mention } from './mention.ts';

/** A pause in typing after which the server is asked. */
const PAUSE_MS = 60;
const SHOWN = 8;

export class Mentions {
  paths: string[] = $state.raw([]);
  /** The one that Enter would take. */
  at = $state(0);
  mention: Mention | null = $state.raw(null);

  readonly #api: Api;
  #asking: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api) {
    this.#api = api;
  }

  get open(): boolean {
    return this.mention !== null && this.paths.length > 0;
  }

  /** The text or the caret changed. */
  look(text: string, caret: number): void {
    const mention = mentionAt(text, caret);
    const same = mention?.start === this.mention?.start && mention?.query === this.mention?.query;
    if (same) return;
    if (mention === null) return this.close();
    this.mention = mention;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(mention.query), PAUSE_MS);
  }

  move(step: 1 | -1): void {
    this.at = (this.at + step + this.paths.length) % this.paths.length;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.mention = null;
    this.paths = [];
    this.at = 0;
  }

  async #ask(query: string): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const { paths } = await this.#api.call('searchFiles', { query: { q: query }, signal: asking.signal });
      if (asking.signal.aborted) return;
      this.paths = paths.slice(0, SHOWN);
      this.at = 0;
    } catch (error) {
      // A name can be written without help; that there is none is no reason to stop a person who types.
      if (!asking.signal.aborted) console.warn('vtcode: no file names to offer', error);
    }
  }
}

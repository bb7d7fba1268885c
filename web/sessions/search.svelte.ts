/** The search over sessions: it waits until the typing rests, and a newer question ends an older one. */
import type { ListedSession } from '../../shared/api.ts';
import { failureFrom } from '../lib/api.ts';

const REST_MS = 150;

export class Search {
  open = $state(false);
  query = $state('');
  /** Null while nothing is asked. */
  found: ListedSession[] | null = $state.raw(null);
  failed = $state('');

  readonly #find: (query: string, signal: AbortSignal) => Promise<ListedSession[]>;
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(find: (query: string, signal: AbortSignal) => Promise<ListedSession[]>) {
    this.#find = find;
  }

  toggle(): void {
    this.open = !this.open;
    if (!this.open) this.ask('');
  }

  ask(query: string): void {
    this.query = query;
    this.stop();
    if (query.trim() === '') {
      this.found = null;
      return;
    }
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#timer = setTimeout(() => void this.#run(query.trim(), signal), REST_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  async #run(query: string, signal: AbortSignal): Promise<void> {
    try {
      const found = await this.#find(query, signal);
      if (signal.aborted) return;
      this.found = found;
      this.failed = '';
    } catch (error) {
      if (signal.aborted) return;
      this.found = [];
      this.failed = failureFrom(error).message;
    }
  }
}

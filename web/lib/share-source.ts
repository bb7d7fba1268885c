/** Where a viewer's steps come from: pages of what there is, then a stream that is taken up again wherever it broke. */
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import * as z from 'zod';
import { SHARE_PORT_API } from '../../shared/share-port-api.ts';
import { type PlacedStep, type ShareFacts, ShareStep } from '../../shared/share.ts';
import type { Link } from '../viewer/link.ts';

export interface SourceEvents {
  onFacts(facts: ShareFacts): void;
  onSteps(steps: ShareStep[]): void;
  /** Places that are masked in all that came so far. */
  onReady(masked: number): void;
  /** False: the line is broken, and is tried again. */
  onLine(isThere: boolean): void;
  /** It opens nothing (any more). Nothing is called after this. */
  onEnded(): void;
}

/** Milliseconds without a byte after which the stream is taken as dead; the server's heart beats every 15 s. */
const SILENCE_MS = 40_000;
const RETRY_MS = { first: 500, most: 15_000 };

const View = SHARE_PORT_API.view.response;
const Ready = z.object({ masked: z.int() });

/** Reads on until it is told to stop, or the share has ended. */
export function follow({ id, token }: Link, events: SourceEvents): () => void {
  const stopped = new AbortController();
  void new Source(`/api/share/${id}`, { token, events, signal: stopped.signal }).run();
  return () => stopped.abort();
}

interface SourceOptions {
  token: string;
  events: SourceEvents;
  signal: AbortSignal;
}

class Source {
  readonly #url: string;
  readonly #options: SourceOptions;
  #last: string | null = null;
  #hasAll = false;
  #failures = 0;

  constructor(url: string, options: SourceOptions) {
    this.#url = url;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { events, signal } = this.#options;
    while (!signal.aborted) {
      const ended = await this.#once().catch(() => false); // a broken line: tried again below
      if (signal.aborted) return;
      if (ended) return events.onEnded();
      events.onLine(false);
      await pause(Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** Math.min(this.#failures++, 8)), signal);
    }
  }

  /** All there is, then what comes. True: it has ended for good. */
  async #once(): Promise<boolean> {
    while (!this.#hasAll) {
      const answer = await this.#get(this.#last === null ? '' : `?after=${this.#last}`, this.#options.signal);
      if (isEnd(answer.status)) return true;
      if (!answer.ok) return false;
      const { share, steps, next } = View.parse(await answer.json());
      this.#options.events.onFacts(share);
      this.#take(steps);
      this.#hasAll = next === null;
    }
    return this.#stream();
  }

  async #stream(): Promise<boolean> {
    const abort = new AbortController();
    const stop = () => abort.abort();
    this.#options.signal.addEventListener('abort', stop, { once: true });
    let dog = setTimeout(stop, SILENCE_MS);
    try {
      const answer = await this.#get(`/events${this.#last === null ? '' : `?after=${this.#last}`}`, abort.signal);
      if (isEnd(answer.status)) return true;
      if (!answer.ok || answer.body === null) return false;
      let isOver = false;
      const parser = createParser({ onEvent: (message) => (isOver = this.#heard(message) || isOver) });
      const decoder = new TextDecoder();
      const reader = answer.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || isOver) return isOver;
        clearTimeout(dog);
        dog = setTimeout(stop, SILENCE_MS);
        parser.feed(decoder.decode(value, { stream: true }));
      }
    } finally {
      clearTimeout(dog);
      this.#options.signal.removeEventListener('abort', stop);
      abort.abort();
    }
  }

  #get(query: string, signal: AbortSignal): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#options.token}` };
    return fetch(this.#url + query, { headers, cache: 'no-store', credentials: 'omit', signal });
  }

  /** True: it said that it ends. */
  #heard({ event, id, data }: EventSourceMessage): boolean {
    const { events } = this.#options;
    if (event === 'share.ended') return true;
    if (event === 'step' && id !== undefined) this.#take([{ id, step: ShareStep.parse(JSON.parse(data)) }]);
    if (event === 'share.ready') {
      this.#failures = 0;
      events.onLine(true);
      events.onReady(Ready.parse(JSON.parse(data)).masked);
    }
    return false;
  }

  #take(placed: readonly PlacedStep[]): void {
    const last = placed.at(-1);
    if (last === undefined) return;
    this.#last = last.id;
    this.#options.events.onSteps(placed.map(({ step }) => step));
  }
}

/** 401 and 410: no token, or none that opens it. 404: a place that is not there any more. */
const isEnd = (status: number): boolean => status === 401 || status === 404 || status === 410;

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

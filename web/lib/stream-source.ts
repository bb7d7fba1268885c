/** One stream of events from the server: by fetch, with a bearer; it comes back by itself and goes on where it was. */
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import * as z from 'zod';
import { LiveEvent, LiveState, SessionEvent } from '../../shared/event.ts';
import { SessionId } from '../../shared/ids.ts';

export type StreamItem =
  | { kind: 'event'; event: SessionEvent }
  | { kind: 'live'; event: LiveEvent }
  | { kind: 'live-state'; session: SessionId; state: LiveState }
  /** What was missed cannot be served: read the snapshots again. */
  | { kind: 'resync'; why: string }
  /** Something came that this page does not know: it is of another version than the server. */
  | { kind: 'unreadable'; why: string };

export type StreamState =
  | { phase: 'connecting' }
  /** All up to `seq` has come. `fresh`: nothing tells what was before, so a snapshot older than `seq` is stale. */
  | { phase: 'live'; fresh: boolean; seq: number }
  | { phase: 'waiting'; why: string; retryInMs: number }
  | { phase: 'refused' };

export interface StreamOptions {
  url: string;
  token: string;
  onItems: (items: StreamItem[]) => void;
  onState: (state: StreamState) => void;
  /** Milliseconds without a byte after which the stream is taken as dead; the server's heart beats every 15 s. */
  silenceMs?: number;
  /** The first wait before it is asked again, in ms; it doubles up to `retryMaxMs`. */
  retryMs?: number;
  retryMaxMs?: number;
}

const DEFAULTS = { silenceMs: 40_000, retryMs: 250, retryMaxMs: 10_000 };

/** A stream that runs from `new` until `close`. */
export class EventStream {
  readonly #options: Required<StreamOptions>;
  readonly #closed = new AbortController();
  #seq = 0;
  #failures = 0;
  #hurry: () => void = () => {};

  constructor(options: StreamOptions) {
    this.#options = { ...DEFAULTS, ...options };
    void this.#run();
  }

  /** The last event that came, or that the server said came before; 0 while nothing is known. */
  get seq(): number {
    return this.#seq;
  }

  close(): void {
    this.#closed.abort();
    this.#hurry();
  }

  /** Ends a wait: the person is looking, or the network is back. */
  hurry(): void {
    this.#hurry();
  }

  async #run(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      this.#options.onState({ phase: 'connecting' });
      const ended = await this.#once().catch((error: unknown) =>
        error instanceof Error ? error.message : String(error),
      );
      if (this.#closed.signal.aborted) return;
      if (ended === 'refused') return this.#options.onState({ phase: 'refused' });
      const retryInMs = this.#wait();
      this.#options.onState({ phase: 'waiting', why: ended, retryInMs });
      await this.#pause(retryInMs);
    }
  }

  /** One connection, from its request to its end; says why it ended, or throws. */
  async #once(): Promise<string> {
    const abort = new AbortController();
    const stop = () => abort.abort();
    this.#closed.signal.addEventListener('abort', stop, { once: true });
    let dog = setTimeout(stop, this.#options.silenceMs);
    const alive = () => {
      clearTimeout(dog);
      dog = setTimeout(stop, this.#options.silenceMs);
    };
    try {
      const response = await fetch(this.#options.url, {
        headers: this.#headers(),
        cache: 'no-store',
        signal: abort.signal,
      });
      if (response.status === 401) return 'refused';
      if (!response.ok || response.body === null) return `the server answered ${response.status}`;
      await this.#read(response.body, alive);
      return 'the server ended the stream';
    } finally {
      clearTimeout(dog);
      this.#closed.signal.removeEventListener('abort', stop);
      abort.abort();
    }
  }

  #headers(): Record<string, string> {
    const headers: Record<string, string> = {
      accept: 'text/event-stream',
      authorization: `Bearer ${this.#options.token}`,
    };
    if (this.#seq > 0) headers['last-event-id'] = String(this.#seq);
    return headers;
  }

  /** What one chunk carried goes on together: a burst is one message to a tab, not a thousand. */
  async #read(body: ReadableStream<Uint8Array>, alive: () => void): Promise<void> {
    let items: StreamItem[] = [];
    const known = this.#seq > 0;
    const flush = () => {
      if (items.length > 0) this.#options.onItems(items);
      items = [];
    };
    const parser = createParser({
      onEvent: (message) => {
        const taken = this.#take(message);
        if (taken === 'complete') {
          flush();
          this.#failures = 0;
          this.#options.onState({ phase: 'live', fresh: !known, seq: this.#seq });
        } else if (taken !== null) items.push(taken);
      },
    });
    const reader = body.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      parser.feed(decoder.decode(value, { stream: true }));
      flush();
    }
  }

  #take(message: EventSourceMessage): StreamItem | 'complete' | null {
    const read = readMessage(message);
    if (read.kind === 'complete') this.#seq = Math.max(this.#seq, read.seq);
    // The number that we held may be of another record: what the server says now is all that counts.
    if (read.kind === 'resync') this.#seq = read.seq;
    if (read.kind === 'complete') return 'complete';
    if (read.kind === 'resync') return { kind: 'resync', why: read.why };
    if (read.kind === 'nothing') return null;
    if (read.kind === 'event' && read.event.seq > this.#seq) {
      this.#seq = read.event.seq;
      // A line that breaks before all was told, but brings something each time, is worth asking again at once.
      this.#failures = 0;
    }
    return read;
  }

  /** Doubles with each failure, with jitter so that tabs and servers do not march in step. */
  #wait(): number {
    const { retryMs, retryMaxMs } = this.#options;
    const most = Math.min(retryMaxMs, retryMs * 2 ** Math.min(this.#failures, 16));
    this.#failures++;
    return Math.round(most / 2 + (Math.random() * most) / 2);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

type Read =
  | Exclude<StreamItem, { kind: 'resync' }>
  | { kind: 'complete'; seq: number }
  | { kind: 'resync'; seq: number; why: string }
  | { kind: 'nothing' };

const Complete = z.object({ seq: z.int().min(0) });
const Resync = z.object({ seq: z.int().min(0), why: z.string() });
const InFlight = z.object({ session: SessionId, state: LiveState });
const LIVE = new Set<string>([
  ...['text.delta', 'reasoning.delta', 'call.delta', 'message.reset'],
  ...['command.output', 'command.tail', 'workspace.changed', 'shares.changed'],
]);

/** A frame of the stream, parsed. Only a durable event has an id. Never throws. */
export function readMessage(message: { event?: string | undefined; id?: string | undefined; data: string }): Read {
  const type = message.event ?? 'message';
  try {
    const data: unknown = JSON.parse(message.data);
    if (type === 'replay.complete') return { kind: 'complete', ...Complete.parse(data) };
    if (type === 'resync.required') return { kind: 'resync', ...Resync.parse(data) };
    if (type === 'live.state') return { kind: 'live-state', ...InFlight.parse(data) };
    if (type === 'reader.slow') return { kind: 'nothing' };
    if (LIVE.has(type)) return { kind: 'live', event: LiveEvent.parse(data) };
    return { kind: 'event', event: SessionEvent.parse(data) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: 'unreadable', why: `${type}: ${why.slice(0, 300)}` };
  }
}

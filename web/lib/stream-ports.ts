/** The shared stream's own side: one connection to the server, and a port for each tab that listens. */
import { EventStream, type StreamItem, type StreamState } from './stream-source.ts';

/** From a tab. A tab says hello once and then pings, so that one that died without a word is let go. */
export type ToStream = { kind: 'hello'; token: string } | { kind: 'ping' } | { kind: 'hurry' } | { kind: 'bye' };
/** To a tab. `missed`: it was let go in between, and must read its snapshots again. */
export type FromStream =
  { kind: 'items'; items: StreamItem[] } | { kind: 'state'; state: StreamState } | { kind: 'missed' };

/** A hidden tab's timers run once a minute at worst; two and a half minutes of silence is a tab that is gone or frozen. */
export const PING_MS = 20_000;
const SILENT_MS = 150_000;

export interface Port {
  postMessage(message: FromStream): void;
}

/** Serves any number of ports from one stream. `url` is that of the events. */
export class StreamPorts {
  readonly #url: string;
  readonly #now: () => number;
  readonly #ports = new Map<Port, number>();
  #stream: EventStream | null = null;
  #token = '';
  #state: StreamState = { phase: 'connecting' };

  constructor(url: string, now: () => number = Date.now) {
    this.#url = url;
    this.#now = now;
  }

  get size(): number {
    return this.#ports.size;
  }

  receive(port: Port, message: ToStream): void {
    if (message.kind === 'bye') return this.#drop(port);
    if (message.kind === 'hurry') this.#stream?.hurry();
    const known = this.#ports.has(port);
    this.#ports.set(port, this.#now());
    if (message.kind === 'hello') this.#open(message.token);
    else if (known) return;
    else port.postMessage({ kind: 'missed' });
    port.postMessage({ kind: 'state', state: this.#stateNow() });
  }

  /** For a tab that joins: all up to this number has gone by, and all after it will come. */
  #stateNow(): StreamState {
    if (this.#state.phase !== 'live' || this.#stream === null) return this.#state;
    return { phase: 'live', fresh: true, seq: this.#stream.seq };
  }

  /** Lets go of the tabs that have been silent for too long. Called now and then. */
  sweep(): void {
    const oldest = this.#now() - SILENT_MS;
    for (const [port, seen] of this.#ports) if (seen < oldest) this.#drop(port);
  }

  #drop(port: Port): void {
    this.#ports.delete(port);
    if (this.#ports.size > 0) return;
    this.#stream?.close();
    this.#stream = null;
    this.#token = '';
  }

  #open(token: string): void {
    if (this.#stream !== null && token === this.#token) return;
    this.#stream?.close();
    this.#token = token;
    this.#state = { phase: 'connecting' };
    this.#stream = new EventStream({
      url: this.#url,
      token,
      onItems: (items) => this.#tell({ kind: 'items', items }),
      onState: (state) => {
        this.#state = state;
        this.#tell({ kind: 'state', state });
      },
    });
  }

  #tell(message: FromStream): void {
    for (const port of this.#ports.keys()) port.postMessage(message);
  }
}

/** The readers that want the same sessions: what happens in one tick reaches all of them as one write of the same bytes. */
import type { SessionId } from '../../shared/ids.ts';
import type { BusItem } from '../store/bus.ts';
import type { Reader } from './reader.ts';

export class Channel {
  readonly readers = new Set<Reader>();
  /** Characters that wait for the next flush. */
  waiting = 0;
  readonly #sessions: ReadonlySet<string> | null;
  #frames: string[] = [];
  /** The seq of each frame that waits; 0 for a live one, which has none. */
  #seqs: number[] = [];

  constructor(sessions: readonly SessionId[] | null) {
    this.#sessions = sessions && new Set(sessions);
  }

  takes({ kind, event }: BusItem): boolean {
    if (this.#sessions === null) return true;
    if (kind === 'durable') return event.chain === 'workspace' || this.#sessions.has(event.chain);
    return !('session' in event) || this.#sessions.has(event.session);
  }

  add(frame: string, seq: number): void {
    this.#frames.push(frame);
    this.#seqs.push(seq);
    this.waiting += frame.length;
  }

  flush(): void {
    if (this.#frames.length === 0) return;
    const [frames, seqs] = [this.#frames, this.#seqs];
    [this.#frames, this.#seqs, this.waiting] = [[], [], 0];
    const durable = seqs.filter((seq) => seq > 0);
    const first = durable[0] ?? Infinity;
    const last = durable.at(-1) ?? 0;
    const whole = Buffer.from(frames.join(''));
    for (const reader of this.readers) {
      const unseen = reader.seq < first ? whole : withoutSeen(frames, seqs, reader.seq);
      reader.seq = Math.max(reader.seq, last);
      reader.push(unseen);
    }
  }
}

/** For a reader whose replay already had some of these. */
function withoutSeen(frames: readonly string[], seqs: readonly number[], seen: number): Buffer {
  return Buffer.from(frames.filter((_, i) => seqs[i] === 0 || seqs[i]! > seen).join(''));
}

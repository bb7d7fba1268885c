/** One reader of a stream: what is written to it, how much of that waits, and when it is warned or let go. */
import type { ServerResponse } from 'node:http';
import type { LoginId, ShareId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { noteFrame } from './frame.ts';

export class Reader {
  /** Whose it is: a login's, or of who has the link of a share. */
  readonly of: LoginId | ShareId;
  /** The highest seq that it was sent. What is at or below it is not sent again. */
  seq = 0;
  ended = false;
  readonly #response: ServerResponse;
  readonly #onEvicted: (why: string, waitingBytes: number) => void;
  #warned = false;

  constructor(response: ServerResponse, of: LoginId | ShareId, onEvicted: (why: string, waitingBytes: number) => void) {
    this.#response = response;
    this.of = of;
    this.#onEvicted = onEvicted;
    response.on('close', () => (this.ended = true));
  }

  /**
   * Writes what happens now. Whoever still has more than `LIMITS.subscriberBytes` to take from before is let go: it comes back
   * with its Last-Event-ID and is served from the log, at its own pace. So what waits is bounded by that and one batch.
   */
  push(bytes: Uint8Array): void {
    if (this.ended) return;
    const waiting = this.#response.writableLength;
    if (waiting > LIMITS.subscriberBytes.value) return this.#evict('too slow for what happens');
    this.#response.write(bytes);
    if (waiting > LIMITS.subscriberWarnBytes.value) this.#warn(waiting);
    else this.#warned = false;
  }

  /** Writes a part of a replay and waits until it is taken. False: the reader is gone, or took nothing for `stallMs`. */
  async send(bytes: Uint8Array, stallMs: number): Promise<boolean> {
    if (this.ended) return false;
    if (this.#response.write(bytes)) return true;
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(stalled);
        this.#response.off('drain', settle).off('close', settle);
        resolve(!this.ended);
      };
      const stalled = setTimeout(() => {
        this.#evict('took nothing of its replay');
        settle();
      }, stallMs);
      this.#response.on('drain', settle).on('close', settle);
    });
  }

  /** Ends the stream as its own end would; what a slow reader has not taken by then, it does not get. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    if (this.#response.writableLength > LIMITS.subscriberWarnBytes.value) this.#response.destroy();
    else this.#response.end();
  }

  #warn(waitingBytes: number): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#response.write(noteFrame('reader.slow', { waitingBytes }));
  }

  #evict(why: string): void {
    this.ended = true;
    this.#onEvicted(why, this.#response.writableLength);
    this.#response.destroy();
  }
}

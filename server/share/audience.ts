/** Who looks at one share: their streams, what each was sent, and the end that closes them all. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LIMITS } from '../../shared/limits.ts';
import type { Frame, Viewing } from './viewing.ts';

/** One open stream. */
export interface Viewer {
  /** How many frames it was sent. */
  sent: number;
  /** It has what there was: from now on it is told what comes. Before, it reads at its own pace. */
  isLevel: boolean;
  push(frames: readonly Frame[]): void;
  beat(): void;
  /** Says that the share has ended, and ends the stream. */
  close(): void;
}

export interface AudienceOptions {
  viewing: Viewing;
  /** Called when a viewer came or went. */
  onChanged(): void;
  /** It is past its time. */
  onExpired(): void;
  /** What is new could not be read. */
  onFailed(error: unknown): void;
  now(): number;
}

export class Audience {
  readonly viewing: Viewing;
  readonly #options: AudienceOptions;
  readonly #viewers = new Set<Viewer>();
  #expiry: NodeJS.Timeout | undefined;
  #isMoving = false;
  #isClosed = false;
  #held = 0;
  #requests = { since: 0, count: 0 };

  constructor(options: AudienceOptions) {
    this.viewing = options.viewing;
    this.#options = options;
    this.#awaitExpiry();
  }

  get size(): number {
    return this.#viewers.size;
  }

  /** Nobody looks, and nothing is asked of it just now. */
  get isAtRest(): boolean {
    return this.#viewers.size === 0 && this.#held === 0;
  }

  /** Its share has ended: whoever waited for something meanwhile gets nothing more of it. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Reads what was recorded since, and stays as long as that takes. */
  async advance(): Promise<void> {
    this.#held++;
    try {
      await this.viewing.advance();
    } finally {
      this.#held--;
    }
  }

  /** Counts a request with its token. False: too many of them. */
  takes(): boolean {
    const now = this.#options.now();
    if (now - this.#requests.since >= LIMITS.shareWindowMs.value) this.#requests = { since: now, count: 0 };
    return ++this.#requests.count <= LIMITS.shareRequests.value;
  }

  /** Sends it what is new from now on; the answer ends that. */
  enter(viewer: Viewer): () => void {
    this.#viewers.add(viewer);
    this.#options.onChanged();
    return () => {
      if (this.#viewers.delete(viewer)) this.#options.onChanged();
    };
  }

  /** Something was recorded in its session. */
  move(): void {
    if (this.#isMoving || this.#viewers.size === 0 || !this.viewing.share.live) return;
    this.#isMoving = true;
    void nextTurn()
      .then(() => {
        this.#isMoving = false;
        return this.viewing.advance();
      })
      .then(() => this.#spread())
      .catch((error: unknown) => this.#options.onFailed(error));
  }

  beat(): void {
    // While a machine sleeps its timers stand still and its clock goes on.
    if (this.#left() <= 0) return this.#options.onExpired();
    for (const viewer of this.#viewers) viewer.beat();
  }

  /** Ends every stream, at once. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#expiry);
    for (const viewer of this.#viewers) viewer.close();
    this.#viewers.clear();
  }

  #spread(): void {
    const { frames } = this.viewing;
    for (const viewer of this.#viewers) {
      if (!viewer.isLevel || viewer.sent >= frames.length) continue;
      const unseen = frames.slice(viewer.sent);
      viewer.sent = frames.length;
      viewer.push(unseen);
    }
  }

  /** A timer holds at most 24 days; the clock is looked at again each day. Never at once: who makes it must hold it first. */
  #awaitExpiry(): void {
    const due = () => (this.#left() > 0 ? this.#awaitExpiry() : this.#options.onExpired());
    this.#expiry = setTimeout(due, Math.min(Math.max(this.#left(), 0), DAY_MS)).unref();
  }

  /** Milliseconds that it still opens. */
  #left(): number {
    return Date.parse(this.viewing.share.expiresAt) - this.#options.now();
  }
}

const DAY_MS = 86_400_000;

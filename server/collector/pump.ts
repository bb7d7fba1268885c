/** Carries events from the log to a collector, in order, a batch at a time: what it took is noted, the rest is sent again. */
import { setImmediate as breath, setTimeout as sleep } from 'node:timers/promises';
import type { SessionEvent } from '../../shared/event.ts';
import type { LogReads } from '../store/reading.ts';
import type { Post } from './post.ts';
import type { Records } from './records.ts';

export interface Pace {
  /** Events in one request. */
  batch: number;
  /** Milliseconds: the first wait after a failure, and the longest. */
  retryBaseMs: number;
  retryMaxMs: number;
}

export interface PumpDeps {
  log: Pick<LogReads, 'after'>;
  /** Called once, before the first request. */
  records: () => Promise<Records>;
  post: Post;
  pace: Pace;
  /** Called after each batch that was taken, or given up as told, with its last event. */
  taken(last: SessionEvent): void;
  /** Called after each try that failed. */
  failed(why: string): void;
  /** An event, or some of a batch, that the collector will not have. */
  refused(facts: { seq: number; count: number; why: string }): void;
}

/** Few at a time: a single event may be as large as an edit. */
const READ_AT_ONCE = 10;

export class Pump {
  #deps: PumpDeps;
  #after: number;
  #made: Records | null = null;
  #failures = 0;
  /** Smaller after a refusal, until the one that is refused stands alone. */
  #most: number;

  constructor(deps: PumpDeps, after: number) {
    this.#deps = deps;
    this.#after = after;
    this.#most = deps.pace.batch;
  }

  /**
   * Sends all there is, waiting where it fails; ends when nothing is left. `end` cuts it off. After `hurry` nothing is waited for any
   * more, and one failure ends it. Throws only what the log throws.
   */
  async drain(end: AbortSignal, hurry: AbortSignal): Promise<void> {
    while (!end.aborted) {
      const events = await this.#batch();
      const last = events.at(-1);
      if (last === undefined) return;
      const waitMs = await this.#send(events, last, end);
      if (waitMs === null) continue;
      if (hurry.aborted) return;
      const signal = AbortSignal.any([end, hurry]);
      await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined); // the loop sees why
    }
  }

  async #batch(): Promise<SessionEvent[]> {
    const events: SessionEvent[] = [];
    while (events.length < this.#most) {
      const after = events.at(-1)?.seq ?? this.#after;
      const limit = Math.min(READ_AT_ONCE, this.#most - events.length);
      const page = this.#deps.log.after(after, { sessions: null, limit });
      events.push(...page);
      if (page.length < limit) break;
      await breath();
    }
    return events;
  }

  /** Milliseconds to wait before the next try; null where it can go on at once. */
  async #send(events: SessionEvent[], last: SessionEvent, end: AbortSignal): Promise<number | null> {
    const { post, failed, refused } = this.#deps;
    const records = (this.#made ??= await this.#deps.records());
    const made = [];
    for (const event of events) {
      made.push(records.of(event));
      await breath(); // masking takes its time, and a turn may run
    }
    const posted = await post(records.bytes(made), end);
    if (end.aborted && posted.kind !== 'taken') return 0;
    switch (posted.kind) {
      case 'taken': {
        const { count, why } = records.rejected(posted.answer);
        if (count > 0) refused({ seq: last.seq, count, why });
        this.#pass(last);
        return null;
      }
      case 'refused':
        if (events.length > 1) this.#most = Math.ceil(events.length / 2);
        else {
          refused({ seq: last.seq, count: 1, why: posted.why });
          this.#pass(last);
        }
        return null;
      case 'later':
        failed(posted.why);
        // What it asks for, and never less than our own: a zero, answered each time, would be a storm.
        return Math.max(posted.afterMs ?? 0, this.#backOff());
    }
  }

  #pass(last: SessionEvent): void {
    this.#after = last.seq;
    this.#failures = 0;
    this.#most = Math.min(this.#most * 2, this.#deps.pace.batch);
    this.#deps.taken(last);
  }

  /** Doubles, and lies anywhere in the upper half, so that many servers do not come back at once. */
  #backOff(): number {
    const { retryBaseMs, retryMaxMs } = this.#deps.pace;
    const whole = Math.min(retryBaseMs * 2 ** Math.min(this.#failures++, 30), retryMaxMs);
    return whole / 2 + (Math.random() * whole) / 2;
  }
}

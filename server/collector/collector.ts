/** The stream of records to a collector: from where the last server left off, as they are made, until the end. */
import type { SessionEvent } from '../../shared/event.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Logger } from '../base/log.ts';
import type { Exporter } from '../store/siem/formats.ts';
import { type Cursor, readCursor, writeCursor } from '../store/siem/cursor.ts';
import type { Store } from '../store/store.ts';
import { createPost } from './post.ts';
import { type Pace, Pump } from './pump.ts';

export interface CollectorOptions {
  stateDir: string;
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  exporter: Exporter;
  logger: Logger;
  /** Only a test has one of its own. */
  pace?: Pace & { delayMs: number; flushMs: number };
}

export interface Collector {
  /** Sends what is left, for a bounded time; what is not taken by then goes after the next start. Never throws. */
  close(): Promise<void>;
}

const PACE = {
  batch: LIMITS.otlpBatch.value,
  retryBaseMs: LIMITS.otlpRetryBaseMs.value,
  retryMaxMs: LIMITS.otlpRetryMaxMs.value,
  delayMs: LIMITS.otlpDelayMs.value,
  flushMs: LIMITS.otlpFlushMs.value,
};

/** Never throws, and holds up nobody: whatever goes wrong is logged, and stands in the cursor for `vtcode doctor`. */
export function startCollector(store: Pick<Store, 'log' | 'bus'>, options: CollectorOptions): Collector {
  const { logger, pace = PACE } = options;
  try {
    return open(store, { ...options, pace });
  } catch (error) {
    logger.error('collector.off', { error });
    return { close: () => Promise.resolve() };
  }
}

function open({ log, bus }: Pick<Store, 'log' | 'bus'>, options: Required<CollectorOptions>): Collector {
  const { stateDir, endpoint, headers, exporter, logger, pace } = options;
  const notes = takeNotes(stateDir, logger, startOf(log, readCursor(stateDir)));
  const post = createPost(endpoint, headers);
  const pump = new Pump(
    {
      ...{ log, post, pace },
      records: async () => (await import('./records.ts')).createRecords(exporter),
      taken: notes.taken,
      failed: notes.failed,
      refused: (facts) => logger.warn('collector.refused', facts),
    },
    notes.after,
  );
  const [end, hurry] = [new AbortController(), new AbortController()];
  let hasMore = true; // what the last server did not bring
  let running: Promise<void> | null = null;
  const run = async () => {
    while (hasMore && !end.signal.aborted) {
      hasMore = false;
      await pump.drain(end.signal, hurry.signal);
    }
  };
  const begin = () => {
    running ??= run()
      .catch((error: unknown) => logger.error('collector.failed', { error }))
      .finally(() => (running = null));
    return running;
  };
  let timer = setTimeout(begin, pace.delayMs).unref();
  const unsubscribe = bus.subscribe(({ kind }) => {
    if (kind !== 'durable' || hasMore) return;
    hasMore = true;
    timer = setTimeout(begin, pace.delayMs).unref();
  });
  const finish = async () => {
    unsubscribe();
    clearTimeout(timer);
    const bound = setTimeout(() => end.abort(), pace.flushMs);
    hasMore = true;
    hurry.abort();
    while (hasMore && !end.signal.aborted) await begin();
    clearTimeout(bound);
    post.close();
  };
  let finished: Promise<void> | null = null;
  return { close: () => (finished ??= finish()) };
}

/** After which event it goes on. Without a word of an earlier server: after what there is, which nobody asked to send. */
function startOf(log: Store['log'], cursor: Cursor | null): Cursor {
  if (cursor === null) {
    const { seq, id, at } = log.newest() ?? { seq: 0, id: '', at: '' };
    return { v: 1, seq, id, at, trouble: '', since: '' };
  }
  if (cursor.id === '') return { ...cursor, seq: 0 };
  // In a database that was made anew an event has another number; one that is older than the cursor does not have it at all.
  return { ...cursor, seq: log.seqOf(cursor.id) ?? log.before(cursor.at) };
}

/** What became of each batch, in the cursor and in the log; said once, not with each try. */
function takeNotes(stateDir: string, logger: Logger, start: Cursor) {
  let cursor = start;
  const keep = (next: Cursor) => {
    cursor = next;
    try {
      writeCursor(stateDir, cursor);
    } catch (error) {
      logger.warn('collector.cursor_failed', { error }); // what was taken since may come twice
    }
  };
  keep(start);
  return {
    after: start.seq,
    taken({ seq, id, at }: SessionEvent) {
      if (cursor.trouble !== '') logger.info('collector.recovered', { seq });
      keep({ v: 1, seq, id, at, trouble: '', since: '' });
    },
    failed(why: string) {
      if (cursor.trouble === why) return;
      logger.warn('collector.failing', { why, after: cursor.seq });
      keep({ ...cursor, trouble: why, since: cursor.since || new Date().toISOString() });
    },
  };
}

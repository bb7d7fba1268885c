/** The events of a store for an export: page by page, and on as they come. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionEvent } from '../../../shared/event.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { Fault } from '../../base/fault.ts';
import type { LogReads } from '../reading.ts';

export interface Wish {
  /** As an event writes its time; null: from the first. What was copied from an older session has its older time. */
  since: string | null;
  follow: boolean;
  /** Ends it, between two pages. */
  signal: AbortSignal;
}

/** One page is held at a time. Throws a Fault where the store is replaced by another one while it is followed. */
export async function* streamEvents(
  { log, stateDir }: { log: Pick<LogReads, 'after' | 'before'>; stateDir: string },
  { since, follow, signal }: Wish,
): AsyncIterable<SessionEvent[]> {
  const path = join(stateDir, 'vtcode.db');
  const first = await identityOf(path);
  let after = since === null ? 0 : log.before(since);
  while (!signal.aborted) {
    const page = log.after(after, { sessions: null, limit: LIMITS.replayPage.value });
    if (page.length > 0) {
      after = page.at(-1)!.seq;
      yield since === null ? page : page.filter(({ at }) => at >= since);
      continue;
    }
    if (!follow) return;
    if ((await identityOf(path)) !== first) throw replaced(path);
    await sleep(LIMITS.siemPollMs.value, undefined, { signal }).catch(() => undefined); // ended: the loop sees it
  }
}

/** Which file it is, whatever its name; empty where there is none. */
async function identityOf(path: string): Promise<string> {
  try {
    const { dev, ino } = await stat(path);
    return `${dev}:${ino}`;
  } catch {
    return '';
  }
}

const replaced = (path: string) =>
  new Fault({
    status: 409,
    code: 'store_replaced',
    message: `${path} is not the file that was followed any more: the records were made anew, or removed.`,
    hint: 'Start the export again; with --since it leaves out what came before.',
  });

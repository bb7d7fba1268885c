/** Takes the content of a session out of the records. Its events stay as tombstones: sealed, numbered, and empty. */
import { and, eq, gt, ne, sql } from 'drizzle-orm';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as others } from 'node:timers/promises';
import type { SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Blobs } from './blobs.ts';
import { commitment } from './chain.ts';
import { chainOfFile } from './md/names.ts';
import { backupsOf, type Db } from './open.ts';
import { approvals, audit, events, sessions } from './schema.ts';

/**
 * Removes data and salts, what was read from them, the markdown of it, the blobs that no other session needs, and the copies of the database that
 * still hold it all. May be cut off at any place and called again. Copies that are outside the state directory are not known here.
 */
export async function erase({ db, blobs }: { db: Db; blobs: Blobs }, session: SessionId): Promise<void> {
  await removeBlobs(db, blobs, session);
  while (erasePage(db, session)) await others();
  db.raw.transaction(() => {
    db.orm.delete(approvals).where(eq(approvals.session, session)).run();
    db.orm.delete(sessions).where(eq(sessions.id, session)).run();
  })();
  for (const copy of [...backupsOf(db.raw.name), ...filesOf(dirname(db.raw.name), session)])
    rmSync(copy, { force: true });
  // What was removed still stands in the log of writes, until it is carried over.
  db.raw.pragma('wal_checkpoint(TRUNCATE)');
}

/** The markdown of the session, and what was once set aside of it. */
function filesOf(stateDir: string, session: SessionId): string[] {
  const dir = join(stateDir, 'sessions');
  if (!existsSync(dir)) return [];
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => chainOfFile(entry.name) === session)
    .map((entry) => join(entry.parentPath, entry.name));
}

/** False when there was nothing left to do. */
function erasePage({ orm, raw }: Db, session: SessionId): boolean {
  const { seq, data, salt } = events;
  const rows = orm
    .select({ seq, data, salt })
    .from(events)
    .where(and(eq(events.chain, session), ne(data, '')))
    .limit(LIMITS.eraseEvents.value)
    .all();
  const unindex = raw.prepare('DELETE FROM search WHERE rowid = ?');
  raw.transaction(() => {
    for (const row of rows) {
      const kept = commitment(row.salt, JSON.parse(row.data));
      orm.update(events).set({ data: '', salt: '', commitment: kept }).where(eq(seq, row.seq)).run();
      orm
        .update(audit)
        .set({ title: '', actionId: '', decision: '', effect: '', rules: '' })
        .where(eq(audit.seq, row.seq))
        .run();
      unindex.run(row.seq);
    }
  })();
  return rows.length > 0;
}

/** Every hash that stands in the session's events and in no other's: of those, what is kept as bytes goes. */
async function removeBlobs(db: Db, blobs: Blobs, session: SessionId): Promise<void> {
  const mine = new Set<string>();
  for await (const data of pages(db, eq(events.chain, session))) for (const hash of hashesIn(data)) mine.add(hash);
  if (mine.size === 0) return;
  // Those that are on their way out keep what they share too: they may come back, and else take it with them.
  for await (const data of pages(db, ne(events.chain, session))) for (const hash of hashesIn(data)) mine.delete(hash);
  for (const hash of mine) await blobs.remove(hash);
}

const hashesIn = (data: string): string[] => data.match(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g) ?? [];

async function* pages({ orm }: Db, where: ReturnType<typeof and>): AsyncIterable<string> {
  for (let after = 0; ;) {
    const rows = orm
      .select({ seq: events.seq, data: events.data })
      .from(events)
      .where(and(where, ne(events.data, ''), gt(events.seq, after)))
      .orderBy(sql`${events.seq}`)
      .limit(LIMITS.eraseEvents.value)
      .all();
    for (const { data } of rows) yield data;
    const last = rows.at(-1);
    if (!last) return;
    after = last.seq;
    await others();
  }
}

/** Fills the tables that are read from the events by their text: after a change of format, or from records of another file. */
import { gt } from 'drizzle-orm';
import { LIMITS } from '../../shared/limits.ts';
import { createAuditRows } from './audit-rows.ts';
import type { Db } from './open.ts';
import { createReading } from './reading.ts';
import { audit, sessions } from './schema.ts';
import { createSearchIndex } from './search.ts';

/** Makes the search and the audit rows anew. Call it in a transaction. */
export function fillReads({ orm, raw }: Pick<Db, 'orm' | 'raw'>): void {
  raw.exec('DELETE FROM search');
  orm.delete(audit).run();
  const copied = new Map(
    orm
      .select({ id: sessions.id, copied: sessions.copied })
      .from(sessions)
      .where(gt(sessions.copied, 0))
      .all()
      .map((row) => [row.id, row.copied]),
  );
  const [search, row] = [createSearchIndex(raw), createAuditRows(orm)];
  const log = createReading({ orm });
  for (let after = 0; ;) {
    const page = log.after(after, { sessions: null, limit: LIMITS.replayPage.value });
    for (const event of page) {
      search(event);
      const isCopy = event.chainSeq > 1 && event.chainSeq <= 1 + (copied.get(event.chain) ?? 0);
      if (!isCopy) row(event);
    }
    const last = page.at(-1);
    if (!last) return;
    after = last.seq;
  }
}

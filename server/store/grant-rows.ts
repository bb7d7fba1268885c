/** Keeps the table of standing rules in step with the log: made, taken away, used. */
import { eq, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { SessionEvent } from '../../shared/event.ts';
import { grants } from './schema.ts';

/** Throws, and so undoes the event, where a rule is taken away that does not stand: one winner, always. */
export function createGrantRows(orm: BetterSQLite3Database): (event: SessionEvent) => void {
  const use = orm
    .update(grants)
    .set({ usedAt: sql`${sql.placeholder('at')}`, uses: sql`${grants.uses} + 1` })
    .where(eq(grants.id, sql.placeholder('id')))
    .prepare();
  const revoke = orm
    .update(grants)
    .set({ revokedAt: sql`${sql.placeholder('at')}` })
    .where(sql`${grants.id} = ${sql.placeholder('id')} and ${grants.revokedAt} = ''`)
    .prepare();
  return (event) => {
    const { at, seq } = event;
    if (event.type === 'grant.added') {
      const { grantId: id, session, until } = event.data;
      orm
        .insert(grants)
        .values({ id, seq, session: session ?? '', until })
        .run();
    } else if (event.type === 'grant.revoked') {
      if (revoke.run({ id: event.data.grantId, at }).changes !== 1)
        throw new Error(`the rule ${event.data.grantId} does not stand`);
    } else if (event.type === 'action.proposed' && event.data.verdict.decision === 'allow') {
      const used = event.data.verdict.reasons.filter(({ layer }) => layer === 'grant');
      for (const id of new Set(used.map(({ rule }) => rule.replace('grant/', '')))) use.run({ id, at });
    }
  };
}

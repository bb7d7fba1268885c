/** Keeps the table of shares in step with the log: made, looked at, taken away, ended with their session. */
import { and, eq, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { SessionEvent } from '../../shared/event.ts';
import { shares } from './schema.ts';

/**
 * A row that is made from its event opens nothing: the token comes to it from who made the share, and is in no event. So neither
 * a rebuild nor an import brings a share back. Throws, and so undoes the event, where one is revoked that does not stand.
 */
export function createShareRows(orm: BetterSQLite3Database): (event: SessionEvent) => void {
  const end = { token: '', wish: '' };
  const open = eq(shares.ended, '');
  return (event) => {
    const { at, seq, chain } = event;
    if (event.type === 'session.trashed') {
      const mine = and(eq(shares.session, chain), open);
      orm
        .update(shares)
        .set({ ...end, ended: 'deleted', endedAt: at })
        .where(mine)
        .run();
    }
    if (chain !== 'workspace') return;
    if (event.type === 'share.created') {
      const { shareId: id, session, expiresAt, live, upTo } = event.data;
      orm.insert(shares).values({ id, seq, session, createdAt: at, expiresAt, live, upTo }).run();
    } else if (event.type === 'share.viewed') {
      const { shareId, views } = event.data;
      orm
        .update(shares)
        .set({ views: sql`${shares.views} + ${views}`, viewedAt: at })
        .where(eq(shares.id, shareId))
        .run();
    } else if (event.type === 'share.revoked') {
      const mine = and(eq(shares.id, event.data.shareId), open);
      const { changes } = orm
        .update(shares)
        .set({ ...end, ended: 'revoked', endedAt: at })
        .where(mine)
        .run();
      if (changes !== 1) throw new Error(`the share ${event.data.shareId} does not stand`);
    }
  };
}

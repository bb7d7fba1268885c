/** What is summed over the events of a session: the files it changed, the tokens it used. */
import { and, eq, sql } from 'drizzle-orm';
import type { Change } from '../../shared/api.ts';
import type { SessionId } from '../../shared/ids.ts';
import { addUsage, NO_USAGE, type Usage } from '../../shared/message.ts';
import type { Db } from './open.ts';
import { events } from './schema.ts';

export function createLedgerReads({ orm }: Pick<Db, 'orm'>) {
  return {
    changes(session: SessionId, scope: 'turn' | 'session'): Change[] {
      const mine = and(eq(events.chain, session), eq(events.type, 'file.changed'), isOurs(session));
      const rows = orm
        .select({ turn: events.turn, data: events.data })
        .from(events)
        .where(mine)
        .orderBy(events.seq)
        .all();
      const turn = rows.at(-1)?.turn;
      const wanted = scope === 'turn' ? rows.filter((row) => row.turn === turn) : rows;
      return netChanges(wanted.map((row) => JSON.parse(row.data) as Change));
    },

    usage(session: SessionId): Usage {
      const mine = and(eq(events.chain, session), eq(events.type, 'usage.recorded'));
      const rows = orm.select({ data: events.data }).from(events).where(mine).all();
      return rows.reduce((sum, row) => addUsage(sum, (JSON.parse(row.data) as { usage: Usage }).usage), NO_USAGE);
    },
  };
}

/** What came with an import was done elsewhere, to other files: it is no change of this workspace. */
const isOurs = (session: SessionId) =>
  sql`${events.chainSeq} > coalesce((select 1 + copied from sessions where id = ${session} and forked_from = ''), 0)`;

/** One row a file: from what stood before its first change to what stands after its last; nothing where that is the same. */
export function netChanges(changes: readonly Change[]): Change[] {
  const net = new Map<string, Change>();
  for (const change of changes) {
    const first = net.get(change.from);
    net.delete(change.from);
    const before = first?.before ?? change.before;
    const from = first?.from ?? change.from;
    const added = (first?.added ?? 0) + change.added;
    const removed = (first?.removed ?? 0) + change.removed;
    const { path, after } = change;
    if (before.state === 'absent' && after.state === 'absent') continue;
    const op =
      before.state === 'absent' ? 'create' : after.state === 'absent' ? 'delete' : path === from ? 'modify' : 'move';
    net.set(path, { path, from: op === 'create' ? path : from, op, before, after, added, removed });
  }
  return [...net.values()];
}

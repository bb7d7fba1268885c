/** What the last server left open when it ended, by the record: its turns and its commands. */
import { and, desc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { ActionId, SessionId, TurnId } from '../../shared/ids.ts';
import type { Db } from './open.ts';
import { events, sessions } from './schema.ts';

export function createLeftOverReads({ orm }: Pick<Db, 'orm'>) {
  return {
    /** Sessions whose turn runs, by the record: after a start, those that a stop or a crash cut. */
    openTurns(): { session: SessionId; turn: TurnId }[] {
      const rows = orm
        .select({ session: sessions.id, turn: sessions.turn })
        .from(sessions)
        .where(sql`${sessions.turn} is not null`);
      return rows.all().map((row) => ({ session: row.session as SessionId, turn: row.turn as TurnId }));
    },

    /** Commands of the last server whose end is not recorded. Before this server runs any of its own. */
    openCommands(): { session: SessionId | null; turn: TurnId | null; actionId: ActionId }[] {
      const ofCommands = inArray(events.type, ['command.started', 'command.finished']);
      const { chain, turn, type, data } = events;
      const rows = orm
        .select({ chain, turn, type, data })
        .from(events)
        .where(and(gt(events.seq, lastStart({ orm })), ofCommands))
        .orderBy(events.seq)
        .all();
      const open = new Map<ActionId, { session: SessionId | null; turn: TurnId | null }>();
      for (const row of rows) {
        const { actionId } = JSON.parse(row.data) as { actionId: ActionId };
        const session = row.chain === 'workspace' ? null : (row.chain as SessionId);
        if (row.type === 'command.started') open.set(actionId, { session, turn: row.turn as TurnId | null });
        else open.delete(actionId);
      }
      return [...open].map(([actionId, at]) => ({ ...at, actionId }));
    },
  };
}

/** Where the last server began: it tells of its sandbox before it runs anything. */
function lastStart({ orm }: Pick<Db, 'orm'>): number {
  const start = and(eq(events.chain, 'workspace'), eq(events.type, 'sandbox.probed'));
  const last = orm.select({ seq: events.seq }).from(events).where(start).orderBy(desc(events.seq)).limit(1).get();
  return last?.seq ?? 0;
}

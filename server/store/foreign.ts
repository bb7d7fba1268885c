/** Which events of a session came with a file from elsewhere: what they tell was done to other files, on another machine. */
import { and, eq, lte, max, notInArray, sql } from 'drizzle-orm';
import type { EventType } from '../../shared/event.ts';
import type { SessionId } from '../../shared/ids.ts';
import type { Db } from './open.ts';
import { events, sessions } from './schema.ts';

/** What is of a session itself and not of its conversation; and what was paid, which is not paid again: a fork has none of it. */
export const NOT_FORKED: readonly EventType[] = [
  ...(['session.created', 'session.renamed', 'session.pinned', 'session.archived'] as const),
  ...(['session.trashed', 'session.restored', 'session.forked', 'usage.recorded'] as const),
];

/**
 * The place in the chain up to which its events are foreign; 0 where none is. A fork has those of the session that it was made
 * from. Where that one was deleted and cannot tell any more where its own came from, all that was copied counts as foreign, unless
 * nothing ever came from elsewhere.
 */
export function foreignUpTo({ orm }: Pick<Db, 'orm'>, session: SessionId): number {
  const last = (type: EventType) =>
    orm
      .select({ at: max(events.chainSeq) })
      .from(events)
      .where(and(eq(events.chain, session), eq(events.type, type)))
      .get()?.at ?? 0;
  const forked = last('session.forked');
  if (forked === 0) return last('session.imported');
  const row = orm.select({ from: sessions.forkedFrom }).from(sessions).where(eq(sessions.id, session)).get();
  if (!row) return hasImports({ orm }) ? forked : 0;
  const from = row.from as SessionId;
  const copied = orm
    .select({ n: sql<number>`count(*)` })
    .from(events)
    .where(
      and(
        eq(events.chain, from),
        lte(events.chainSeq, foreignUpTo({ orm }, from)),
        notInArray(events.type, [...NOT_FORKED]),
      ),
    )
    .get()!.n;
  return copied === 0 ? 0 : Math.min(1 + copied, forked);
}

const hasImports = ({ orm }: Pick<Db, 'orm'>): boolean =>
  orm.select({ seq: events.seq }).from(events).where(eq(events.type, 'session.imported')).limit(1).get() !== undefined;

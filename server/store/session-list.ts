/** The list of sessions, a page at a time; and the search over all that they hold. */
import { and, desc, eq, inArray, lt, sql, type SQL } from 'drizzle-orm';
import type { ListedSession } from '../../shared/api.ts';
import type { SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import type { Db } from './open.ts';
import { events, sessions } from './schema.ts';
import { createSearch } from './search.ts';
import { isThere, SESSION, toInfo } from './session-row.ts';

const PAGE = 100;

export interface ListOptions {
  /** Empty: all of them. */
  query: string;
  /** What `next` was. */
  cursor: string | null;
  /** Without a query: those that were archived, in place of the others. A search finds both. */
  archived: boolean;
}

export interface Listed {
  sessions: ListedSession[];
  next: string | null;
}

export function createSessionList({ orm, raw }: Pick<Db, 'orm' | 'raw'>): (options: ListOptions) => Listed {
  const newest = createNewest({ orm });
  const found = createFound({ orm, raw });
  return (options) => (options.query.trim() === '' ? newest(options) : found(options));
}

/**
 * The pinned ones, all on the first page; then the newest. The pages after the first go on in the order of that moment, so each
 * session that was there then comes once, however many change in between.
 */
function createNewest({ orm }: Pick<Db, 'orm'>): (options: ListOptions) => Listed {
  const select = (where: SQL | undefined, place: SQL<number>, limit: number) =>
    orm
      .select({ ...SESSION, place })
      .from(sessions)
      .where(where)
      .orderBy(desc(place))
      .limit(limit)
      .all();
  return ({ cursor, archived }) => {
    const from = cursor === null ? null : parseCursor(cursor);
    const shelf = and(isThere, eq(sessions.archived, archived));
    const now = sql<number>`${sessions.updatedSeq}`;
    const pinned = and(shelf, eq(sessions.pinned, true));
    const pins = from === null ? select(pinned, now, LIMITS.pinnedSessions.value) : [];
    const place = from === null ? now : placeAt(from.moment);
    const older = from === null ? undefined : lt(place, from.place);
    const rows = select(and(shelf, eq(sessions.pinned, false), older), place, PAGE);
    const moment = from?.moment ?? rows[0]?.place;
    const next = rows.length === PAGE ? `${moment}-${rows.at(-1)!.place}` : null;
    return { sessions: [...pins, ...rows].map((row) => ({ ...toInfo(row), match: null })), next };
  };
}

/** Those whose title has the words as they stand, then those whose text has each of them, the newest match first. */
function createFound({ orm, raw }: Pick<Db, 'orm' | 'raw'>): (options: ListOptions) => Listed {
  const search = createSearch(raw);
  const select = (where: SQL | undefined) =>
    orm
      .select(SESSION)
      .from(sessions)
      .where(and(isThere, where))
      .orderBy(desc(sessions.updatedSeq))
      .limit(LIMITS.searchPage.value)
      .all();
  return ({ query, cursor }) => {
    const pattern = `%${query.trim().replace(/[\\%_]/g, '\\$&')}%`;
    const titled = select(sql`${sessions.title} like ${pattern} escape '\\'`);
    const page = search(query, cursor === null ? FIRST : parseCursor(cursor));
    const matches = new Map(page.found.map(({ session, match }) => [session, match]));
    const known = new Set(titled.map(({ id }) => id));
    const others = page.found.map(({ session }) => session).filter((id) => !known.has(id));
    const rows = new Map(select(inArray(sessions.id, others)).map((row) => [row.id, row]));
    const shown = [...(cursor === null ? titled : []), ...others.flatMap((id) => rows.get(id) ?? [])];
    return {
      sessions: shown.map((row) => ({ ...toInfo(row), match: matches.get(row.id as SessionId) ?? null })),
      next: page.next === null ? null : `${page.moment}-${page.next}`,
    };
  };
}

const FIRST = { moment: Number.MAX_SAFE_INTEGER, place: Number.MAX_SAFE_INTEGER };

/** Where a session stood when the last event was that of `moment`: the last of its own by then; null where it was not yet. */
const placeAt = (moment: number) =>
  sql<number>`case when ${sessions.updatedSeq} <= ${moment} then ${sessions.updatedSeq} else (select max(${events.seq}) from ${events} where ${events.chain} = ${sessions.id} and ${events.seq} <= ${moment}) end`;

/** `<moment>-<place>`: the last event when the first page was read, and where the page before this ended. */
function parseCursor(cursor: string): { moment: number; place: number } {
  const [, moment, place] = /^([1-9]\d{0,15})-([1-9]\d{0,15})$/.exec(cursor)?.map(Number) ?? [];
  if (moment !== undefined && place !== undefined && place <= moment) return { moment, place };
  throw new Fault({
    status: 400,
    code: 'bad_cursor',
    message: `The cursor ${JSON.stringify(cursor)} is not one that a list gave.`,
    hint: 'Take `next` of the last page, or leave it out to begin anew.',
  });
}

/** What an audit asks: the events by who, what, rule, decision and effect, a page at a time; and one of them whole. */
import { and, asc, desc, eq, gt, lt, sql, type SQL } from 'drizzle-orm';
import type { EventData } from '../../shared/event.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { AuditRow } from '../../shared/records-api.ts';
import { Fault } from '../base/fault.ts';
import { didYouMean } from '../base/nearest.ts';
import { rulesText } from './audit-rows.ts';
import type { Db } from './open.ts';
import { audit, events, sessions } from './schema.ts';

export interface AuditQuery {
  /** `seq` is the end of the page before. */
  from: { order: 'rising' | 'falling'; seq: number };
  /** See the endpoint. */
  filter: string;
}

export interface AuditReads {
  /** `next` is the seq of the last row, null where no further one matches. Throws a Fault 400 for a filter that cannot be read. */
  page(query: AuditQuery): { rows: AuditRow[]; next: number | null };
  /** Throws a Fault 404 where there is none. */
  event(seq: number): AuditedEvent;
}

export interface AuditedEvent {
  event: Record<string, unknown>;
  proposed: ({ seq: number } & Pick<EventData<'action.proposed'>, 'action' | 'digest' | 'verdict'>) | null;
}

export function createAuditReads({ orm }: Pick<Db, 'orm'>): AuditReads {
  return {
    page({ from, filter }) {
      const rising = from.order === 'rising';
      const place = rising ? gt(audit.seq, from.seq) : lt(audit.seq, from.seq);
      const { rules, actionId: _, ...columns } = COLUMNS;
      const rows = orm
        .select({ ...columns, rules, session: sql<string>`coalesce(${sessions.title}, '')` })
        .from(audit)
        .leftJoin(sessions, eq(sessions.id, audit.chain))
        .where(and(place, ...conditionsOf(filter)))
        .orderBy(rising ? asc(audit.seq) : desc(audit.seq))
        .limit(LIMITS.auditPage.value)
        .all();
      const next = rows.length === LIMITS.auditPage.value ? rows.at(-1)!.seq : null;
      return { rows: rows.map((row) => ({ ...row, rules: row.rules.split('\n').filter(Boolean) })), next };
    },
    event(seq) {
      const row = orm.select().from(events).where(eq(events.seq, seq)).get();
      if (!row) throw noEvent(seq);
      const { commitment, ...kept } = row;
      const data: unknown = kept.data === '' ? null : JSON.parse(kept.data);
      const event = { v: 1, ...kept, data, ...(data === null ? { commitment } : {}) };
      return { event, proposed: proposalOf({ orm }, seq) };
    },
  };
}

const { seq, at, chain, actor, type, title, decision, effect, rules, actionId } = audit;
const COLUMNS = { seq, at, chain, actor, type, title, decision, effect, rules, actionId };

/** What the action of an event was proposed as; null where the event belongs to none, or where it was deleted. */
function proposalOf({ orm }: Pick<Db, 'orm'>, of: number): AuditedEvent['proposed'] {
  const mine = sql`${audit.actionId} = (select action_id from audit where seq = ${of}) and ${audit.actionId} <> ''`;
  const row = orm
    .select({ seq: events.seq, data: events.data })
    .from(audit)
    .innerJoin(events, eq(events.seq, audit.seq))
    .where(and(mine, eq(audit.type, 'action.proposed')))
    .get();
  if (!row || row.data === '') return null;
  const data = JSON.parse(row.data) as EventData<'action.proposed'>; // by its type, in our own record
  return { seq: row.seq, action: data.action, digest: data.digest, verdict: data.verdict };
}

/** By the word before the colon. */
const TERMS: Record<string, (value: string) => SQL> = {
  who: (value) => sql`substr(${audit.actor}, 1, ${value.length}) = ${value}`,
  what: (value) => sql`substr(${audit.type}, 1, ${value.length}) = ${value}`,
  decision: (value) => sql`${audit.decision} = ${value}`,
  effect: (value) => sql`${audit.effect} = ${value}`,
  rule: (value) => sql`instr(${audit.rules}, ${rulesText([value])}) > 0`,
  session: (value) => sql`${audit.chain} = ${value}`,
};

/** `decision:deny rule:user/x "some words"`: each term must hold. */
function conditionsOf(filter: string): SQL[] {
  const terms = filter.match(/(?:[a-z]+:)?(?:"[^"]*"|[^\s"]+)/g) ?? [];
  return terms.map((term) => {
    const [, name, quoted] = /^(?:([a-z]+):)?(.*)$/s.exec(term) ?? [];
    const value = (quoted ?? '').replace(/^"|"$/g, '');
    if (name === undefined) return sql`instr(lower(${audit.title}), ${value.toLowerCase()}) > 0`;
    const make = Object.hasOwn(TERMS, name) ? TERMS[name] : undefined;
    if (!make) throw unknownTerm(name);
    return make(value);
  });
}

const unknownTerm = (name: string) => {
  const names = Object.keys(TERMS);
  return new Fault({
    status: 400,
    code: 'bad_filter',
    message: `A filter knows ${names.map((one) => `${one}:`).join(', ')}; came ${name}:.${didYouMean(name, names)}`,
    hint: 'To look for the words themselves, put them in quotes.',
  });
};

const noEvent = (number: number) =>
  new Fault({ status: 404, code: 'no_event', message: `There is no event ${number} in this workspace.` });

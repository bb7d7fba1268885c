/** An event as other systems take it: classified, in words of one line, with how grave it is. */
import type { EventType, SessionEvent } from '../../../shared/event.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { Facts } from './fields.ts';
import { COURSE } from './rows-course.ts';
import { WORK } from './rows-work.ts';
import type { Row, Rows, Severity } from './row.ts';

/** Every type of event has its row: one that has none does not compile. */
export const ROWS: Rows<EventType> = { ...COURSE, ...WORK };

/** Where an export comes from. */
export interface Origin {
  /** Of vtcode. */
  version: string;
  hostname: string;
  /** The workspace, absolute. */
  root: string;
}

/** An event whose secrets are masked already. */
export interface Reading {
  event: SessionEvent;
  row: Row<EventType>;
  /** Each text is one line and bounded. */
  facts: Facts;
  activity: string;
  severity: Severity;
}

export function readingOf(event: SessionEvent): Reading {
  // The row is that of the event's own type; TypeScript cannot tie the two.
  const row = ROWS[event.type] as Row<EventType>;
  const facts = lines(row.facts?.(event.data) ?? {});
  const message = 'message' in facts ? `${row.name}: ${String(facts.message)}` : row.name;
  return {
    event,
    row,
    facts: { ...facts, message },
    activity: row.activity?.(event.data) ?? row.ocsf[1] ?? 'Other',
    severity: raised(row.severity, facts),
  };
}

/** A person's name as the system knows it; null where it was not a person. */
export const personOf = ({ actor }: Pick<SessionEvent, 'actor'>): { user: string; login: string } | null => {
  const [, user, login] = /^user:([^/]+)\/(.+)$/s.exec(actor) ?? [];
  return user === undefined || login === undefined ? null : { user, login };
};

const ORDER: readonly Severity[] = ['info', 'low', 'medium', 'high'];

function raised(severity: Severity, { decision, outcome }: Facts): Severity {
  const least = decision === 'deny' ? 'medium' : outcome === 'failure' ? 'low' : 'info';
  return ORDER.indexOf(least) > ORDER.indexOf(severity) ? least : severity;
}

const lines = (facts: Facts): Facts =>
  Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name,
      typeof value === 'string' ? line(value) : Array.isArray(value) ? value.map(line) : value,
    ]),
  );

/** Line ends, other controls and what sets text apart from how it reads are spaces; lone halves of pairs are U+FFFD. */
function line(text: string): string {
  const short = text.length > LIMITS.siemTextChars.value ? `${text.slice(0, LIMITS.siemTextChars.value)}…` : text;
  return short.replace(/\p{Cs}/gu, '\uFFFD').replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

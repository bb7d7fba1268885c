/** The forms of an export, by their names. Each makes one line of one event. */
import type { SessionEvent } from '../../../shared/event.ts';
import type { Redaction } from '../redaction.ts';
import { toCef } from './cef.ts';
import { toEcs } from './ecs.ts';
import { jsonLine } from './json-line.ts';
import { toOcsf } from './ocsf.ts';
import { type Origin, type Reading, readingOf } from './reading.ts';

export const FORMATS = {
  jsonl: ({ event }: Reading) => jsonLine(shownOf(event)),
  ecs: toEcs,
  ocsf: toOcsf,
  cef: toCef,
  splunk: toSplunk,
} as const satisfies Record<string, (reading: Reading, origin: Origin) => string>;

export type Format = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as readonly Format[]; // its keys are those

/** One line, without its end. Secrets are masked first: no text is looked at before. */
export function lineOf(format: Format, event: SessionEvent, { redaction, ...origin }: Exporter): string {
  // The same shape: only texts are others.
  const masked = { ...event, data: redaction.data<unknown>(event.data) } as SessionEvent;
  return FORMATS[format](readingOf(masked), origin);
}

export interface Exporter extends Origin {
  redaction: Pick<Redaction, 'data'>;
}

/** For the HTTP event collector. `fields` are indexed; the event is whole. */
function toSplunk({ event, facts, severity }: Reading, { hostname, root }: Origin): string {
  const { type, chain, actor, seq } = event;
  const { decision, outcome } = facts;
  const fields = { type, chain, actor, severity, seq: String(seq), workspace: root };
  return jsonLine({
    time: Date.parse(event.at) / 1_000,
    host: hostname,
    source: 'vtcode',
    sourcetype: 'vtcode:audit',
    event: shownOf(event),
    fields: {
      ...fields,
      ...(decision === undefined ? {} : { decision }),
      ...(outcome === undefined ? {} : { outcome }),
    },
  });
}

/** Without the salt: with it, what was masked could be guessed and tried against the hash. */
function shownOf({ salt: _, ...event }: SessionEvent): Omit<SessionEvent, 'salt'> {
  return event;
}

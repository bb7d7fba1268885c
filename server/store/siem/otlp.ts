/** An event as a log record of OpenTelemetry: plain data, which its SDK makes a record of. */
import { posix } from 'node:path';
import type { SessionEvent } from '../../../shared/event.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { boundedData } from './bounded.ts';
import { BODY, type Facts, type Field, FIELDS } from './fields.ts';
import type { Exporter } from './formats.ts';
import { type Origin, personOf, type Reading, readingOf } from './reading.ts';
import { NUMBERS } from './severity.ts';

export interface OtlpRecord {
  eventName: string;
  /** Seconds and nanoseconds since 1970. */
  at: [seconds: number, nanos: number];
  severityNumber: number;
  severityText: string;
  body: string;
  attributes: Record<string, string | number | string[]>;
}

/** Secrets are masked first, as in every other form. */
export function otlpOf(event: SessionEvent, { redaction, ...origin }: Exporter): OtlpRecord {
  const data = boundedData(event.data);
  // What is too long is left out whole; of the texts that are looked at for facts only beginnings are shown.
  const held = data.fits ? event.data : beginnings(event.data);
  const masked = { ...event, data: redaction.data<unknown>(held) } as SessionEvent; // the same shape
  return toOtlp(readingOf(masked), { origin, left: data.fits ? 0 : data.bytes });
}

function toOtlp(reading: Reading, { origin, left }: { origin: Origin; left: number }): OtlpRecord {
  const { event, facts, severity } = reading;
  return {
    eventName: `vtcode.${event.type}`,
    at: timeOf(event.at),
    severityNumber: NUMBERS[severity].otlp,
    severityText: severity,
    body: String(facts.message),
    attributes: { ...envelope(event), ...attributes(facts, origin), ...dataOf(event.data, left) },
  };
}

/** `at` has microseconds, which a Date has not. */
function timeOf(at: string): [seconds: number, nanos: number] {
  const micros = /\.(\d{6})Z$/.exec(at)?.[1] ?? '0';
  return [Math.floor(Date.parse(at) / 1_000), Number(micros) * 1_000];
}

function envelope(event: SessionEvent): OtlpRecord['attributes'] {
  const { seq, id, at, chain, chainSeq, turn, actor, hash, prev } = event;
  const person = personOf(event);
  return {
    'log.record.uid': id,
    'vtcode.seq': seq,
    'vtcode.at': at,
    'vtcode.chain': chain,
    'vtcode.chain_seq': chainSeq,
    'vtcode.actor': actor,
    'vtcode.hash': hash,
    'vtcode.prev': prev,
    ...(chain === 'workspace' ? {} : { 'session.id': chain }),
    ...(turn === null ? {} : { 'vtcode.turn': turn }),
    ...(person === null ? {} : { 'user.name': person.user }),
  };
}

/** Paths are whole, as in ECS. */
function attributes(facts: Facts, { root }: Origin): OtlpRecord['attributes'] {
  const made: OtlpRecord['attributes'] = {};
  for (const [name, value] of Object.entries(facts)) {
    const { otlp } = FIELDS[name as Field]; // its keys are fields
    if (otlp === BODY) continue;
    if (name === 'filePath' || name === 'cwd') made[otlp] = posix.resolve(root, String(value));
    else made[otlp] = typeof value === 'object' ? [...value] : value;
  }
  return made;
}

function dataOf(data: unknown, left: number): OtlpRecord['attributes'] {
  if (left > 0) return { 'vtcode.data_left_out_bytes': left };
  const { fits, json, bytes } = boundedData(data); // masked, it may be longer
  return fits ? { 'vtcode.data': json } : { 'vtcode.data_left_out_bytes': bytes };
}

/** Each text cut far behind what a fact shows of it, so that no mask is lost with what is cut away. */
function beginnings(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, LIMITS.otlpTextChars.value);
  if (Array.isArray(value)) return value.slice(0, LIMITS.siemTextChars.value).map(beginnings);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, beginnings(held)]));
}

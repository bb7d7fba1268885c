/** What an export is made of, gathered once for all its formats. */
import { setImmediate as breath } from 'node:timers/promises';
import type { SessionInfo } from '../../../shared/api.ts';
import type { SessionEvent } from '../../../shared/event.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { emptyTimeline, extend, type Timeline } from '../../../shared/timeline.ts';
import { Fault } from '../../base/fault.ts';
import { commitment } from '../chain.ts';
import { eventLine, maskedLine } from '../md/file.ts';
import type { Redaction } from '../redaction.ts';
import { countForReceipt, type ExportFacts, type ReceiptCounts } from './receipt.ts';

export interface Made {
  session: SessionInfo;
  timeline: Timeline;
  /** Each event as one line of JSON. */
  lines: string[];
  last: SessionEvent;
  receipt: ReceiptCounts;
  /** What was masked, and how often; null where the export is not redacted. */
  masked: { what: string; count: number }[] | null;
  /** Hashes of the bytes of files that the events name. */
  blobs: Set<string>;
}

export interface Source {
  session: SessionInfo;
  /** Rising, from the first of the session on. */
  events: Iterable<SessionEvent>;
  redaction: Redaction | null;
}

/** At most `exportEvents`, with a breath now and then: whoever waits for the process is served. Throws a Fault 404 where there is none. */
export async function gather({ session, events, redaction }: Source, facts: ExportFacts): Promise<Made> {
  const receipt = countForReceipt(facts);
  const lines: string[] = [];
  const blobs = new Set<string>();
  const timeline = emptyTimeline();
  let last: SessionEvent | null = null;
  for (const event of events) {
    if (lines.length === LIMITS.exportEvents.value) break;
    const { line, masked } = written(event, redaction);
    lines.push(line);
    last = event;
    receipt.take(masked);
    extend(timeline, masked);
    if (event.type === 'file.changed')
      for (const state of [event.data.before, event.data.after]) if (state.state === 'file') blobs.add(state.sha256);
    if (lines.length % BREATH === 0) await breath();
  }
  if (last === null) throw nothing;
  const title = redaction?.text(session.title) ?? session.title;
  return { session: { ...session, title }, timeline, lines, last, receipt, masked: maskedIn(redaction), blobs };
}

/** Events between two breaths: some milliseconds of work. */
const BREATH = 100;

const maskedIn = (redaction: Redaction | null) =>
  redaction
    ?.findings()
    .map(({ kind, name, count }) => ({ what: kind === 'secret' ? `secret: ${name}` : name, count })) ?? null;

const nothing = new Fault({ status: 404, code: 'no_events', message: 'Of this session nothing is left to export.' });

/** An event in which nothing was masked stays as it was, salt and all: it can be checked whole. */
function written(event: SessionEvent, redaction: Redaction | null): { line: string; masked: SessionEvent } {
  const line = eventLine(event);
  if (redaction === null) return { line, masked: event };
  const data = redaction.data(event.data);
  if (data === event.data) return { line, masked: event };
  const masked = { ...event, data } as SessionEvent; // the same shape: only texts are others
  return { line: maskedLine(event, { commitment: commitment(event.salt, event.data), data }), masked };
}

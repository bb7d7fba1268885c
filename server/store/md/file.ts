/** A file of records, written and read back: front matter, prose for people, and each event whole in a fenced block. */
import * as z from 'zod';
import { Envelope, EVENT_DATA, type EventType, type SessionEvent } from '../../../shared/event.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { Sha256 } from '../../../shared/action.ts';
import { sha256 } from '../../base/hash.ts';
import { visible } from '../../base/visible.ts';
import { fenced } from '../markdown-text.ts';
import { INFO, scanBlocks, type Block } from './blocks.ts';
import { checkChain, type PlacedEvent } from './chain-check.ts';
import { PUT_BACK, readFront, type Front } from './front.ts';
import type { FileProblem } from './problem.ts';

/** One line of JSON, its keys in one order; its `data` is as it was recorded, key by key. */
export function eventLine(event: SessionEvent): string {
  const { v, seq, id, at, chain, chainSeq, turn, actor, type, salt, prev, hash, data } = event;
  return JSON.stringify({ v, seq, id, at, chain, chainSeq, turn, actor, type, salt, prev, hash, data });
}

/** The same of an event of which something was masked: the commitment stands for what was recorded, and the salt is gone. */
export function maskedLine(event: SessionEvent, { commitment, data }: { commitment: string; data: unknown }): string {
  const { v, seq, id, at, chain, chainSeq, turn, actor, type, prev, hash } = event;
  return JSON.stringify({ v, seq, id, at, chain, chainSeq, turn, actor, type, commitment, prev, hash, data });
}

/** What is left of an event whose session was deleted. */
export function tombstoneLine(event: Omit<Envelope, 'salt' | 'v'> & { type: string; commitment: string }): string {
  const { seq, id, at, chain, chainSeq, turn, actor, type, commitment, prev, hash } = event;
  return JSON.stringify({ v: 1, seq, id, at, chain, chainSeq, turn, actor, type, commitment, prev, hash });
}

/** Events in a block that viewers fold away; at least one. */
export function recordBlock(lines: readonly string[], summary: string): string {
  return `<details><summary>${summary}</summary>\n\n${fenced(lines.join('\n'), INFO.events)}\n\n</details>\n`;
}

export const summaryOf = (first: number, last: number): string =>
  first === last ? `Record of event ${first}` : `Record of events ${first} to ${last}`;

export interface ParsedFile {
  front: Front;
  events: PlacedEvent[];
  /** The text of the block with the receipt, and its line; null where there is none. */
  receipt: { text: string; line: number } | null;
  blobs: Map<string, Buffer>;
  /** Where events stand whose data has not the form that this version gives it: an older one wrote them, or nobody did. */
  misfits: { line: number; message: string }[];
  /** The line where the file was cut while it was written, and the event that is not whole was left out; null where it was not. */
  torn: number | null;
}

export type ReadFile = { ok: true; file: ParsedFile } | { ok: false; problems: FileProblem[] };

/**
 * Reads a file of records. What is not as it was written is a problem with its line; only a last block that the file ends
 * within is none, for a process that is killed leaves one: `torn` tells. `file` is its name, for what is said.
 */
export function readRecordFile(text: string, file: string): ReadFile {
  const lines = text.split('\n');
  const read = readFront(lines, file);
  if (!read.ok) return { ok: false, problems: [read.problem] };
  const { blocks, conflicts } = scanBlocks(lines, read.end);
  if (conflicts.length > 0) return { ok: false, problems: conflicts.map((line) => conflict(file, line)) };
  const parsed: ParsedFile = {
    front: read.front,
    events: [],
    receipt: null,
    blobs: new Map(),
    misfits: [],
    torn: null,
  };
  const problems = blocks.flatMap((block) => take(parsed, block, file));
  if (problems.length > 0) return { ok: false, problems };
  const broken = checkChain(read.front.chain, parsed.events, file);
  return broken ? { ok: false, problems: [broken] } : { ok: true, file: parsed };
}

const conflict = (file: string, line: number): FileProblem => ({
  file,
  line,
  message: 'a merge of two versions left its marks here',
  hint: 'Take one of the two versions whole: git checkout --ours FILE, or --theirs. Nothing was changed.',
});

function take(parsed: ParsedFile, block: Block, file: string): FileProblem[] {
  if (!block.closed && block.lines.length === 0) {
    parsed.torn = block.line - 1; // cut within the line that names it
    return [];
  }
  if (block.info === INFO.events) return takeEvents(parsed, block, file);
  if (block.info === INFO.receipt) {
    parsed.receipt = { text: block.lines.join('\n'), line: block.line };
    return block.closed ? [] : [cut(file, block.line)];
  }
  const hash = Sha256.safeParse(block.info.slice(INFO.blob.length + 1));
  if (!block.info.startsWith(`${INFO.blob} `) || !hash.success)
    return [{ file, line: block.line - 1, message: `no block is called ${block.info}`, hint: PUT_BACK }];
  const bytes = Buffer.from(block.lines.join(''), 'base64');
  if (!block.closed || sha256(bytes) !== hash.data)
    return [{ file, line: block.line, message: `these bytes are not those of ${hash.data}`, hint: PUT_BACK }];
  parsed.blobs.set(hash.data, bytes);
  return [];
}

const cut = (file: string, line: number): FileProblem => ({
  file,
  line,
  message: 'the file ends within the block that begins here',
  hint: PUT_BACK,
});

function takeEvents(parsed: ParsedFile, block: Block, file: string): FileProblem[] {
  const lines = block.closed ? block.lines : block.lines.filter((line, i) => line !== '' || i < block.lines.length - 1);
  for (const [i, text] of lines.entries()) {
    const line = block.line + i;
    const event = parseEvent(text);
    if (event.ok) {
      parsed.events.push({ event: event.event, line, commitment: event.commitment });
      if (event.misfit !== '') parsed.misfits.push({ line, message: event.misfit });
      continue;
    }
    if (!block.closed && i === lines.length - 1) parsed.torn = line;
    else return [{ file, line, message: event.message, hint: PUT_BACK }];
  }
  if (!block.closed) parsed.torn ??= block.line + lines.length;
  return [];
}

/** `commitment`: of one that was masked, else null; its salt is then empty. */
type ParsedEvent =
  { ok: true; event: SessionEvent; commitment: string | null; misfit: string } | { ok: false; message: string };

/** The event as it stands: what a schema would leave out or set right stays, for the hash is over it. */
export function parseEvent(text: string): ParsedEvent {
  if (text.length > 2 * LIMITS.eventBytes.value) return { ok: false, message: 'this line is longer than any event' };
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { ok: false, message: 'expected an event as one line of JSON; it was cut or changed' };
  }
  return readEvent(raw);
}

/** The same of what was parsed already. */
export function readEvent(raw: unknown): ParsedEvent {
  const whole = Outer.safeParse(raw);
  const outer = whole.success ? whole : Masked.safeParse(raw);
  const tombstone = Tombstone.safeParse(raw);
  if (tombstone.success) {
    const { commitment, ...rest } = tombstone.data;
    // Nothing but what seals it is left, and no one reads more of it.
    return { ok: true, event: { ...rest, salt: '', data: null } as unknown as SessionEvent, commitment, misfit: '' };
  }
  if (!outer.success) return { ok: false, message: `not an event: ${firstOf(whole.error!)}` };
  const { type, data } = outer.data;
  if (!Object.hasOwn(EVENT_DATA, type))
    return { ok: false, message: `this version knows no event of type ${visible(type, 60)}: a newer one may` };
  const fits = EVENT_DATA[type as EventType].safeParse(data);
  const misfit = fits.success ? '' : firstOf(fits.error);
  // What was parsed is an event; of a masked one the commitment goes where it is looked for.
  if (whole.success) return { ok: true, event: raw as SessionEvent, commitment: null, misfit };
  const { commitment, ...rest } = raw as SessionEvent & { commitment: string };
  return { ok: true, event: { ...rest, salt: '' } as SessionEvent, commitment, misfit };
}

const Outer = Envelope.extend({ type: z.string(), data: z.looseObject({}) });
const Masked = Outer.omit({ salt: true }).extend({ commitment: Sha256 });
const Tombstone = Masked.omit({ data: true }).strict();

function firstOf({ issues: [issue] }: z.ZodError): string {
  const where = issue?.path.join('.') ?? '';
  return `${where === '' ? '' : `${where}: `}${(issue?.message ?? '').split('\n', 1)[0]!.slice(0, 200)}`;
}

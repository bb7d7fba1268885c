/** An export in JSON, read back: the same facts as of one in markdown, with the lines where they stand. */
import * as z from 'zod';
import { Sha256 } from '../../../shared/action.ts';
import { SessionId } from '../../../shared/ids.ts';
import { sha256 } from '../../base/hash.ts';
import { checkChain } from './chain-check.ts';
import { readEvent, type ParsedFile, type ReadFile } from './file.ts';
import { PUT_BACK } from './front.ts';

const Outer = z.object({
  session: z.object({ id: SessionId, title: z.string(), createdAt: z.string() }),
  redacted: z.boolean(),
  events: z.array(z.unknown()),
  blobs: z.record(Sha256, z.base64()).optional(),
  receipt: z.unknown().optional(),
});

export function readJsonFile(text: string, file: string): ReadFile {
  const refuse = (line: number, message: string): ReadFile => ({
    ok: false,
    problems: [{ file, line, message, hint: PUT_BACK }],
  });
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    return refuse(lineOfError(text, error), 'expected JSON; it was cut or changed');
  }
  const outer = Outer.safeParse(raw);
  if (!outer.success) {
    const [issue] = outer.error.issues;
    return refuse(1, `not an export of a session: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { session, redacted, events, blobs, receipt } = outer.data;
  const front = {
    vtcode: 1,
    kind: 'export',
    chain: session.id,
    title: session.title,
    created: session.createdAt,
  } as const;
  const parsed: ParsedFile = {
    front: { ...front, redacted },
    events: [],
    receipt: null,
    blobs: new Map(),
    misfits: [],
    torn: null,
  };
  if (receipt !== undefined) parsed.receipt = { text: JSON.stringify(receipt), line: lineOf(text, '"vtcode receipt"') };
  for (const [i, value] of events.entries()) {
    const event = readEvent(value);
    if (!event.ok) return refuse(lineOf(text, idOf(value)), `the ${i + 1}. of the events: ${event.message}`);
    // Where it stands is looked up when there is something to say of it.
    parsed.events.push({ event: event.event, line: i + 1, commitment: event.commitment });
    if (event.misfit !== '') parsed.misfits.push({ line: lineOf(text, event.event.id), message: event.misfit });
  }
  for (const [hash, base64] of Object.entries(blobs ?? {})) {
    const bytes = Buffer.from(base64, 'base64');
    if (sha256(bytes) !== hash) return refuse(lineOf(text, hash), `these bytes are not those of ${hash}`);
    parsed.blobs.set(hash, bytes);
  }
  const broken = checkChain(session.id, parsed.events, file);
  if (broken === null) return { ok: true, file: parsed };
  const { event } = parsed.events[broken.line - 1]!;
  return { ok: false, problems: [{ ...broken, line: lineOf(text, event.id) }] };
}

const idOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'id' in value ? String(value.id) : '';

/** Of the first place where the words stand; 1 where they do not. */
function lineOf(text: string, words: string): number {
  const at = words === '' ? -1 : text.indexOf(words);
  return at < 0 ? 1 : text.slice(0, at).split('\n').length;
}

function lineOfError(text: string, error: unknown): number {
  const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  return at === undefined ? text.split('\n').length : text.slice(0, Number(at)).split('\n').length;
}

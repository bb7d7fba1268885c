/** Takes in a session that was made elsewhere: as a new session, whose events are copies, and whose say is none. */
import { basename } from 'node:path';
import type { Actor, EventData, EventType, SessionEvent } from '../../shared/event.ts';
import { newSessionId, type SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import { decodeText, partOf } from '../base/text.ts';
import { visible } from '../base/visible.ts';
import type { Blobs } from './blobs.ts';
import { checkReceipt, readExport } from './export/check.ts';
import type { EventLog, Past } from './log.ts';
import type { ParsedFile } from './md/file.ts';
import { readFileWithin } from './read-file.ts';
import { refusal, type FileProblem } from './md/problem.ts';
import { verifierOf, type Signer } from '../base/signer.ts';

export interface ImportDeps {
  log: Pick<EventLog, 'recordAll'>;
  blobs: Pick<Blobs, 'put'>;
  /** Receipts that it signed are called our own. */
  signer: Signer;
}

export interface Imported {
  session: SessionId;
  facts: EventData<'session.imported'>;
}

/**
 * All of it or nothing. Every id of a session, an event and a hash is new, so nothing that is here is touched; the bytes of the
 * file are kept, so nothing that it proves is lost. Throws a Fault 422 with file:line for what is not as it was written.
 */
export async function importSession(
  deps: ImportDeps,
  { name, bytes }: { name: string; bytes: Buffer },
  actor: Actor,
): Promise<Imported> {
  const { parsed, receipt } = read(deps, name, bytes);
  const { events, front, blobs } = parsed;
  const session = newSessionId();
  const copies = events.filter(({ event }) => !OWN.has(event.type)).map(({ event }) => copy(event, session));
  for (const kept of blobs.values()) await deps.blobs.put(kept);
  const last = events.at(-1)!.event;
  const facts: EventData<'session.imported'> = {
    file: visible(name, 200),
    sha256: await deps.blobs.put(bytes),
    session: last.chain as SessionId, // the workspace's own was refused
    events: events.length,
    hash: last.hash,
    copied: copies.length,
    receipt,
    redacted: front.redacted,
  };
  const at = { session, turn: null, actor };
  const title = partOf(visible(front.title, 4 * LIMITS.titleChars.value), 0, LIMITS.titleChars.value) || 'Imported';
  deps.log.recordAll(
    [{ type: 'session.created', data: { title }, ...at }, ...copies, { type: 'session.imported', data: facts, ...at }],
    'synced',
  );
  return { session, facts };
}

/** The same of a file by its path, as the command line tells of it. Throws a Fault 400 where it cannot be read. */
export async function importFile(
  { log, blobs, signer }: ImportDeps,
  path: string,
  actor: Actor,
): Promise<{ session: SessionId; events: number; receipt: Told }> {
  const { value: most } = LIMITS.recordFileBytes;
  const unreadable = (why: string) => {
    const message = `${visible(path)} cannot be read (${why}).`;
    return new Fault({ status: 400, code: 'no_file', message, hint: 'Name a file that vtcode sessions export made.' });
  };
  const found = await readFileWithin(path, most).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(error.code ?? error.message);
  });
  if (found.kind === 'no_file') throw unreadable('it is no file');
  if (found.kind === 'too_large') throw unreadable(`it has ${found.size} bytes, and ${most} are the most`);
  const { bytes } = found;
  const { session, facts } = await importSession({ log, blobs, signer }, { name: basename(path), bytes }, actor);
  return { session, events: facts.events, receipt: facts.receipt };
}

/** What is of the session itself and not of its conversation; and what was paid, which is not paid again. */
const OWN = new Set<EventType>([
  ...(['session.created', 'session.renamed', 'session.pinned', 'session.archived', 'session.imported'] as const),
  ...(['session.trashed', 'session.restored', 'session.forked', 'usage.recorded'] as const),
]);

/** Of another machine's people nobody is taken for one of this. */
function copy(event: SessionEvent, session: SessionId): Past {
  const { type, data, turn, at } = event;
  const actor = event.actor.replace(/^user:([^/]+)\//, 'user:$1 (imported)/');
  // Type and data come from one event, so they fit; TypeScript cannot tie the two.
  return { type, data, session, turn, actor, past: { at } } as Past;
}

function read({ signer }: ImportDeps, file: string, bytes: Buffer) {
  const wrong = (line: number, message: string, hint = AS_IT_WAS) =>
    refusal([{ file, line, message, hint }], 'not_imported');
  const limit = LIMITS.recordFileBytes;
  if (bytes.length > limit.value) throw wrong(1, `it has ${bytes.length} bytes, and ${limit.value} are the most`);
  const decoded = decodeText(bytes);
  if (!decoded.ok) throw wrong(1, 'expected text in UTF-8; it is none');
  const found = readExport(decoded.text, file);
  if (!found.ok) throw refusal(found.problems.map(asImport), 'not_imported');
  const parsed = found.file;
  const [misfit] = parsed.misfits;
  if (parsed.torn !== null) throw wrong(parsed.torn, 'the file ends in the middle of an event');
  if (misfit) throw wrong(misfit.line, `an event has not the form of its type: ${misfit.message}`);
  if (parsed.front.chain === 'workspace') throw wrong(1, 'this is the record of a workspace, not of a session');
  if (parsed.events.length === 0 || parsed.events.length > LIMITS.exportEvents.value)
    throw wrong(1, `it holds ${parsed.events.length} events; 1 to ${LIMITS.exportEvents.value} are expected`);
  if (parsed.events.some(({ event }) => event.data === null))
    throw wrong(1, 'the session was deleted where it was made');
  return { parsed, receipt: receiptOf(parsed, { signer, text: decoded.text, file }) };
}

const AS_IT_WAS = 'Take the file as it was exported, and export it again if it is cut. Nothing was imported.';
const asImport = (problem: FileProblem): FileProblem => ({ ...problem, hint: AS_IT_WAS });

type Told = EventData<'session.imported'>['receipt'];

function receiptOf(parsed: ParsedFile, { signer, text, file }: { signer: Signer; text: string; file: string }): Told {
  if (parsed.receipt === null) return 'none';
  const own = verifierOf(signer.publicKey);
  const check = checkReceipt(text, { file, verifiers: own ? [own] : [] });
  const { line } = parsed.receipt;
  const bad = (message: string) => refusal([{ file, line, message, hint: AS_IT_WAS }], 'not_imported');
  if (check.signature === 'bad') throw bad('the signature of its receipt is not good');
  if (check.events.state === 'broken') throw bad(`its events are not those that were signed: ${check.events.why}`);
  return check.signer === 'known' ? 'own' : 'foreign';
}

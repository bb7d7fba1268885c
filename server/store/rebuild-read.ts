/** Reads the files of records for a rebuild: every one of them whole and fitting to the others, or all that is wrong with them. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionEvent } from '../../shared/event.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import { decodeText } from '../base/text.ts';
import type { PlacedEvent } from './md/chain-check.ts';
import { readRecordFile } from './md/file.ts';
import { PUT_BACK } from './md/front.ts';
import { chainOfFile } from './md/names.ts';
import { refusal, type FileProblem } from './md/problem.ts';
import { readFileWithin } from './read-file.ts';

export interface ReadChain {
  chain: string;
  /** Path below the state directory. */
  file: string;
  events: PlacedEvent[];
  /** The line where the file was cut off; null where it is whole. */
  torn: number | null;
}

/** Throws a Fault 404 where there is no file, 422 with file:line for each thing that is not as it was written. */
export async function readAllFiles(stateDir: string): Promise<ReadChain[]> {
  const dir = join(stateDir, 'sessions');
  const names = existsSync(dir) ? (await readdir(dir)).filter((name) => chainOfFile(name) !== null).sort() : [];
  if (names.length === 0) throw noFiles(dir);
  const problems: FileProblem[] = [];
  const chains = new Map<string, ReadChain>();
  for (const name of names) {
    const file = join('sessions', name);
    const read = await readOne(join(dir, name), file);
    const chain = chainOfFile(name)!;
    const twin = chains.get(chain);
    if (!read.ok) problems.push(...read.problems);
    else if (read.chain.chain !== chain)
      problems.push(at(file, 1, `it holds ${read.chain.chain}, and its name says ${chain}`));
    else if (twin) problems.push(at(file, 1, `${twin.file} holds the same session`));
    else chains.set(chain, read.chain);
  }
  const found = [...chains.values()];
  problems.push(...numbering(found));
  if (problems.length > 0) throw refusal(problems, 'not_rebuilt');
  return found;
}

const at = (file: string, line: number, message: string): FileProblem => ({ file, line, message, hint: PUT_BACK });

type ReadOne = { ok: true; chain: ReadChain } | { ok: false; problems: FileProblem[] };

async function readOne(path: string, file: string): Promise<ReadOne> {
  const { value: most } = LIMITS.recordFileBytes;
  const found = await readFileWithin(path, most);
  if (found.kind === 'no_file') return { ok: false, problems: [at(file, 1, 'expected a file; it is none')] };
  if (found.kind === 'too_large')
    return { ok: false, problems: [at(file, 1, `it has ${found.size} bytes, and ${most} are the most`)] };
  const text = decodeText(found.bytes);
  if (!text.ok) return { ok: false, problems: [at(file, 1, 'expected text in UTF-8; it is none')] };
  const read = readRecordFile(text.text, file);
  if (!read.ok) return read;
  const { front, events, torn } = read.file;
  if (front.kind !== 'record' || front.redacted)
    return {
      ok: false,
      problems: [at(file, 1, 'this is an export, not a file of records: vtcode sessions import takes it')],
    };
  const masked = events.find(({ event, commitment }) => commitment !== null && event.data !== null);
  if (masked) return { ok: false, problems: [at(file, masked.line, 'something is masked in this event')] };
  return { ok: true, chain: { chain: front.chain, file, events, torn } };
}

/** The numbers of the stream are in no hash: they are held against each other. */
function numbering(chains: readonly ReadChain[]): FileProblem[] {
  const taken = new Map<number, string>();
  return chains.flatMap(({ file, events }) => {
    let last: SessionEvent | null = null;
    for (const { event, line } of events) {
      const other = taken.get(event.seq);
      if (other !== undefined) return [at(file, line, `its number ${event.seq} is that of the event at ${other} too`)];
      if (last !== null && event.seq <= last.seq)
        return [at(file, line, `its number ${event.seq} is not above ${last.seq}, that of the event before it`)];
      taken.set(event.seq, `${file}:${line}`);
      last = event;
    }
    return [];
  });
}

const noFiles = (dir: string) =>
  new Fault({
    status: 404,
    code: 'no_files',
    message: `There is no file of records in ${dir}.`,
    hint: 'They are written while vtcode serve runs. Put back a copy of the folder, if there is one.',
  });

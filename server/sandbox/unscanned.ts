/** What stood before each command that runs, kept on disk: what a command left whose server was killed is found by the next one. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Fault } from '../base/fault.ts';
import { isAlive, ourselves } from './alive.ts';
import { findNew, quarantine, type Seen } from './scan.ts';
import type { Finding } from './sandbox.ts';
import type { Survey } from './survey.ts';

const Note = z.object({
  pid: z.int(),
  start: z.string(),
  known: z.array(z.string()),
  git: z.array(z.tuple([z.string(), z.string()])).nullable(),
});

const NAME = /^unscanned-\d+-\d+\.json$/;
let count = 0;

/** Notes what stands before a command; answers how to take the note away, once the command was looked after. */
export function noteUnscanned(dir: string, before: Seen): () => void {
  const file = join(dir, `unscanned-${process.pid}-${++count}.json`);
  const note: z.infer<typeof Note> = { ...ourselves(), known: [...before.known], git: before.git && [...before.git] };
  fs.writeFileSync(file, JSON.stringify(note), { mode: 0o600 });
  return () => fs.rmSync(file, { force: true });
}

export interface Place {
  root: string;
  /** Ours. */
  dir: string;
  look(): Promise<Survey>;
  isOurs(path: string): boolean;
}

/**
 * Puts away what commands left whose server died before it could look, and takes their notes away. A note that cannot be read was
 * being written: its command had not begun.
 */
export async function scanLeftOver({ root, dir, look, isOurs }: Place): Promise<Finding[]> {
  const files = fs.readdirSync(dir).filter((name) => NAME.test(name));
  const notes = files.map((name) => ({ file: join(dir, name), note: read(join(dir, name)) }));
  const dead = notes.filter(({ note }) => note === null || !isAlive(note));
  if (dead.length === 0) return [];
  const survey = await look().catch((error: unknown) => unseen(error));
  if ('why' in survey) return [survey];
  const found = dead.flatMap(({ note }) =>
    note === null
      ? []
      : findNew({ known: new Set(note.known), git: note.git && new Map(note.git) }, { survey, root }, isOurs),
  );
  const each = [...new Map(found.map((one) => [one.path, one])).values()];
  const findings = quarantine(root, each, new Date().toISOString().replace(/[:.]/g, '-'));
  for (const { file } of dead) fs.rmSync(file, { force: true });
  return findings;
}

function unseen(error: unknown): Finding {
  if (!(error instanceof Fault)) throw error;
  return { path: '.', why: `What a command left could not be looked through: ${error.message}` };
}

function read(file: string): z.infer<typeof Note> | null {
  try {
    const note = Note.safeParse(JSON.parse(fs.readFileSync(file, 'utf8')));
    return note.success ? note.data : null;
  } catch {
    return null;
  }
}

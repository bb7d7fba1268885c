/**
 * What stood before each command that runs, in memory and on disk, until a look has found what it left: neither a look that fails
 * nor a server that is killed makes it forgotten.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { Fault } from '../base/fault.ts';
import { isAlive, ourselves } from './alive.ts';
import { findNew, type Left, quarantine, type Seen } from './scan.ts';
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

export interface Watch {
  /**
   * Nothing of the command is alive: looks for what it left, lets `release` go of its placeholders, and puts that away. What could
   * not be looked through is told as such; then what stood before is kept, and the next look that can makes up for it.
   */
  end(release: () => void): Promise<Finding[]>;
  /** It never began. */
  drop(): void;
}

export interface Unscanned {
  /** Notes what stands before a command. */
  note(before: Seen): Watch;
  /** A look before a command. What is found that earlier ones left is put away first, and told by the next `end`. */
  survey(): Promise<Survey>;
  /** Puts away what commands left whose server died before it could look. Never throws for what a command can leave. */
  findLeftOver(): Promise<Finding[]>;
}

export interface Place {
  root: string;
  /** Ours. */
  dir: string;
  look(): Promise<Survey>;
  isOurs(path: string): boolean;
}

/** A command that was not looked after yet. */
interface Owed {
  before: Seen;
  file: string;
}

export function openUnscanned(place: Place): Unscanned {
  const { root, dir, look } = place;
  const owed = new Set<Owed>();
  const late: Finding[] = [];
  /** `over` are the commands that ended. Finds for each, releases, and puts away. */
  const settle = (survey: Survey, over: readonly Owed[], release: () => void): Finding[] => {
    const found = over.flatMap(({ before }) => findNew(before, { survey, root }, place.isOurs));
    const each = [...new Map(found.map((one) => [one.path, one])).values()];
    release();
    const findings = putAway(root, each);
    for (const one of over) {
      owed.delete(one);
      fs.rmSync(one.file, { force: true });
    }
    return findings;
  };
  return {
    note: (before) => {
      const one = { before, file: write(dir, before) };
      return {
        drop: () => fs.rmSync(one.file, { force: true }),
        async end(release) {
          owed.add(one);
          try {
            const survey = await look();
            late.push(...settle(survey, [...owed], release));
            return late.splice(0);
          } catch (error) {
            return [unseen(error)];
          } finally {
            release();
          }
        },
      };
    },
    async survey() {
      const survey = await look();
      if (owed.size === 0) return survey;
      const findings = settle(survey, [...owed], () => undefined);
      late.push(...findings);
      return findings.length === 0 ? survey : look();
    },
    async findLeftOver() {
      for (const one of leftOver(dir)) owed.add(one);
      if (owed.size === 0) return [];
      try {
        return settle(await look(), [...owed], () => undefined);
      } catch (error) {
        return [unseen(error)];
      }
    },
  };
}

function write(dir: string, before: Seen): string {
  const file = join(dir, `unscanned-${process.pid}-${++count}.json`);
  const note: z.infer<typeof Note> = { ...ourselves(), known: [...before.known], git: before.git && [...before.git] };
  fs.writeFileSync(file, JSON.stringify(note), { mode: 0o600 });
  return file;
}

/** Of servers that died. A note that cannot be read was being written: its command had not begun, and it is taken away. */
function leftOver(dir: string): Owed[] {
  const files = fs.readdirSync(dir).filter((name) => NAME.test(name));
  return files.flatMap((name) => {
    const file = join(dir, name);
    const note = read(file);
    if (note === null) fs.rmSync(file, { force: true });
    if (note === null || isAlive(note)) return [];
    return [{ before: { known: new Set(note.known), git: note.git && new Map(note.git) }, file }];
  });
}

const putAway = (root: string, found: readonly Left[]): Finding[] =>
  quarantine(root, found, new Date().toISOString().replace(/[:.]/g, '-'));

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

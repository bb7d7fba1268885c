/** Looks through a folder for what a program that reads all of it would come upon: secrets, links out of it, odd names. */
import { type Dirent, readdirSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { LIMITS } from '../../shared/limits.ts';
import { classify, type PathRule } from '../policy/paths.ts';
import type { Below } from '../policy/world.ts';
import { readIndex } from './git-index.ts';
import { entryOf } from './world-entry.ts';

/** Programs of others in great number: their test keys are no secrets. */
const BULK = new Set(['node_modules', '.venv', 'venv', 'site-packages', 'target', '.tox', '.gradle', '__pycache__']);
const AT_ONCE = 128;
/** Of each kind; one is enough for a question. */
const MOST_KEPT = 50;

interface Found {
  secrets: string[];
  links: string[];
  odd: string[];
}

/** Null where there is more than is looked through. `folder` is relative to `root`. */
export async function lookBelow(root: string, folder: string, rules: readonly PathRule[]): Promise<Below | null> {
  const found: Found = { secrets: [], links: [], odd: [] };
  const todo = [{ path: folder === '.' ? '' : folder, isBulk: false }];
  let looked = 0;
  for (let visit = todo.pop(); visit !== undefined; visit = todo.pop()) {
    if (++looked > LIMITS.surveyFolders.value) return null;
    if (looked % AT_ONCE === 0) await breathe();
    for (const entry of namesOf(`${root}/${visit.path}`)) {
      const path = visit.path === '' ? entry.name : `${visit.path}/${entry.name}`;
      note(found, { root, path, entry, isBulk: visit.isBulk, rules });
      if (entry.isDirectory() && !(entry.name === 'objects' && /(?:^|\/)\.git$/.test(visit.path)))
        todo.push({ path, isBulk: visit.isBulk || BULK.has(entry.name) });
    }
  }
  const index = found.secrets.length > 0 ? await readIndex(`${root}/.git`).catch(() => null) : null;
  const secrets = found.secrets.map((path) => ({ path, tracked: index?.has(path) ?? true }));
  return { ...found, secrets };
}

interface Noted {
  root: string;
  path: string;
  entry: Dirent;
  isBulk: boolean;
  rules: readonly PathRule[];
}

function note(found: Found, { root, path, entry, isBulk, rules }: Noted): void {
  if (found.odd.length < MOST_KEPT && /^-|[\s"'\\]/.test(entry.name)) found.odd.push(path);
  if (isBulk) return;
  if (!entry.isDirectory() && found.secrets.length < MOST_KEPT && classify(path, rules).sensitive.length > 0)
    found.secrets.push(path);
  if (!entry.isSymbolicLink() || found.links.length >= MOST_KEPT) return;
  const target = entryOf(root, path);
  const isHarmless = target.at === 'inside' && classify(target.path, rules).sensitive.length === 0;
  if (!isHarmless) found.links.push(path);
}

/** None where it cannot be read: then no confined command can read it either. */
function namesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // gone, or closed to us
  }
}

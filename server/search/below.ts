/** Looks through a folder for what a program that reads all of it would come upon: secrets, links out of it, odd names. */
import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { LIMITS } from '../../shared/limits.ts';
import { classify, type PathRule } from '../policy/paths.ts';
import type { Below } from '../policy/world.ts';
import { readIndex } from './git-index.ts';
import { entryOf } from './world-entry.ts';

/** Programs of others in great number: their test keys are no secrets. */
const BULK = new Set(['node_modules', '.venv', 'venv', 'site-packages', 'target', '.tox', '.gradle', '__pycache__']);
const AT_ONCE = 128;
/** Of each kind. */
const MOST_KEPT = 50;

/** A clock tick of a file system: a folder that changed so shortly before it was read may have changed again unseen. */
const TICK_NS = 50_000_000n;
/** Folders whose times are looked at rather than read anew; of more, reading in turns holds nobody up. */
const MOST_CHECKED = 2_000;

interface Found {
  secrets: string[];
  links: string[];
  odd: string[];
}

/** What a path was when it was read. */
interface Sign {
  path: string;
  sign: string;
}

interface Known {
  below: Below;
  rules: string;
  signs: Sign[];
}

export interface Depths {
  /** What was found before, where nothing changed since; undefined where it must be looked for. */
  known(folder: string, rules: readonly PathRule[]): Below | undefined;
  /** Null where there is more than is looked through. */
  look(folder: string, rules: readonly PathRule[]): Promise<Below | null>;
}

/** `root` is the real path of the workspace; folders are relative to it. */
export function createDepths(root: string): Depths {
  const kept = new Map<string, Known>();
  return {
    known(folder, rules) {
      const found = kept.get(folder);
      const isFresh = found?.rules === keyOf(rules) && found.signs.every(({ path, sign }) => signOf(path) === sign);
      return isFresh ? found?.below : undefined;
    },
    async look(folder, rules) {
      const { below, signs } = await lookBelow(root, folder, rules);
      kept.delete(folder);
      if (below !== null && signs !== null) kept.set(folder, { below, signs, rules: keyOf(rules) });
      return below;
    },
  };
}

const keyOf = (rules: readonly PathRule[]): string => rules.flatMap(({ patterns }) => patterns).join('\n');

/** Empty for what is not there. */
function signOf(path: string): string {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? '' : `${found.ino}.${found.ctimeNs}`;
}

interface Looked {
  below: Below | null;
  /** Null where they cannot tell whether it still stands. */
  signs: Sign[] | null;
}

async function lookBelow(root: string, folder: string, rules: readonly PathRule[]): Promise<Looked> {
  const found: Found = { secrets: [], links: [], odd: [] };
  const signs: Sign[] = [];
  const todo = [{ path: folder === '.' ? '' : folder, isBulk: false }];
  const startNs = BigInt(Date.now()) * 1_000_000n;
  let looked = 0;
  for (let visit = todo.pop(); visit !== undefined; visit = todo.pop()) {
    if (++looked > LIMITS.surveyFolders.value) return { below: null, signs: null };
    if (looked % AT_ONCE === 0) await breathe();
    const at = visit.path === '' ? root : `${root}/${visit.path}`;
    if (looked <= MOST_CHECKED) signs.push({ path: at, sign: signOf(at) });
    for (const entry of namesOf(at)) {
      const path = visit.path === '' ? entry.name : `${visit.path}/${entry.name}`;
      note(found, { root, path, entry, isBulk: visit.isBulk, rules });
      if (entry.isDirectory() && !(entry.name === 'objects' && /(?:^|\/)\.git$/.test(visit.path)))
        todo.push({ path, isBulk: visit.isBulk || BULK.has(entry.name) });
    }
  }
  const index = `${root}/.git/index`;
  signs.push({ path: index, sign: signOf(index) });
  const entries = found.secrets.length > 0 ? await readIndex(`${root}/.git`).catch(() => null) : null;
  const secrets = found.secrets.map((path) => ({ path, tracked: entries?.has(path) ?? true }));
  const isTold = looked <= MOST_CHECKED && signs.every(({ sign }) => isOld(sign, startNs));
  const isCut = [found.secrets, found.links, found.odd].some(({ length }) => length >= MOST_KEPT);
  return { below: { ...found, secrets, isCut }, signs: isTold ? signs : null };
}

const isOld = (sign: string, now: bigint) => sign === '' || BigInt(sign.split('.')[1]!) + TICK_NS < now;

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

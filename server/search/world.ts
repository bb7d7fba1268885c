/** Answers what a verdict asks of the workspace: where paths lead, what patterns fit, which program a name runs. Looks, and writes nothing. */
import { readdirSync } from 'node:fs';
import { LIMITS } from '../../shared/limits.ts';
import { fits, parseGlob } from '../base/glob.ts';
import type { PathRule } from '../policy/paths.ts';
import type { Below, Entry, Program, World } from '../policy/world.ts';
import { createDepths, type Depths } from './below.ts';
import { entryOf, lookAt } from './world-entry.ts';

/** Where the programs of a confined command stand, before those of the workspace. */
const SYSTEM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const OWN_PATH = 'node_modules/.bin';
/** Passes of one verdict; what is still not known then stays unknown. */
const MOST_PASSES = 4;

export interface Looker {
  /**
   * Calls `verdict` until all that it asked for is known, or cannot be. `verdict` must be pure: of several calls the last one
   * counts. Within one call of `look`, each thing is looked at once.
   */
  look<T>(rules: readonly PathRule[], verdict: (world: World) => T): Promise<T>;
}

/** `root` is the real path of the workspace. */
export function createLooker(root: string): Looker {
  const depths = createDepths(root);
  return {
    async look(rules, verdict) {
      const looked = new Map<string, Below | null>();
      for (let pass = 1; ; pass++) {
        const missing = new Set<string>();
        const answer = verdict(worldOf(root, { depths, rules, looked, missing }));
        if (missing.size === 0 || pass === MOST_PASSES) return answer;
        for (const folder of missing) looked.set(folder, await depths.look(folder, rules));
      }
    },
  };
}

interface Deep {
  depths: Depths;
  rules: readonly PathRule[];
  /** For this verdict. */
  looked: Map<string, Below | null>;
  missing: Set<string>;
}

function worldOf(root: string, { depths, rules, looked, missing }: Deep): World {
  const entries = new Map<string, Entry>();
  const entry = (cwd: string, path: string): Entry => {
    const key = path.startsWith('/') || cwd === '.' ? path : `${cwd}/${path}`;
    const found = entries.get(key) ?? entryOf(root, key);
    entries.set(key, found);
    return found;
  };
  return {
    entry,
    glob: (cwd, pattern) => globOf(root, entry, { cwd, pattern }),
    program: (name, cwd) => programOf(root, name, () => entry(cwd, name)),
    below(folder) {
      const found = looked.has(folder) ? looked.get(folder) : depths.known(folder, rules);
      if (found === undefined) missing.add(folder);
      else looked.set(folder, found);
      return found ?? null;
    },
  };
}

interface Pattern {
  cwd: string;
  pattern: string;
}

function globOf(root: string, entry: World['entry'], { cwd, pattern }: Pattern): readonly string[] | null {
  if (pattern.startsWith('/') || pattern.split('/').includes('..')) return null;
  const most = LIMITS.judgedWords.value;
  let found = [''];
  for (const [i, part] of pattern.split('/').entries()) {
    const isLast = i === pattern.split('/').length - 1;
    const next: string[] = [];
    for (const start of found) {
      const names = namesIn(root, entry, { cwd, start, part, isLast });
      if (names === null) return null;
      next.push(...names.map((name) => (start === '' && i === 0 ? name : `${start}/${name}`)));
      if (next.length > most) return null;
    }
    found = next;
  }
  return found.toSorted();
}

interface Part {
  cwd: string;
  /** What stands before it, as bash writes it. */
  start: string;
  part: string;
  isLast: boolean;
}

/** A name that begins with a dot fits only a pattern that does. */
function namesIn(root: string, entry: World['entry'], { cwd, start, part, isLast }: Part): string[] | null {
  const plain = part.replace(/\\([^])/g, '$1');
  if (!/[*?[]/.test(part.replace(/\\[^]/g, ''))) {
    const there = plain === '' || entry(cwd, start === '' ? plain : `${start}/${plain}`);
    return there === true || there.at !== 'inside' || there.kind !== 'absent' ? [plain] : [];
  }
  const folder = entry(cwd, start === '' ? '.' : start);
  if (folder.at !== 'inside') return null;
  if (folder.kind !== 'directory') return [];
  const glob = parseGlob(part.replaceAll('**', '*'));
  try {
    const entries = readdirSync(folder.path === '.' ? root : `${root}/${folder.path}`, { withFileTypes: true });
    const fitting = entries.filter(
      ({ name }) => (!name.startsWith('.') || plain.startsWith('.')) && fits(glob, [name]),
    );
    return fitting.filter((one) => isLast || one.isDirectory() || one.isSymbolicLink()).map(({ name }) => name);
  } catch {
    return null; // it cannot be read now, and perhaps can when the command runs
  }
}

function programOf(root: string, name: string, entry: () => Entry): Program {
  if (name.includes('/')) {
    const folder = name.slice(0, name.lastIndexOf('/'));
    if (SYSTEM_PATH.includes(folder)) return { kind: 'system', path: name };
    const found = entry();
    return found.at === 'inside' ? { kind: 'workspace', path: found.path } : { kind: 'stray', path: name };
  }
  const own = `${OWN_PATH}/${name}`;
  // Looked for first, for it is one look: where nothing is planted, it matters little where the program stands.
  const isPlanted = lookAt(`${root}/${own}`) !== 'absent';
  if (!isPlanted) return { kind: 'none' };
  const path = SYSTEM_PATH.map((folder) => `${folder}/${name}`).find((one) => lookAt(one) !== 'absent');
  return path === undefined ? { kind: 'workspace', path: own } : { kind: 'system', path };
}

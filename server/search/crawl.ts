/** The names of all files of the workspace that git would not ignore: walked by descriptors, in pieces, within bounds. */
import { opendirSync, type Dir } from 'node:fs';
import { setImmediate as pause } from 'node:timers/promises';
import { LIMITS } from '../../shared/limits.ts';
import { openRoot, pin, release, self, type Pinned } from '../base/contained-pin.ts';
import { foldName } from '../base/fold.ts';
import { readExclude, readIgnore } from './ignores.ts';
import { isIgnored, type IgnoreFile } from './ignore-rules.ts';

export interface Crawl {
  /** Relative paths of regular files, in the order of the walk. */
  paths: string[];
  /** More are there than a bound let in. */
  truncated: boolean;
}

/** git's folder and our own hold nothing that a search is for. */
const PASSED_OVER = new Set(['.git', '.vtcode']);

interface Walk {
  root: string;
  signal: AbortSignal;
  deadline: number;
  /** When it last let others run. */
  turn: number;
  found: Crawl;
}

/** Walks the whole workspace. Links are not followed. Throws the signal's reason when it fires. */
export async function crawl(root: string, signal: AbortSignal): Promise<Crawl> {
  const now = performance.now();
  const found: Crawl = { paths: [], truncated: false };
  const walk: Walk = { root, signal, deadline: now + LIMITS.crawlMs.value, turn: now, found };
  const exclude = await readExclude(root);
  const top = openRoot(root);
  try {
    await enter(walk, top, { path: '.', depth: 0, rules: exclude === null ? [] : [exclude] });
  } finally {
    release(top);
  }
  return walk.found;
}

interface Folder {
  /** `.` for the root. */
  path: string;
  depth: number;
  /** Of the folders above. */
  rules: readonly IgnoreFile[];
}

/** Holds at most one descriptor for each level of depth. */
async function enter(walk: Walk, dir: Pinned, folder: Folder): Promise<void> {
  const { names, folders } = await namesOf(walk, dir, folder);
  const own = names.includes('.gitignore') ? await readIgnore(walk.root, folder.path) : null;
  const rules = own === null ? folder.rules : [...folder.rules, own];
  const pathOf = (name: string) => (folder.path === '.' ? name : `${folder.path}/${name}`);
  for (const [i, name] of names.entries()) {
    if (i % 128 === 127) await breathe(walk);
    if (isFull(walk)) return;
    if (!isIgnored(rules, pathOf(name), false)) walk.found.paths.push(pathOf(name));
  }
  for (const name of folders) {
    if (isFull(walk)) return;
    if (isIgnored(rules, pathOf(name), true)) continue;
    if (folder.depth >= LIMITS.crawlDepth.value) {
      walk.found.truncated = true;
      continue;
    }
    const below = pinFolder(dir, name);
    if (below === null) continue;
    try {
      await enter(walk, below, { path: pathOf(name), depth: folder.depth + 1, rules });
    } finally {
      release(below);
    }
  }
}

/** Read without the thread pool, which would take longer than the reading; other work gets its turn every few milliseconds. */
async function namesOf(walk: Walk, dir: Pinned, folder: Folder): Promise<{ names: string[]; folders: string[] }> {
  const names: string[] = [];
  const folders: string[] = [];
  let open: Dir | null = null;
  try {
    open = opendirSync(self(dir), { bufferSize: 1_024 });
    for (let entry = open.readSync(); entry !== null; entry = open.readSync()) {
      if (entry.isFile()) names.push(entry.name);
      else if (entry.isDirectory() && !PASSED_OVER.has(foldName(entry.name))) folders.push(entry.name);
      if ((names.length + folders.length) % 1_024 === 0) await breathe(walk);
      if (names.length + folders.length >= LIMITS.listScan.value) {
        walk.found.truncated = true;
        break;
      }
    }
  } catch (error) {
    // A folder that may not be read is passed over; the root must be readable.
    const { code } = error as NodeJS.ErrnoException;
    if (folder.path === '.' || typeof code !== 'string') throw error;
  } finally {
    open?.closeSync();
  }
  await breathe(walk);
  return { names: names.sort(), folders: folders.sort() };
}

/** How long the walk may hold the thread. */
const TURN_MS = 8;

async function breathe(walk: Walk): Promise<void> {
  if (performance.now() - walk.turn < TURN_MS) return;
  await pause();
  walk.turn = performance.now();
}

function isFull({ found, signal, deadline }: Walk): boolean {
  signal.throwIfAborted();
  if (found.paths.length < LIMITS.crawlFiles.value && performance.now() < deadline) return false;
  found.truncated = true;
  return true;
}

/** The folder, held; null where it is gone or is no folder now. */
function pinFolder(dir: Pinned, name: string): Pinned | null {
  try {
    const node = pin(dir, name);
    if (node.facts.kind === 'directory') return node;
    release(node);
    return null;
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    return null;
  }
}

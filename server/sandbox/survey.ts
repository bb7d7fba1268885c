/** Looks through the workspace for names that matter to confinement. Folders that did not change since are not read again. */
import { type BigIntStats, type Dirent, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import { foldName } from '../base/fold.ts';
import type { PathRule } from '../policy/paths.ts';
import { type Meaning, meaningsOf, secretsInGit } from './marks.ts';

/** `bare`: a folder that git takes as a repository though it is not called `.git`. `socket`: one that somebody may listen on. */
export interface Mark {
  /** Relative to the workspace. */
  path: string;
  meaning: Meaning | 'bare' | 'socket';
  kind: 'file' | 'directory' | 'link' | 'other';
  /** Device and inode, and where a link leads: another sign, another thing. */
  sign: string;
  why: string;
}

export interface Survey {
  /** In no order. A path can have several, as an `.npmrc` is a secret and obeyed. */
  marks: Mark[];
  folders: number;
  /** Grows with each folder that was not there at the look before. */
  born: number;
}

export interface Surveyor {
  /** Throws a Fault where the workspace has more folders than can be looked through. */
  look(): Promise<Survey>;
}

/** Programs of others in great number. Only their first two levels are looked through, and their test keys are no secrets. */
const BULK = new Set(['node_modules', '.venv', 'venv', 'site-packages', 'target', '.tox', '.gradle', '__pycache__']);
const BULK_DEPTH = 2;
/** A clock tick of a file system: a folder that changed so shortly before it was read may have changed again unseen. */
const TICK_NS = 50_000_000n;
const AT_ONCE = 256;

interface Folder {
  ino: bigint;
  ctimeNs: bigint;
  readAtNs: bigint;
  marks: Mark[];
  enter: Visit[];
}

interface Visit {
  path: string;
  depth: number;
  /** Levels that are left of a bulk folder; null outside of one. */
  bulk: number | null;
  /** Lies in something that is held whole: only secrets matter below. */
  held: boolean;
  /** Is git's own folder, which has sockets, or lies in it, where only what the person calls sensitive matters. */
  git: boolean;
}

/** `root` is the real path of the workspace; `rules` are those of the settings now. */
export function createSurveyor(root: string, rules: () => readonly PathRule[]): Surveyor {
  let known = new Map<string, Folder>();
  let knownRules = '';
  let born = 0;
  return {
    async look() {
      const extra = rules();
      const key = JSON.stringify(extra.map(({ kind, patterns }) => [kind, patterns]));
      if (key !== knownRules) known = new Map();
      knownRules = key;
      const next = new Map<string, Folder>();
      const marks: Mark[] = [];
      const todo: Visit[] = [{ path: '', depth: 0, bulk: null, held: false, git: false }];
      for (let visit = todo.pop(); visit !== undefined; visit = todo.pop()) {
        const folder = look(root, visit, { known: known.get(visit.path), extra });
        if (folder === null) continue;
        if (known.get(visit.path)?.ino !== folder.ino) born++;
        next.set(visit.path, folder);
        for (const mark of folder.marks) marks.push(mark);
        for (const inner of folder.enter) todo.push(inner);
        if (next.size > LIMITS.surveyFolders.value) throw tooMany();
        if (next.size % AT_ONCE === 0) await breathe();
      }
      known = next;
      return { marks, folders: next.size, born };
    },
  };
}

interface Looking {
  known: Folder | undefined;
  extra: readonly PathRule[];
}

/** Null where it has gone, or cannot be read: then no confined command can read it either. */
function look(root: string, visit: Visit, { known, extra }: Looking): Folder | null {
  const path = visit.path === '' ? root : `${root}/${visit.path}`;
  const found = unlessGone(() => lstatSync(path, { bigint: true }));
  if (found === null || !found.isDirectory()) return null;
  const isFresh = known !== undefined && known.ino === found.ino && known.ctimeNs === found.ctimeNs;
  if (isFresh && known.ctimeNs + TICK_NS < known.readAtNs) return known;
  const readAtNs = BigInt(Date.now()) * 1_000_000n;
  const entries = unlessGone(() => readdirSync(path, { withFileTypes: true }));
  if (entries === null) return null;
  return { ino: found.ino, ctimeNs: found.ctimeNs, readAtNs, ...read(root, visit, { entries, extra, found }) };
}

interface Listing {
  entries: readonly Dirent[];
  extra: readonly PathRule[];
  found: BigIntStats;
}

function read(root: string, visit: Visit, { entries, extra, found }: Listing): Pick<Folder, 'marks' | 'enter'> {
  const marks: Mark[] = [];
  const enter: Visit[] = [];
  if (!visit.git && isBare(entries)) marks.push(...bareMarks(root, visit.path, found));
  for (const entry of entries) {
    const path = visit.path === '' ? entry.name : `${visit.path}/${entry.name}`;
    const own = markEntry(root, { visit, path, extra });
    for (const mark of own) marks.push(mark);
    if (entry.isSocket())
      marks.push({ path, meaning: 'socket', kind: 'other', sign: '', why: 'A program may listen on it.' });
    if (!entry.isDirectory()) continue;
    const inner = innerVisit(visit, path, { name: entry.name, marks: own, extra });
    if (inner !== null) enter.push(inner);
  }
  return { marks, enter };
}

const OBEYED = ['HEAD', 'config', 'hooks', 'commondir'];

/** The folder as a whole; the workspace itself cannot be held or moved, so there it is what git would obey. */
function bareMarks(root: string, path: string, found: BigIntStats): Mark[] {
  const why = 'git takes its folder for a repository, and runs what the config says.';
  if (path !== '') return [{ path, meaning: 'bare', kind: 'directory', sign: `${found.dev}:${found.ino}`, why }];
  return OBEYED.flatMap((name) => {
    const signed = unlessGone(() => signOf(`${root}/${name}`));
    return signed === null ? [] : [{ path: name, meaning: 'bare' as const, why, ...signed }];
  });
}

function markEntry(
  root: string,
  { visit, path, extra }: { visit: Visit; path: string; extra: readonly PathRule[] },
): Mark[] {
  let meant = visit.git ? secretsInGit(path, extra) : meaningsOf(path, extra);
  if (visit.bulk !== null) meant = meant.filter(({ meaning }) => meaning === 'git');
  if (visit.held) meant = meant.filter(({ meaning }) => meaning === 'secret');
  if (meant.length === 0) return [];
  const signed = unlessGone(() => signOf(`${root}/${path}`));
  if (signed === null) return [];
  const once = new Map(meant.map((one) => [one.meaning, one.why]));
  return [...once].map(([meaning, why]) => ({ path, meaning, why, ...signed }));
}

function signOf(path: string): Pick<Mark, 'kind' | 'sign'> {
  const found = lstatSync(path, { bigint: true });
  const sign = `${found.dev}:${found.ino}`;
  if (found.isSymbolicLink()) return { kind: 'link', sign: `${sign}:${readlinkSync(path)}` };
  return { kind: found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other', sign };
}

/** Null where there is nothing more to find: in git's own folder, in a hidden one, deep in programs of others. */
function innerVisit(
  visit: Visit,
  path: string,
  { name, marks, extra }: { name: string; marks: readonly Mark[]; extra: readonly PathRule[] },
): Visit | null {
  if (marks.some(({ meaning }) => meaning === 'own' || meaning === 'secret')) return null;
  if (visit.git && (name === 'objects' || !extra.some(({ kind }) => kind === 'sensitive'))) return null;
  const git = visit.git || marks.some(({ meaning }) => meaning === 'git');
  if (visit.bulk === 0 || visit.depth >= LIMITS.crawlDepth.value) return null;
  const isBulk = BULK.has(name);
  const bulk = visit.bulk === null ? (isBulk ? BULK_DEPTH : null) : visit.bulk - 1;
  return { path, depth: visit.depth + 1, bulk, held: visit.held || marks.length > 0, git };
}

/** As git itself tells one (is_git_directory of its setup.c): HEAD, objects and refs. */
function isBare(entries: readonly Dirent[]): boolean {
  const names = new Set<string>();
  for (const { name } of entries) if (name.length <= 8) names.add(foldName(name));
  return names.has('head') && names.has('objects') && names.has('refs');
}

function unlessGone<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES' || code === 'ELOOP') return null;
    throw error;
  }
}

const tooMany = (): Fault =>
  new Fault({
    status: 422,
    code: 'workspace_too_large',
    message: `The workspace has more than ${LIMITS.surveyFolders.value} folders: not all of them can be looked through for what a command must not reach.`,
    hint: 'Serve a folder below it.',
  });

/** Looks through the workspace for names that matter to confinement. Folders that did not change since are not read again. */
import { type BigIntStats, lstatSync, readlinkSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import type { PathRule } from '../policy/paths.ts';
import { bareMarks, createTelling } from './bare.ts';
import { list } from './listing.ts';
import { type Meaning, meaningsOf, secretsInGit } from './marks.ts';

/**
 * `bare`: a folder that git takes as a repository though it is not called `.git`. `socket`: one that somebody may listen on.
 * `closed`: a folder that no look goes into, for its modes, its depth, its path or the number of its names; `failed`: one where
 * the system would not let us look.
 */
export interface Mark {
  /** Relative to the workspace. */
  path: string;
  meaning: Meaning | 'bare' | 'socket' | 'closed' | 'failed';
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
  /** Throws a Fault, and nothing else, where the workspace cannot be looked through as a whole. */
  look(): Promise<Survey>;
}

/** Programs of others in great number: their test keys are no secrets, and what git and editors obey there is only `.git`. */
const BULK = new Set(['node_modules', '.venv', 'venv', 'site-packages', 'target', '.tox', '.gradle', '__pycache__']);
/** Up to here each one is looked into, deeper ones as long as they are not too many. */
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
  /** The folder of dependencies that it lies in, and how deep; null outside of one. */
  bulk: { top: string; level: number } | null;
  /** What it lies in is put away, or held, as a whole: only secrets matter below. */
  isHeld: boolean;
  /** What it lies in is not changed, though a new one may come to be: nothing below needs to be kept by itself. */
  isKept: boolean;
  /** Lies in what is hidden as a whole: only what would be put away matters below. */
  isHidden: boolean;
  /** Is git's own folder, which has sockets, or lies in it, where only what the person calls sensitive matters. */
  git: boolean;
}

const TOP: Visit = { path: '', depth: 0, bulk: null, isHeld: false, isKept: false, isHidden: false, git: false };

/** `root` is the real path of the workspace; `rules` are those of the settings now; `names` is how many a folder may have. */
export function createSurveyor(
  root: string,
  rules: () => readonly PathRule[],
  names: number = LIMITS.folderNames.value,
): Surveyor {
  let known = new Map<string, Folder>();
  let knownRules = '';
  let born = 0;
  return {
    async look() {
      const extra = rules();
      const key = JSON.stringify(extra.map(({ kind, patterns }) => [kind, patterns]));
      if (key !== knownRules) known = new Map();
      knownRules = key;
      try {
        const { next, marks } = await walk(root, { known, extra, names });
        for (const [path, { ino }] of next) if (known.get(path)?.ino !== ino) born++;
        known = next;
        return { marks, folders: next.size, born };
      } catch (error) {
        throw faultOf(error);
      }
    },
  };
}

interface Walk {
  known: ReadonlyMap<string, Folder>;
  extra: readonly PathRule[];
  names: number;
}

/** All folders first, then those deep in dependencies, the shallow ones before the deeper. */
async function walk(root: string, { known, ...how }: Walk): Promise<{ next: Map<string, Folder>; marks: Mark[] }> {
  const next = new Map<string, Folder>();
  const marks: Mark[] = [];
  const deep: Visit[] = [];
  const enter = async (visit: Visit, todo: Visit[]) => {
    const folder = await look(root, visit, { known: known.get(visit.path), ...how });
    if (folder === null) return;
    next.set(visit.path, folder);
    for (const mark of folder.marks) marks.push(mark);
    for (const inner of folder.enter) ((inner.bulk?.level ?? 0) > BULK_DEPTH ? deep : todo).push(inner);
    if (next.size % AT_ONCE === 0) await breathe();
  };
  const todo = [TOP];
  for (let visit = todo.pop(); visit !== undefined; visit = todo.pop()) {
    await enter(visit, todo);
    if (next.size > LIMITS.surveyFolders.value) throw tooMany();
  }
  const most = LIMITS.surveyBulkFolders.value;
  for (let i = 0; i < deep.length && i < most; i++) await enter(deep[i]!, deep);
  for (const top of new Set(deep.slice(most).map(({ bulk }) => bulk!.top))) marks.push(crowdedBulk(top));
  return { next, marks };
}

interface Looking extends Pick<Walk, 'extra' | 'names'> {
  known: Folder | undefined;
}

/** Null where it has gone, or is another user's and closed to us: then no confined command can read it either. */
async function look(root: string, visit: Visit, { known, extra, names }: Looking): Promise<Folder | null> {
  const path = visit.path === '' ? root : `${root}/${visit.path}`;
  const found = unlessGone(() => lstatSync(path, { bigint: true }));
  if (found === null || !found.isDirectory()) return null;
  const isFresh = known !== undefined && known.ino === found.ino && known.ctimeNs === found.ctimeNs;
  if (isFresh && known.ctimeNs + TICK_NS < known.readAtNs) return known;
  const readAtNs = BigInt(Date.now()) * 1_000_000n;
  const facts = { ino: found.ino, ctimeNs: found.ctimeNs, readAtNs };
  const shut = (meaning: 'closed' | 'failed', why: string) => ({
    ...facts,
    ...shutFolder(visit, found, { meaning, why }),
  });
  if (visit.depth > LIMITS.surveyDepth.value || Buffer.byteLength(path) > LIMITS.surveyPathBytes.value)
    return shut('closed', 'It lies too deep to be looked through.');
  try {
    lstatSync(`${path}/.`); // only who may enter it can see what its names are
    const read = await readFolder(root, visit, { path, extra, names });
    if (read === null) return shut('closed', 'It has too many names to be looked through.');
    // Of a `commondir` its text counts as well, which changes without the folder.
    return { ...facts, ...read, readAtNs: read.hasCommon ? 0n : readAtNs };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === '' || OF_OURS.has(code)) throw error;
    if (GONE.has(code)) return null;
    if (code !== 'EACCES' && code !== 'EPERM') return shut('failed', `It could not be looked through (${code}).`);
    const isOurs = found.uid === BigInt(process.geteuid!());
    return isOurs ? shut('closed', 'Its modes let nobody look into it, and what is in there runs all the same.') : null;
  }
}

function shutFolder(
  { path }: Visit,
  { dev, ino }: BigIntStats,
  { meaning, why }: Pick<Mark, 'meaning' | 'why'>,
): Pick<Folder, 'marks' | 'enter'> {
  if (path === '') throw cannotLook(why);
  return { marks: [{ path, meaning, kind: 'directory', sign: `${dev}:${ino}`, why }], enter: [] };
}

interface Read extends Pick<Folder, 'marks' | 'enter'> {
  hasCommon: boolean;
}

/** Null where it has too many names. */
async function readFolder(
  root: string,
  visit: Visit,
  { path: folder, extra, names }: Pick<Walk, 'extra' | 'names'> & { path: string },
): Promise<Read | null> {
  const marks: Mark[] = [];
  const enter: Visit[] = [];
  const telling = createTelling();
  const isWhole = await list(
    folder,
    (entry) => {
      const path = visit.path === '' ? entry.name : `${visit.path}/${entry.name}`;
      telling.add(entry.name);
      const own = markEntry(root, { visit, path, extra });
      for (const mark of own) marks.push(mark);
      if (entry.isSocket() && !visit.isHidden)
        marks.push({ path, meaning: 'socket', kind: 'other', sign: '', why: 'A program may listen on it.' });
      if (entry.isDirectory() && isNoText(root, path)) marks.push(noText(path));
      const inner = entry.isDirectory() ? innerVisit(visit, path, { name: entry.name, marks: own, extra }) : null;
      if (inner !== null) enter.push(inner);
      return marks.length <= LIMITS.folderMarks.value && enter.length <= LIMITS.surveyFolders.value;
    },
    names,
  );
  if (!isWhole) return null;
  const isBare = !visit.git && telling.isBare();
  if (isBare) marks.push(...bareMarks(root, visit.path, telling.hasCommon()));
  return { marks, enter, hasCommon: isBare && telling.hasCommon() };
}

/** A name whose bytes are no UTF-8 cannot be spelt as text: what stands under its text is another thing, or nothing. */
const isNoText = (root: string, path: string) =>
  path.includes('\uFFFD') && unlessGone(() => lstatSync(`${root}/${path}`)) === null;

const noText = (path: string): Mark => ({
  ...{ path, meaning: 'told', kind: 'directory', sign: '' },
  why: 'Its name is not UTF-8, so nothing could look into it. Look at what it holds before a program of yours goes there.',
});

/** Nothing but a spelling of `.git` matters in dependencies, and this is none. */
const isPlain = (name: string) => /^[\x20-\x7e]*$/.test(name) && !/git/i.test(name);

function markEntry(
  root: string,
  { visit, path, extra }: { visit: Visit; path: string; extra: readonly PathRule[] },
): Mark[] {
  if (visit.bulk !== null && extra.length === 0 && isPlain(path.slice(path.lastIndexOf('/') + 1))) return [];
  let meant = visit.git ? secretsInGit(path, extra) : meaningsOf(path, extra);
  if (visit.bulk !== null) meant = meant.filter(({ meaning, isPersons }) => meaning === 'git' || isPersons);
  if (visit.isHeld) meant = meant.filter(({ meaning }) => meaning === 'secret');
  if (visit.isKept) meant = meant.filter(({ meaning }) => meaning !== 'held');
  if (visit.isHidden) meant = meant.filter(({ meaning }) => PUT_AWAY.has(meaning));
  if (meant.length === 0) return [];
  const signed = unlessGone(() => signOf(`${root}/${path}`));
  if (signed === null) return [];
  const once = new Map(meant.map((one) => [one.meaning, one.why]));
  // A new one is told of, a changed one is not.
  return [...once].map(([meaning, why]) => ({
    path,
    meaning,
    why,
    ...signed,
    ...(meaning === 'told' ? { sign: '' } : {}),
  }));
}

function signOf(path: string): Pick<Mark, 'kind' | 'sign'> {
  const found = lstatSync(path, { bigint: true });
  const sign = `${found.dev}:${found.ino}`;
  if (found.isSymbolicLink()) return { kind: 'link', sign: `${sign}:${readlinkSync(path)}` };
  return { kind: found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other', sign };
}

/** Found where none was, they are put away as a whole. */
const PUT_AWAY: ReadonlySet<Mark['meaning']> = new Set(['git', 'own', 'auto']);

/** Null where there is nothing more to find: in our own folder, and in git's, unless the person calls something there sensitive. */
function innerVisit(
  visit: Visit,
  path: string,
  { name, marks, extra }: { name: string; marks: readonly Mark[]; extra: readonly PathRule[] },
): Visit | null {
  if (marks.some(({ meaning }) => meaning === 'own')) return null;
  if (visit.git && (name === 'objects' || !extra.some(({ kind }) => kind === 'sensitive'))) return null;
  const bulk = visit.bulk === null ? (BULK.has(name) ? path : null) : visit.bulk.top;
  return {
    path,
    depth: visit.depth + 1,
    bulk: bulk === null ? null : { top: bulk, level: visit.bulk === null ? 0 : visit.bulk.level + 1 },
    isHeld: visit.isHeld || marks.some(({ meaning }) => PUT_AWAY.has(meaning)),
    isKept: visit.isKept || marks.some(({ meaning }) => meaning === 'held'),
    isHidden: visit.isHidden || marks.some(({ meaning }) => meaning === 'secret'),
    git: visit.git || marks.some(({ meaning }) => meaning === 'git'),
  };
}

const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);
/** Not the folder's: it says nothing of what is in there. */
const OF_OURS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

function unlessGone<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (GONE.has(code) || code === 'EACCES' || code === 'ELOOP') return null;
    throw error;
  }
}

const crowdedBulk = (path: string): Mark => ({
  ...{ path, meaning: 'told', kind: 'directory', sign: '' },
  why: `It holds so many folders that not all of them, deeper than ${BULK_DEPTH} levels, were looked through.`,
});

const faultOf = (error: unknown): unknown => {
  const { code, message } = error as NodeJS.ErrnoException;
  return error instanceof Fault || code === undefined ? error : cannotLook(message);
};

const cannotLook = (why: string): Fault =>
  new Fault({
    status: 422,
    code: 'workspace_unseen',
    message: `The workspace cannot be looked through for what a command must not reach: ${why}`,
    hint: 'Mend that, or serve another folder.',
  });

const tooMany = (): Fault =>
  new Fault({
    status: 422,
    code: 'workspace_too_large',
    message: `The workspace has more than ${LIMITS.surveyFolders.value} folders: not all of them can be looked through for what a command must not reach.`,
    hint: 'Serve a folder below it.',
  });

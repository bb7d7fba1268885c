/** After a command: what it left that a program of the host would run or obey by itself, and putting that where nothing does. */
import * as fs from 'node:fs';
import type { GitMode } from '../../shared/sandbox.ts';
import { locate } from '../base/contained.ts';
import { at, pin, release, self, type Pinned } from '../base/contained-pin.ts';
import { shownPath } from './raw-names.ts';
import type { Finding } from './sandbox.ts';
import type { Mark } from './marks.ts';
import type { Survey } from './survey.ts';

/** Where findings are put: held from every command, read by nothing. */
export const QUARANTINE = '.vtcode/quarantine';
const SUFFIX = '.vtcode-quarantine';

const PUT_AWAY: ReadonlySet<Mark['meaning']> = new Set(['git', 'own', 'auto', 'bare', 'closed']);
/** Told, and left where they are. */
const TOLD: ReadonlySet<Mark['meaning']> = new Set(['told', 'failed']);
/** In git's own folder, after a command that may write there; what stood before was held. */
const GIT_NEW = ['commondir', 'config.worktree', 'rebase-merge', 'rebase-apply', 'sequencer', 'modules'];

/** Nobody can tell afterwards who made it: what a command may write in, it may write as the person's own git does. */
const REBASES: ReadonlySet<string> = new Set(['.git/rebase-merge', '.git/rebase-apply', '.git/sequencer']);
const OF_A_REBASE =
  'It says what git runs when a rebase goes on. If you began one while the command ran, move it back.';

/** The others are held as they stand, so that the command can have made only what did not; of this one, what lies in it. */
const MODULES = '.git/modules';

/** What is in git's folder of the things that git obeys, by their inode; empty where `.git` is no folder. */
function gitState(root: string): Map<string, string> {
  const there = GIT_NEW.map((name) => [`.git/${name}`, signAt(`${root}/.git/${name}`)] as const);
  return new Map(there.filter(([, sign]) => sign !== ''));
}

function signAt(path: string): string {
  try {
    const { dev, ino } = fs.lstatSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw error;
  }
}

/** What stood of such things before a command. */
export interface Seen {
  /** Marks, each by all that makes it the same thing. */
  known: ReadonlySet<string>;
  /** Null where `.git` was read-only: what comes to be there then, as a rebase, is the person's own. */
  git: ReadonlyMap<string, string> | null;
}

export const seenBefore = (survey: Survey, root: string, mode: GitMode): Seen => ({
  known: new Set(survey.marks.filter(isSought).map(keyOf)),
  git: mode === 'guarded' ? gitState(root) : null,
});

const isSought = ({ meaning }: Mark) => PUT_AWAY.has(meaning) || TOLD.has(meaning);

const keyOf = ({ path, meaning, sign }: Mark) => `${meaning} ${sign} ${path}`;

/** A finding, before it is put away. */
export interface Left extends Finding {
  /** Told only: it is left where it is. */
  stays: boolean;
}

/** What is there that was not, or is another thing than it was; the outermost of several, in the order of their paths. */
export function findNew(
  before: Seen,
  { survey, root }: { survey: Survey; root: string },
  isOurs: (path: string) => boolean,
): Left[] {
  const marks = survey.marks.filter((mark) => isSought(mark) && !before.known.has(keyOf(mark)));
  const { git } = before;
  const inGit = git === null ? [] : [...gitState(root)].filter(([path, sign]) => git.get(path) !== sign);
  const made = inGit.filter(([path]) => !(git?.has(path) === true && path !== MODULES));
  const all = [
    ...marks
      .filter(({ meaning }) => TOLD.has(meaning))
      .map(({ path, why }) => ({ path: shownPath(path), why, stays: true })),
    ...marks.filter(({ meaning }) => PUT_AWAY.has(meaning)).map(({ path, why }) => ({ path, why, stays: false })),
    ...made.map(([path]) => ({
      path,
      why: REBASES.has(path) ? OF_A_REBASE : 'git obeys it at its next call.',
      stays: false,
    })),
  ].filter(({ path }) => !isOurs(path) && path !== '.vtcode' && !path.startsWith('.vtcode/'));
  const sorted = [...new Map(all.map((one) => [one.path, one])).values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return sorted.filter(({ path }) => !sorted.some((other) => !other.stays && path.startsWith(`${other.path}/`)));
}

/**
 * Moves each finding into `.vtcode/quarantine/STAMP/` under a name that nothing looks for; nothing is deleted. What cannot be
 * moved is told as such. Links are moved, not followed.
 */
export function quarantine(root: string, findings: readonly Left[], stamp: string): Finding[] {
  const staying = findings.filter(({ stays }) => stays);
  const moving = findings.filter(({ stays }) => !stays);
  const told = staying.map(({ path, why }) => ({ path, why: `${why} It stays where it is.` }));
  return [...putAway(root, moving, stamp), ...told];
}

function putAway(root: string, findings: readonly Finding[], stamp: string): Finding[] {
  if (findings.length === 0) return [];
  try {
    for (const path of ['.vtcode', QUARANTINE, `${QUARANTINE}/${stamp}`]) makeFolder(root, path);
    ignoreAll(root);
  } catch (error) {
    const why = `it could not be put away: ${(error as Error).message}`;
    return findings.map((one) => ({ path: one.path, why: `${one.why} It is still there: ${why}` }));
  }
  return findings.map(({ path, why }, i) => {
    const to = `${QUARANTINE}/${stamp}/${i + 1}-${shortOf(path)}${SUFFIX}`;
    const problem = move(root, path, to);
    return { path, why: problem === '' ? `${why} It was moved to ${to}.` : `${why} It is still there: ${problem}.` };
  });
}

const NAME_BYTES = 150;

/** The last name, cut so that with what is added it still is a name. */
function shortOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return Buffer.byteLength(name) <= NAME_BYTES ? name : Buffer.from(name).toString('utf8', 0, NAME_BYTES);
}

/** Each step from a folder that is held open, so that no link is walked through. */
function makeFolder(root: string, path: string): void {
  const found = locate(root, path, 'none');
  if (!found.ok) throw new Error(found.message);
  try {
    if (found.node === null) fs.mkdirSync(at(found.parent, found.name), { mode: 0o700 });
    else if (found.node.facts.kind !== 'directory') throw new Error(`${path} is not a folder`);
  } finally {
    found.close();
  }
}

/** No finding lands in somebody's commit. */
function ignoreAll(root: string): void {
  const found = locate(root, `${QUARANTINE}/.gitignore`, 'none');
  if (!found.ok) throw new Error(found.message);
  try {
    if (found.node === null) fs.writeFileSync(at(found.parent, found.name), '*\n', { flag: 'wx', mode: 0o600 });
  } finally {
    found.close();
  }
}

/** Why it could not be moved; empty where it was. */
function move(root: string, from: string, to: string): string {
  const [source, target] = [locate(root, parentOf(from), 'none'), locate(root, to, 'none')];
  try {
    if (!source.ok) return source.message;
    if (!target.ok) return target.message;
    if (source.node === null) return 'its folder has gone';
    const name = from.slice(from.lastIndexOf('/') + 1);
    rename(source.node, name, at(target.parent, target.name));
    return '';
  } catch (error) {
    return (error as Error).message;
  } finally {
    if (source.ok) source.close();
    if (target.ok) target.close();
  }
}

/** Modes that a command set are no obstacle: a folder is moved only by who may write in it, and in the one it leaves. */
function rename(parent: Pinned, name: string, to: string): void {
  try {
    return fs.renameSync(at(parent, name), to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
  }
  fs.chmodSync(self(parent), parent.facts.mode | 0o700);
  try {
    const node = pin(parent, name);
    try {
      if (node.facts.kind === 'directory') fs.chmodSync(self(node), 0o700);
    } finally {
      release(node);
    }
    fs.renameSync(at(parent, name), to);
  } finally {
    fs.chmodSync(self(parent), parent.facts.mode);
  }
}

const parentOf = (path: string) => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.');

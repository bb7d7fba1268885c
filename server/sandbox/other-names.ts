/** Other names, in the workspace, of files that are hidden or held: what covers one name of a file leaves its hard links open. */
import { type BigIntStats, type Dirent, lstatSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import { within } from './compile.ts';
import { list } from './listing.ts';
import { systemPath } from './raw-names.ts';
import type { Survey } from './survey.ts';

/** Absolute paths, of files and of folders. */
export interface Covered {
  protect: readonly string[];
  hide: readonly string[];
  /** Hidden whole, and not looked into: no name in there can be reached. */
  closed: readonly string[];
}

export interface OtherNames {
  /**
   * `covered` with all other names of its files. Those outside of the workspace are not looked for: no command writes there.
   * Throws a Fault where a file has other names and there are too many files to look for them.
   */
  include<T extends Covered>(covered: T, survey: Pick<Survey, 'born'>): Promise<T>;
}

/** A file with more names than one. */
interface Linked {
  /** Device and inode. */
  id: string;
  path: string;
  ino: number;
  links: number;
  /** Changes with each name that comes, goes or is another one. */
  ctimeNs: bigint;
  isSecret: boolean;
}

interface Known {
  key: string;
  /** By `id`, all names in the workspace. */
  names: Map<string, string[]>;
  /** No file has a name that was not found: none can come into the workspace unseen. */
  isWhole: boolean;
  born: number;
}

/** Of git's own: contents and positions, not what it obeys. `git clone` of a folder links all its objects. */
const GIT_DATA = new Set(['objects', 'refs', 'logs', 'lfs']);
const AT_ONCE = 256;

/** `root` is the real path of the workspace. A search is repeated only where it could find something else. */
export function createOtherNames(root: string): OtherNames {
  let known: Known | null = null;
  return {
    async include(covered, { born }) {
      const linked = [...(await linkedIn(covered.hide, true)), ...(await linkedIn(covered.protect, false))];
      if (linked.length === 0) return covered;
      const key = linked.map(({ id, links, ctimeNs }) => `${id}:${links}:${ctimeNs}`).join();
      const stands = known !== null && known.key === key && (known.isWhole || known.born === born) && isTrue(known);
      if (!stands) known = { key, born, ...(await search(root, linked, covered.closed)) };
      const { protect, hide } = uncovered(linked, known!.names, covered);
      return { ...covered, protect: [...covered.protect, ...protect], hide: [...covered.hide, ...hide] };
    },
  };
}

async function linkedIn(paths: readonly string[], isSecret: boolean): Promise<Linked[]> {
  const found: Linked[] = [];
  const todo = [...paths];
  for (let seen = 0, path = todo.pop(); path !== undefined; path = todo.pop(), seen++) {
    if (seen > LIMITS.linkSearchFiles.value) throw tooMany(path);
    const stat = statOf(path);
    if (stat?.isFile() && stat.nlink > 1n) found.push(linkedOf(path, stat, isSecret));
    if (!stat?.isDirectory()) continue;
    const isGit = path.endsWith('/.git') && !isSecret;
    const take = ({ name }: Dirent) => {
      if (!isGit || !GIT_DATA.has(name)) todo.push(`${path}/${name}`);
      return seen + todo.length <= LIMITS.linkSearchFiles.value;
    };
    if (!(await taken(path, take))) throw tooMany(path);
  }
  return found;
}

const linkedOf = (path: string, { dev, ino, nlink, ctimeNs }: BigIntStats, isSecret: boolean): Linked => ({
  ...{ id: `${dev}:${ino}`, path, ino: Number(ino), links: Number(nlink), ctimeNs, isSecret },
});

/** Whether each name still is what it was. */
const isTrue = ({ names }: Known): boolean =>
  [...names].every(([id, paths]) => paths.every((path) => idAt(path) === id));

/** Looks at every file of the workspace, until all names are found. */
async function search(
  root: string,
  linked: readonly Linked[],
  closed: readonly string[],
): Promise<Pick<Known, 'names' | 'isWhole'>> {
  const names = new Map<string, string[]>(linked.map(({ id }) => [id, []]));
  const inodes = new Set(linked.map(({ ino }) => ino));
  let missing = [...new Map(linked.map(({ id, links }) => [id, links])).values()].reduce((sum, one) => sum + one, 0);
  const todo = [root];
  const shut = new Set(closed);
  let seen = 0;
  let folders = 0;
  for (let folder = todo.pop(); folder !== undefined && missing > 0; folder = todo.pop()) {
    const isAll = await taken(folder, (entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !shut.has(path)) todo.push(path);
      if (!entry.isFile()) return true;
      if (++seen > LIMITS.linkSearchFiles.value) return false;
      if (!inodes.has(unlessGone(() => lstatSync(path))?.ino ?? 0)) return true;
      const own = names.get(idAt(path)); // the number of an inode may be too large to be exact
      if (own === undefined) return true;
      own.push(path);
      missing--;
      return true;
    });
    if (!isAll) throw tooMany(linked[0]!.path);
    if (++folders % AT_ONCE === 0) await breathe();
  }
  return { names, isWhole: missing === 0 };
}

function uncovered(
  linked: readonly Linked[],
  names: Known['names'],
  covered: Covered,
): Pick<Covered, 'protect' | 'hide'> {
  const secret = new Set(linked.filter(({ isSecret }) => isSecret).map(({ id }) => id));
  const protect = new Set<string>();
  const hide = new Set<string>();
  const isIn = (path: string, roots: readonly string[]) => roots.some((one) => within(path, one));
  for (const [id, paths] of names)
    for (const path of paths) {
      if (isIn(path, covered.hide)) continue;
      if (secret.has(id)) hide.add(path);
      else if (!isIn(path, covered.protect)) protect.add(path);
    }
  return { protect: [...protect], hide: [...hide] };
}

const statOf = (path: string) => unlessGone(() => lstatSync(systemPath(path), { bigint: true }));

/** False where there are too many names. */
const taken = (path: string, take: (entry: Dirent) => boolean): Promise<boolean> =>
  list(path, take).catch((error: unknown) => unlessGone<boolean>(() => thrown(error)) ?? true);

function thrown(error: unknown): never {
  throw error;
}

function idAt(path: string): string {
  const found = statOf(path);
  return found === null ? '' : `${found.dev}:${found.ino}`;
}

/** Gone, or in what the survey calls closed, or another user's: no confined command gets there. */
const OUT_OF_REACH: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG']);

function unlessGone<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined && OUT_OF_REACH.has(code)) return null;
    throw error;
  }
}

const tooMany = (path: string): Fault =>
  new Fault({
    status: 422,
    code: 'hard_links',
    message: `${path} has other names (hard links), and the workspace has more than ${LIMITS.linkSearchFiles.value} files: not all can be looked at to find and cover them.`,
    hint: 'Give the file one name: copy it, and put the copy in its place. Or serve a smaller folder.',
  });

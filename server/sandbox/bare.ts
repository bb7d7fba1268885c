/** Folders that git takes as a repository by what is in them, whatever they are called. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { foldName } from '../base/fold.ts';
import { within } from './compile.ts';
import type { Mark } from './marks.ts';

const WHY = 'git takes its folder for a repository, and runs what the config says.';
const TELLING = new Set(['head', 'objects', 'refs', 'commondir']);
/** What git obeys of it. */
const OBEYED = ['HEAD', 'config', 'config.worktree', 'hooks', 'commondir'];
const COMMON_BYTES = 4_096;

/** Gathers the names that tell. As git itself tells (is_git_directory of its setup.c): HEAD, and objects and refs here or elsewhere. */
export function createTelling(): { add(name: string): void; isBare(): boolean; hasCommon(): boolean } {
  const names = new Set<string>();
  return {
    add(name) {
      const folded = name.length <= 32 ? foldName(name) : '';
      if (TELLING.has(folded)) names.add(folded);
    },
    isBare: () => names.has('head') && (names.has('commondir') || (names.has('objects') && names.has('refs'))),
    hasCommon: () => names.has('commondir'),
  };
}

/**
 * The folder as a whole, and the one that its `commondir` names, which git obeys in its turn; of the workspace itself, which
 * cannot be held or moved, what git would obey.
 */
export function bareMarks(root: string, path: string, hasCommon: boolean): Mark[] {
  const common = hasCommon ? commonOf(root, path) : null;
  const named = common === null ? [] : partsOf(root, common, 'held');
  const marks = partsOf(root, path, 'bare');
  // Another folder behind the same name is another thing.
  const sign = common === null ? '' : `:${common}:${signOf(join(root, common))}`;
  return [...marks.map((mark) => ({ ...mark, sign: mark.sign + sign })), ...named];
}

function partsOf(root: string, path: string, meaning: 'bare' | 'held'): Mark[] {
  const parts = path === '' ? OBEYED : [path];
  return parts.flatMap((part) => {
    const found = lstatSync(join(root, part), { bigint: true, throwIfNoEntry: false });
    if (found === undefined) return [];
    const kind = found.isDirectory()
      ? 'directory'
      : found.isFile()
        ? 'file'
        : found.isSymbolicLink()
          ? 'link'
          : 'other';
    return [{ path: part, meaning, kind, why: WHY, sign: `${found.dev}:${found.ino}` }];
  });
}

function signOf(path: string): string {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? '' : `${found.dev}:${found.ino}`;
}

/** Relative to the workspace; null where it is not in there, is this folder itself, or holds no objects and refs. */
function commonOf(root: string, path: string): string | null {
  const own = join(root, path);
  try {
    const text = readSmall(join(own, 'commondir')).trimEnd();
    if (text === '') return null;
    const real = realpathSync(resolve(own, text));
    if (!within(real, root) || real === own) return null;
    const isStore = ['objects', 'refs'].every((name) => lstatSync(join(real, name), { throwIfNoEntry: false }));
    return isStore ? relative(root, real) : null;
  } catch {
    return null; // then git finds nothing there either
  }
}

/** Never waits, whatever it is: a command may have put a pipe there. */
function readSmall(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(fd);
    return found.isFile() && found.size <= COMMON_BYTES ? readFileSync(fd, 'utf8') : '';
  } finally {
    closeSync(fd);
  }
}

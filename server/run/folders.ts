/** The folder that a write goes to, held open; folders that are missing on the way are made, and can be taken away again. */
import { chmodSync, mkdirSync, rmdirSync } from 'node:fs';
import { locate } from '../base/contained.ts';
import { at, openRoot, pin, release, self, type Dir, type Pinned } from '../base/contained-pin.ts';
import { visible } from '../base/visible.ts';
import { changed, NotWritten } from './not-written.ts';

/** A name in a folder that is held. `made`: paths of the folders that were made for it, the outermost first. */
export interface Target {
  dir: Dir;
  name: string;
  path: string;
  made: string[];
}

const FOLDER_MODE = 0o755;

/** Holds the folder of `path`; no link on the way is followed. The caller releases `dir`. Throws NotWritten or the system's error. */
export function holdParent(root: string, path: string, missing: 'make' | 'refuse'): Target {
  const names = path.split('/');
  const name = names.pop()!;
  const made: string[] = [];
  let dir: Pinned = openRoot(root);
  try {
    for (const [i, folder] of names.entries()) {
      const below = names.slice(0, i + 1).join('/');
      const next = enter(dir, folder, { path: below, missing, made, mode: FOLDER_MODE });
      release(dir);
      dir = next;
    }
    return { dir, name, path, made };
  } catch (error) {
    release(dir);
    removeMade(root, made);
    throw error;
  }
}

interface Entering {
  /** From the root, for messages and for `made`. */
  path: string;
  missing: 'make' | 'refuse';
  made: string[];
  mode: number;
}

/** Holds one folder below another; it is made where it is missing and may be. */
export function enter(dir: Dir, name: string, options: Entering): Pinned {
  const { path } = options;
  const found = pinOrNull(dir, name);
  if (found === null && options.missing === 'refuse') throw changed(path, 'the folder is gone');
  const node = found ?? makeFolder(dir, name, options);
  if (node.facts.kind === 'directory') return node;
  release(node);
  const what = node.facts.kind === 'link' ? 'a symbolic link; nothing is written through a link' : 'not a folder';
  throw new NotWritten(node.facts.kind === 'link' ? 'link' : 'not_a_directory', `${visible(path)} is ${what}.`);
}

function makeFolder(dir: Dir, name: string, { path, made, mode }: Entering): Pinned {
  try {
    mkdirSync(at(dir, name), mode);
  } catch (error) {
    // Made by another since it was looked for: taken as it is.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return pin(dir, name);
    throw error;
  }
  made.push(path);
  const node = pin(dir, name);
  // mkdir takes the umask off, and ours is strict. A folder, not a link that took its place: chmod follows.
  if (node.facts.kind === 'directory') chmodSync(self(node), mode);
  return node;
}

/** Takes away folders that were made, the innermost first, as far as they are empty. */
export function removeMade(root: string, made: readonly string[]): void {
  for (const path of [...made].reverse()) {
    const found = locate(root, path, 'none');
    if (!found.ok) continue;
    try {
      if (found.node !== null) rmdirSync(at(found.parent, found.name));
    } catch (error) {
      // Something was put in meanwhile: it stays, and so does its folder.
      if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? ''))
        throw error;
    } finally {
      found.close();
    }
  }
}

export function pinOrNull(dir: Dir, name: string): Pinned | null {
  try {
    return pin(dir, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

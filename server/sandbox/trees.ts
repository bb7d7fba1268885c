/** Measures and removes trees that confined commands write in, also while one of them still does. */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { list } from './listing.ts';
import { at, openRoot, pin, release, self, type Dir, type Pinned } from '../base/contained-pin.ts';

export interface Most {
  /** On disk. */
  bytes: number;
  /** Files and folders. */
  entries: number;
}

export interface Space {
  /** Up to where the counting ended. */
  bytes: number;
  /** It holds more, or a folder that cannot be looked into: what is in there would go uncounted. */
  isOver: boolean;
}

const AT_ONCE = 512;
const ROUNDS = 100;
const BLOCK = 512; // st_blocks of stat(2)

/** Counts until it is over. A tree that changes meanwhile may be counted wrongly, and nothing worse. */
export async function measure(roots: readonly string[], most: Most): Promise<Space> {
  const todo = [...roots];
  let bytes = 0;
  for (let seen = 0, path = todo.pop(); path !== undefined; path = todo.pop(), seen++) {
    if (seen % AT_ONCE === AT_ONCE - 1) await breathe();
    try {
      const found = fs.lstatSync(path);
      bytes += found.blocks * BLOCK;
      const room = () => seen + todo.length <= most.entries;
      const add = ({ name }: fs.Dirent) => todo.push(`${path}/${name}`) > 0 && room();
      if (found.isDirectory() && !(await list(path, add))) return { bytes, isOver: true };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') return { bytes, isOver: true };
    }
    if (bytes > most.bytes || seen + todo.length > most.entries) return { bytes, isOver: true };
  }
  return { bytes, isOver: false };
}

/**
 * Removes a tree whatever its depth and its modes; that it is not there is no error. Its folder must be one that no command
 * writes in: the tree is gone from its place at once, and taken apart beside it. No link is followed, whenever it comes to be.
 */
export async function removeTree(path: string): Promise<void> {
  const folder = fs.mkdtempSync(join(dirname(path), 'gone-'));
  try {
    fs.renameSync(path, `${folder}/0`);
  } catch (error) {
    fs.rmdirSync(folder);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await takeApart(folder);
}

/** What `removeTree` left of a process that died meanwhile. */
export const isHalfGone = (name: string): boolean => name.startsWith('gone-');

/** Each folder's own folders are moved up to the top before it is removed, so that no path ever gets long. */
export async function takeApart(folder: string): Promise<void> {
  const top = openRoot(folder);
  const prefix = `${process.pid}-${Date.now()}-`;
  let moved = 0;
  try {
    // What a command still fills is left after some rounds, as is what even its owner cannot remove.
    for (let round = 0; round < ROUNDS; round++) {
      const todo = fs.readdirSync(self(top));
      if (todo.length === 0) break;
      const newPlace = () => {
        const name = `${prefix}${moved++}`;
        todo.push(name);
        return at(top, name);
      };
      for (let name = todo.pop(); name !== undefined; name = todo.pop()) await empty(top, name, newPlace);
    }
  } finally {
    release(top);
  }
  removeEmpty(folder);
}

async function empty(dir: Dir, name: string, newPlace: () => string): Promise<void> {
  if (unlink(dir, name)) return;
  const inner = pinFolder(dir, name);
  if (inner === null) return;
  try {
    await list(self(inner), ({ name: one }) => {
      if (!unlink(inner, one)) moveUp(inner, one, newPlace());
      return true;
    });
  } finally {
    release(inner);
  }
  removeEmpty(at(dir, name));
  await breathe();
}

/** Null where it is none any more. What it may be written and looked into is its owner's to say. */
function pinFolder(dir: Dir, name: string): Pinned | null {
  try {
    const inner = pin(dir, name);
    if (inner.facts.kind === 'directory') {
      fs.chmodSync(self(inner), 0o700);
      return inner;
    }
    release(inner);
    return null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** False where it is a folder. */
function unlink(dir: Dir, name: string): boolean {
  try {
    fs.unlinkSync(at(dir, name));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code === 'EISDIR' || code === 'EPERM') return false;
    throw error;
  }
}

/** A folder that may not be written in cannot be moved either. */
function moveUp(dir: Dir, name: string, to: string): void {
  const inner = pinFolder(dir, name);
  if (inner === null) return;
  release(inner);
  try {
    fs.renameSync(at(dir, name), to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** One that was filled anew is met again at the next round. */
function removeEmpty(path: string): void {
  try {
    fs.rmdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT') throw error;
  }
}

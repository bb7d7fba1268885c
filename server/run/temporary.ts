/** `.vtcode/tmp`: where new bytes wait until they are whole, and old ones until the change is done. Nothing else stands there. */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { at, factsOf, openRoot, release, type Dir, type Facts } from '../base/contained-pin.ts';
import { namesIn, openDirectory } from '../base/contained-read.ts';
import { enter, pinOrNull, removeMade } from './folders.ts';

const fsync = promisify(fs.fsync);
const write = promisify(fs.write);

/** Of files that a crash left behind; anything else in the folder is not ours. */
const OURS = /^[0-9a-f]{24}\.(new|old)$/;

export const temporaryName = (kind: 'new' | 'old'): string => `${randomBytes(12).toString('hex')}.${kind}`;

/**
 * Holds the folder for temporary files, made where it is missing. The caller releases it. Throws NotWritten where a part of it
 * is a link or no folder: what stands there came with the repository, and is not written into.
 */
export function openTemporary(root: string): Dir {
  const top = openRoot(root);
  try {
    const own = enter(top, '.vtcode', { path: '.vtcode', missing: 'make', made: [], mode: 0o755 });
    try {
      return enter(own, 'tmp', { path: '.vtcode/tmp', missing: 'make', made: [], mode: 0o700 });
    } finally {
      release(own);
    }
  } finally {
    release(top);
  }
}

/** A file that is whole and on the disk, and has no name of its own yet but the temporary one. */
export interface Staged {
  name: string;
  facts: Facts;
}

export interface Staging {
  mode: number;
  /** Who shall own it; null: we do. */
  owner: { uid: number; gid: number } | null;
}

/** Writes the bytes whole, with their mode, and syncs them. */
export async function stage(temporary: Dir, bytes: Uint8Array, { mode, owner }: Staging): Promise<Staged> {
  const name = temporaryName('new');
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
  const fd = fs.openSync(at(temporary, name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    for (let done = 0; done < bytes.length;) {
      done += (await write(fd, bytes, done, bytes.length - done)).bytesWritten;
    }
    // Before the mode: a change of owner takes set-id bits off, and only the superuser may make it.
    if (owner && process.geteuid?.() === 0) fs.fchownSync(fd, owner.uid, owner.gid);
    fs.fchmodSync(fd, mode);
    await fsync(fd);
    return { name, facts: factsOf(fd) };
  } catch (error) {
    fs.unlinkSync(at(temporary, name));
    throw error;
  } finally {
    fs.closeSync(fd);
  }
}

/** Removes a temporary file, if it is still there. */
export function discard(temporary: Dir, name: string): void {
  try {
    fs.unlinkSync(at(temporary, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Removes what a crash has left in `.vtcode/tmp`. Called once at start, before any write; answers how many files went. */
export async function cleanTemporary(root: string): Promise<number> {
  const folder = openDirectory(root, '.vtcode/tmp', 'none');
  if (!folder.ok) return 0; // none there, or not ours to touch
  let removed = 0;
  try {
    for await (const { name } of await namesIn(folder.dir)) {
      const node = OURS.test(name) ? pinOrNull(folder.dir, name) : null;
      if (node === null) continue;
      release(node);
      if (node.facts.kind !== 'file') continue;
      discard(folder.dir, name);
      removed++;
    }
    return removed;
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    return removed; // what may not be read or removed stays; a write there will say so
  } finally {
    folder.close();
  }
}

/** Whether the folder is there, as a folder. */
export function hasTemporary(root: string): boolean {
  const folder = openDirectory(root, '.vtcode/tmp', 'none');
  if (folder.ok) folder.close();
  return folder.ok;
}

/** Takes the folder away, and the one above it, as far as nothing of others stands in them. */
export async function removeTemporary(root: string): Promise<void> {
  await cleanTemporary(root);
  removeMade(root, ['.vtcode', '.vtcode/tmp']);
}

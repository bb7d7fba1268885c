/** The bytes of files before and after a change, kept once each under their SHA-256. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '../../shared/limits.ts';
import { sha256 } from '../base/hash.ts';
import { asFault } from './open.ts';

export interface Blobs {
  /** Keeps the bytes and answers their SHA-256 (hex). On disk, and synced, when it returns. Throws a Fault (503 or 507) where it cannot. */
  put(bytes: Uint8Array): Promise<string>;
  /** The bytes, or null where there are none or they are no longer what their name says. */
  get(hash: string): Promise<Buffer | null>;
  /** Removes the bytes, unless they were put a moment ago: who puts them records their hash only then. */
  remove(hash: string): Promise<void>;
}

/** For one writer at a time: what a killed one left unfinished is removed. */
export async function openBlobs(dir: string): Promise<Blobs> {
  const unfinished = join(dir, UNFINISHED);
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  await Promise.all((await readdir(unfinished)).map((name) => unlink(join(unfinished, name))));
  const fresh = new Map<string, number>();
  return {
    async put(bytes) {
      const hash = sha256(bytes);
      touch(fresh, hash);
      const target = place(dir, hash);
      if ((await read(target, hash)) !== null) return hash;
      try {
        await mkdir(join(dir, hash.slice(0, 2)), { recursive: true, mode: 0o700 });
        await writeWhole(join(unfinished, randomBytes(12).toString('hex')), { target, bytes });
      } catch (error) {
        throw asFault(error, dir);
      }
      return hash;
    },
    get: (hash) => read(place(dir, hash), hash),
    async remove(hash) {
      if (Date.now() - (fresh.get(hash) ?? 0) < LIMITS.blobFreshMs.value) return;
      await rm(place(dir, hash), { force: true });
    },
  };
}

/** Notes when a hash was put last, and forgets those that are not fresh any more. */
function touch(fresh: Map<string, number>, hash: string): void {
  const now = Date.now();
  fresh.delete(hash);
  fresh.set(hash, now);
  for (const [old, at] of fresh) {
    if (now - at < LIMITS.blobFreshMs.value) return;
    fresh.delete(old);
  }
}

/** Where bytes wait until they are whole; no two letters of a hash, so in nobody's way. */
const UNFINISHED = 'unfinished';

const place = (dir: string, hash: string) => join(dir, hash.slice(0, 2), hash);

/** Null where there is no such file, or where its bytes are spoilt: then it is written anew. */
async function read(path: string, hash: string): Promise<Buffer | null> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return bytes && sha256(bytes) === hash ? bytes : null;
}

async function writeWhole(temporary: string, { target, bytes }: { target: string; bytes: Uint8Array }): Promise<void> {
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => undefined); // the first failure is the one to tell
    throw error;
  }
}

/** The bytes of what was trusted, kept in the user's config directory: against them a change is shown. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../base/hash.ts';
import { trustDir } from './key.ts';

interface Kept {
  sha256: string;
  bytes: Buffer;
}

/** Keeps these of a workspace and forgets all others of it. */
export async function keepTrusted(configDir: string, root: string, files: readonly Kept[]): Promise<void> {
  const dir = keptDir(configDir, root);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const { sha256: hash, bytes } of files) {
    const temporary = join(dir, `new-${randomBytes(6).toString('hex')}`);
    await writeFile(temporary, bytes, { mode: 0o600, flag: 'wx' });
    await rename(temporary, join(dir, hash));
  }
  const wanted = new Set(files.map((file) => file.sha256));
  for (const name of await readdir(dir)) if (!wanted.has(name)) await rm(join(dir, name), { force: true });
}

/** The bytes with that hash; null where they are not kept, or are not what they were. */
export async function keptTrusted(configDir: string, root: string, hash: string): Promise<Buffer | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(join(keptDir(configDir, root), hash), flags).catch(() => null);
  if (file === null) return null;
  try {
    const bytes = await file.readFile();
    return sha256(bytes) === hash ? bytes : null;
  } finally {
    await file.close();
  }
}

export const forgetTrusted = (configDir: string, root: string): Promise<void> =>
  rm(keptDir(configDir, root), { recursive: true, force: true });

/** Where they stand; it need not be there. */
export const keptDir = (configDir: string, root: string): string => join(trustDir(configDir), 'kept', sha256(root));

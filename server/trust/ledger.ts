/** The list of what is trusted, in the user's config directory: a marker that is not listed here is none. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { Sha256 } from '../../shared/action.ts';
import { sha256 } from '../base/hash.ts';
import { trustDir } from './key.ts';

const Entry = z.strictObject({ v: z.literal(1), workspace: z.string(), statement: Sha256, at: z.iso.datetime() });
type Entry = z.infer<typeof Entry>;

/** The hash of the statement that is in force for a workspace; null where none is. One file each: no two writers meet. */
export async function listedStatement(configDir: string, root: string): Promise<string | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(ledgerPath(configDir, root), flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (file === null) return null;
  try {
    const entry = Entry.safeParse(parsed(await file.readFile('utf8')));
    return entry.success && entry.data.workspace === root ? entry.data.statement : null;
  } finally {
    await file.close();
  }
}

export async function listStatement(configDir: string, entry: Omit<Entry, 'v'>): Promise<void> {
  await mkdir(join(trustDir(configDir), 'ledger'), { recursive: true, mode: 0o700 });
  const target = ledgerPath(configDir, entry.workspace);
  const temporary = `${target}.${randomBytes(6).toString('hex')}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ v: 1, ...entry } satisfies Entry)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, target);
}

export const unlist = (configDir: string, root: string): Promise<void> =>
  rm(ledgerPath(configDir, root), { force: true });

/** Where the entry of a workspace stands; it need not be there. */
export const ledgerPath = (configDir: string, root: string): string =>
  join(trustDir(configDir), 'ledger', `${sha256(root)}.json`);

/** Null, which is no entry, for what is not JSON: a damaged list trusts nothing. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

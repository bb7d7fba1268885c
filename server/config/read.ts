/** Reads one settings file of the organisation or the user: bounded, and only if nobody else could have written it. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';

export interface OwnedBy {
  /** The user ids that the file may belong to. */
  uids: readonly number[];
  /** Who that is, for the message: `root`. */
  who: string;
  /** Follow a symbolic link in the last name; what it leads to is then checked as the file itself. */
  links: boolean;
}

/** The bytes, or null where there is no such file. Throws a Fault that says what is wrong and how to mend it. */
export async function readOwned(path: string, owner: OwnedBy): Promise<Buffer | null> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (owner.links ? 0 : constants.O_NOFOLLOW);
  let file: FileHandle;
  try {
    file = await open(path, flags);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code === 'ELOOP') throw unsafe(path, 'it is a symbolic link, which is not followed here', `ls -l ${path}`);
    throw unsafe(path, `it cannot be opened (${code ?? String(error)})`, `ls -l ${path}`);
  }
  try {
    return await readChecked(file, path, owner);
  } finally {
    await file.close();
  }
}

async function readChecked(file: FileHandle, path: string, owner: OwnedBy): Promise<Buffer> {
  const found = await file.stat();
  if (!found.isFile()) throw unsafe(path, 'it is not a file', `ls -ld ${path}`);
  if (!owner.uids.includes(found.uid)) {
    throw unsafe(
      path,
      `it belongs to user ${found.uid}, and must belong to ${owner.who}`,
      `chown ${owner.uids[0]} ${path}`,
    );
  }
  if ((found.mode & 0o022) !== 0) {
    throw unsafe(path, `others may write it (mode ${(found.mode & 0o7777).toString(8)})`, `chmod go-w ${path}`);
  }
  return readBounded(file, path);
}

/** Reads at most `LIMITS.configBytes`, whatever its size was said to be. */
export async function readBounded(file: FileHandle, shown: string): Promise<Buffer> {
  const max = LIMITS.configBytes.value;
  const bytes = Buffer.alloc(max + 1);
  let size = 0;
  while (size <= max) {
    const { bytesRead } = await file.read(bytes, size, bytes.length - size, size);
    if (bytesRead === 0) return bytes.subarray(0, size);
    size += bytesRead;
  }
  throw new Fault({
    status: 422,
    code: 'config_too_large',
    message: `${shown} is larger than the ${max} bytes that a settings file may have.`,
    hint: 'Take out of it what is not a setting.',
  });
}

const unsafe = (path: string, why: string, mend: string): Fault =>
  new Fault({
    status: 403,
    code: 'config_unsafe',
    message: `${path} is not obeyed, and nothing starts without it: ${why}.`,
    hint: `To mend it or see more: ${mend}`,
  });

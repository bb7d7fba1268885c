/** Reads files and folders of the workspace through `locate`: bounded, without hanging, in pieces where they are large. */
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { locate, refusalOf, type Follow, type Located } from './contained.ts';
import { refuse, type Refusal } from './contained-path.ts';
import { factsOf, openPinned, self, type Dir, type Facts, type Pinned } from './contained-pin.ts';
import { visible } from './visible.ts';

const readFd = promisify(fs.read);

/** A regular file, open for reading. */
export interface OpenFile {
  ok: true;
  fd: number;
  facts: Facts;
  /** Its path without links. */
  real: string;
  /** Must be called once. */
  close(): void;
}

/** Opens a regular file. Folders, FIFOs, sockets and devices are refused without being opened. */
export function openFile(root: string, path: string, follow: Follow): OpenFile | Refusal {
  const found = locate(root, path, follow);
  if (!found.ok) return found;
  try {
    if (found.node === null) return refuse('not_found', `There is no ${visible(path)}.`);
    const kind = wrongKind(found.node, path);
    if (kind !== null) return kind;
    const fd = openPinned(found.node);
    return { ok: true, fd, facts: factsOf(fd), real: found.real, close: () => fs.closeSync(fd) };
  } catch (error) {
    return refusalOf(error, path);
  } finally {
    found.close();
  }
}

/** What stands under a name: a whole file with its bytes, or nothing. */
export type Whole =
  { ok: true; state: 'absent'; real: string } | { ok: true; state: 'file'; real: string; bytes: Buffer; facts: Facts };

/** Reads a file of at most `max` bytes whole. A missing file in a folder that is there, or is not, is `absent`. */
export async function readWhole(
  root: string,
  path: string,
  { follow, max }: { follow: Follow; max: number },
): Promise<Whole | Refusal> {
  const file = openFile(root, path, follow);
  if (!file.ok) return file.code === 'not_found' ? { ok: true, state: 'absent', real: path } : file;
  try {
    const bytes = await readUpTo(file.fd, max + 1);
    if (bytes.length > max) return refuse('too_large', tooLarge(path, Math.max(file.facts.size, bytes.length), max));
    return { ok: true, state: 'file', real: file.real, bytes, facts: file.facts };
  } catch (error) {
    return refusalOf(error, path);
  } finally {
    file.close();
  }
}

/** A folder, held for listing. */
export interface OpenDirectory {
  ok: true;
  dir: Dir;
  real: string;
  /** Must be called once. */
  close(): void;
}

export function openDirectory(root: string, path: string, follow: Follow): OpenDirectory | Refusal {
  const found = locate(root, path, follow);
  if (!found.ok) return found;
  const problem = notADirectory(found, path);
  if (problem === null) return { ok: true, dir: found.node!, real: found.real, close: found.close };
  found.close();
  return problem;
}

/** The names in a held folder with their kinds, as they come; for links, FIFOs and the rest `isFile()` and `isDirectory()` are false. */
export const namesIn = (dir: Dir): Promise<fs.Dir> => fs.promises.opendir(self(dir), { bufferSize: 512 });

/** Reads from the beginning to the end, at most `max` bytes. */
async function readUpTo(fd: number, max: number): Promise<Buffer> {
  // The size is only a guess: a file may grow meanwhile, and some report none.
  const guess = Math.min(max, factsOf(fd).size + 1);
  let buffer = Buffer.allocUnsafe(Math.max(guess, 4096));
  let size = 0;
  while (size < max) {
    if (size === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(Math.min(max - size, size))]);
    const { bytesRead } = await readFd(fd, buffer, size, Math.min(buffer.length, max) - size, size);
    if (bytesRead === 0) break;
    size += bytesRead;
  }
  return buffer.subarray(0, size);
}

/** Reads a piece at a place into `buffer`; answers how many bytes came, 0 at the end. */
export async function readAt(fd: number, buffer: Buffer, position: number): Promise<number> {
  return (await readFd(fd, buffer, 0, buffer.length, position)).bytesRead;
}

/** The same at once: of a small file a trip to the thread pool takes longer than the read. */
export const readNow = (fd: number, buffer: Buffer, position: number): number =>
  fs.readSync(fd, buffer, 0, buffer.length, position);

function wrongKind(node: Pinned, path: string): Refusal | null {
  const shown = visible(path);
  switch (node.facts.kind) {
    case 'file':
      return null;
    case 'directory':
      return refuse('not_a_file', `${shown} is a folder, not a file.`);
    case 'link':
    case 'other':
      return refuse('not_a_file', `${shown} is a device, a pipe or a socket, not a file. It is not opened.`);
  }
}

function notADirectory(found: Located, path: string): Refusal | null {
  if (found.node === null) return refuse('not_found', `There is no ${visible(path)}.`);
  if (found.node.facts.kind === 'directory') return null;
  return refuse('not_a_directory', `${visible(path)} is not a folder.`);
}

const tooLarge = (path: string, size: number, max: number) =>
  `${visible(path)} has ${size.toLocaleString('en')} bytes; at most ${max.toLocaleString('en')} are taken.`;

/** A file that somebody named, read whole where it is one: never a folder, a pipe or a device, and never without a bound. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

export type Read = { kind: 'bytes'; bytes: Buffer } | { kind: 'too_large'; size: number } | { kind: 'no_file' };

/** Throws what the system says where it cannot be opened or read. */
export async function readFileWithin(path: string, most: number): Promise<Read> {
  // A pipe that nobody writes would else be waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return { kind: 'no_file' };
    return stat.size > most ? { kind: 'too_large', size: stat.size } : { kind: 'bytes', bytes: await file.readFile() };
  } finally {
    await file.close();
  }
}

/** The end of a file of records: up to which event it is written, read without reading all of it. */
import { open, type FileHandle } from 'node:fs/promises';
import { LIMITS } from '../../../shared/limits.ts';
import { parseEvent } from './file.ts';

export interface Tail {
  chainSeq: number;
  hash: string;
}

const FIRST_LOOK = 64 * 1024;
/** What a batch of events ends with, as `recordBlock` writes it. */
const END = /\n(`{3,})\n\n<\/details>\n$/;

/** The last event; null where the file is not there, was cut, or ends otherwise than our own text does. */
export async function readTail(path: string): Promise<Tail | null> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return null;
  try {
    return await lastEvent(file);
  } finally {
    await file.close();
  }
}

/** The last line before the fence that closes the last block: looked for in ever longer ends of the file. */
async function lastEvent(file: FileHandle): Promise<Tail | null> {
  const { size } = await file.stat();
  for (let length = FIRST_LOOK; ; length *= 8) {
    const bytes = Buffer.alloc(Math.min(length, size));
    await file.read(bytes, 0, bytes.length, size - bytes.length);
    const text = bytes.toString('utf8');
    const end = END.exec(text);
    if (!end) return null;
    const from = text.lastIndexOf('\n', end.index - 1);
    if (from >= 0) {
      const event = parseEvent(text.slice(from + 1, end.index));
      return event.ok ? { chainSeq: event.event.chainSeq, hash: event.event.hash } : null;
    }
    if (length >= size || length > 4 * LIMITS.eventBytes.value) return null;
  }
}

/**
 * Names whose bytes are no UTF-8, kept as text: each such byte stands as a lone surrogate, U+DC00 more than it is (as PEP 383 has
 * it). So a path stays one string, is never that of another file, and its bytes are known again where the system is asked.
 */
import { isUtf8 } from 'node:buffer';
import { readdirSync } from 'node:fs';

export interface RawEntry {
  name: string;
  isDirectory: boolean;
}

/** Where a listing shows it, there may be a name that is no text. */
export const REPLACED = '\uFFFD';

/** With this flag it matches no half of a pair. */
const RAW = /[\uDC80-\uDCFF]/u;
const ALL_RAW = /[\uDC80-\uDCFF]/gu;

/** Those of the names in a folder that are no text. Throws the system's error. */
export function rawNames(folder: string): RawEntry[] {
  const entries = readdirSync(folder, { encoding: 'buffer', withFileTypes: true });
  const raw = entries.filter(({ name }) => !isUtf8(name));
  return raw.map((entry) => ({ name: keptAsText(entry.name), isDirectory: entry.isDirectory() }));
}

function keptAsText(bytes: Buffer): string {
  let text = '';
  for (let i = 0; i < bytes.length;) {
    const length = [1, 2, 3, 4].find((n) => i + n <= bytes.length && isUtf8(bytes.subarray(i, i + n)));
    text += length === undefined ? String.fromCharCode(0xdc00 + bytes[i]!) : bytes.toString('utf8', i, i + length);
    i += length ?? 1;
  }
  return text;
}

export const isRaw = (path: string): boolean => RAW.test(path);

export const bytesOf = (path: string): Buffer =>
  Buffer.concat([...path].map((char) => (RAW.test(char) ? Buffer.of(char.charCodeAt(0) - 0xdc00) : Buffer.from(char))));

/** As the system takes it. */
export const systemPath = (path: string): string | Buffer => (isRaw(path) ? bytesOf(path) : path);

/** For who reads it. */
export const shownPath = (path: string): string => path.replace(ALL_RAW, REPLACED);

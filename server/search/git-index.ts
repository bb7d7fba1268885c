/** What git's index knows of each file: read from `.git/index` itself, for running git would run what the repository configures. */
import { createHash } from 'node:crypto';
import { readWhole } from '../base/contained-read.ts';
import { LIMITS } from '../../shared/limits.ts';

export interface IndexEntry {
  /** Seconds and nanoseconds of the last change of content, as the index has them. */
  mtimeS: number;
  mtimeNs: number;
  size: number;
  /** Hash of the blob, hex: SHA-1, or SHA-256 in a repository of that format. */
  hash: string;
}

export type GitIndex = ReadonlyMap<string, IndexEntry>;

const HEADER = 12;
/** ctime, mtime, dev, ino, mode, uid, gid, size: ten numbers of four bytes, then the hash, then two bytes of flags. */
const FIXED = 40;
const EXTENDED = 0x4000;

/** The entries by path; null where there is no index that can be read. Source: gitformat-index(5), versions 2 to 4. */
export async function readIndex(gitDir: string): Promise<GitIndex | null> {
  const file = await readWhole(gitDir, 'index', { follow: 'none', max: LIMITS.gitIndexBytes.value });
  if (!file.ok || file.state === 'absent') return null;
  const { bytes } = file;
  // The trailing checksum tells which hash the repository uses.
  const hashBytes = [20, 32].find((length) => trailerFits(bytes, length));
  return hashBytes === undefined ? null : parseIndex(bytes, hashBytes);
}

/** All zero where the person switched the checksum off (index.skipHash). */
function trailerFits(bytes: Buffer, length: number): boolean {
  const trailer = bytes.subarray(-length);
  const sum = createHash(length === 20 ? 'sha1' : 'sha256')
    .update(bytes.subarray(0, -length))
    .digest();
  return trailer.equals(sum) || (length === 20 && trailer.every((byte) => byte === 0));
}

/** Null for a file that is not as the format says, wherever it goes wrong. */
export function parseIndex(bytes: Buffer, hashBytes: number): GitIndex | null {
  if (bytes.length < HEADER + hashBytes || bytes.toString('latin1', 0, 4) !== 'DIRC') return null;
  const version = bytes.readUInt32BE(4);
  const count = bytes.readUInt32BE(8);
  if (version < 2 || version > 4) return null;
  const entries = new Map<string, IndexEntry>();
  const end = bytes.length - hashBytes;
  let at = HEADER;
  let last = '';
  for (let i = 0; i < count; i++) {
    const entry = entryAt(bytes, { at, end, hashBytes, version, last });
    if (entry === null) return null;
    entries.set(entry.path, entry.facts);
    at = entry.next;
    last = entry.path;
  }
  return entries;
}

interface Where {
  at: number;
  end: number;
  hashBytes: number;
  version: number;
  /** The path before, from which version 4 leaves out what is the same. */
  last: string;
}

function entryAt(bytes: Buffer, where: Where): { path: string; facts: IndexEntry; next: number } | null {
  const { at, end, hashBytes, version } = where;
  const flagsAt = at + FIXED + hashBytes;
  if (flagsAt + 2 > end) return null;
  const isExtended = version >= 3 && (bytes.readUInt16BE(flagsAt) & EXTENDED) !== 0;
  const nameAt = flagsAt + (isExtended ? 4 : 2);
  const named = version === 4 ? shortName(bytes, nameAt, where) : plainName(bytes, nameAt, where);
  if (named === null) return null;
  const facts = {
    mtimeS: bytes.readUInt32BE(at + 8),
    mtimeNs: bytes.readUInt32BE(at + 12),
    size: bytes.readUInt32BE(at + 36),
    hash: bytes.toString('hex', at + FIXED, flagsAt),
  };
  return { ...named, facts };
}

/** A name that ends with NUL, padded so that the entry's length is a multiple of eight. */
function plainName(bytes: Buffer, nameAt: number, { at, end }: Where): { path: string; next: number } | null {
  const nul = bytes.indexOf(0, nameAt);
  if (nul < 0 || nul >= end) return null;
  const next = at + Math.ceil((nul + 1 - at) / 8) * 8;
  return { path: bytes.toString('utf8', nameAt, nul), next };
}

/** How many bytes of the last path go, as a number of variable width; then what comes in their place, up to a NUL. */
function shortName(bytes: Buffer, nameAt: number, { end, last }: Where): { path: string; next: number } | null {
  let at = nameAt;
  let strip = 0;
  for (let more = true; more;) {
    if (at >= end || at - nameAt > 4) return null;
    const byte = bytes[at++]!;
    strip = (at - nameAt > 1 ? (strip + 1) << 7 : 0) | (byte & 0x7f);
    more = (byte & 0x80) !== 0;
  }
  const nul = bytes.indexOf(0, at);
  const before = Buffer.from(last, 'utf8');
  if (nul < 0 || nul >= end || strip > before.length) return null;
  const path = Buffer.concat([before.subarray(0, before.length - strip), bytes.subarray(at, nul)]).toString('utf8');
  return { path, next: nul + 1 };
}

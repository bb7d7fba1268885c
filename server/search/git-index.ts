/** What git's index knows of each file: read from `.git/index` itself, for running git would run what the repository configures. */
import { createHash } from 'node:crypto';
import { setImmediate as pause } from 'node:timers/promises';
import { LIMITS } from '../../shared/limits.ts';
import { readWhole } from '../base/contained-read.ts';

export interface IndexEntry {
  /** `intended`: only its name is added yet. `unlooked`: git was told not to look at it (assume-unchanged, skip-worktree). */
  kind: 'file' | 'link' | 'submodule' | 'intended' | 'unlooked';
  executable: boolean;
  /** A merge left it in several versions. */
  conflicted: boolean;
  /** Seconds and nanoseconds of the last change of content, as the index has them. */
  mtimeS: number;
  mtimeNs: number;
  /** Bytes, modulo 2³². */
  size: number;
  /** Hash of the blob, hex: SHA-1, or SHA-256 in a repository of that format. */
  hash: string;
}

export type GitIndex = ReadonlyMap<string, IndexEntry>;

const HEADER = 12;
/** ctime, mtime, dev, ino, mode, uid, gid, size: ten numbers of four bytes, then the hash, then two bytes of flags. */
const FIXED = 40;

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
  if (bytes.length < HEADER + length) return false;
  const trailer = bytes.subarray(-length);
  const sum = createHash(length === 20 ? 'sha1' : 'sha256')
    .update(bytes.subarray(0, -length))
    .digest();
  return trailer.equals(sum) || (length === 20 && trailer.every((byte) => byte === 0));
}

/** Null for what is no index, or one whose entries stand partly elsewhere. It lets others run in between. */
export async function parseIndex(bytes: Buffer, hashBytes: number): Promise<GitIndex | null> {
  if (bytes.length < HEADER + hashBytes || bytes.toString('latin1', 0, 4) !== 'DIRC') return null;
  const version = bytes.readUInt32BE(4);
  const count = bytes.readUInt32BE(8);
  if (version < 2 || version > 4) return null;
  const entries = new Map<string, IndexEntry>();
  const end = bytes.length - hashBytes;
  let at = HEADER;
  let last: Buffer = Buffer.alloc(0);
  for (let i = 0; i < count; i++) {
    if (i % 5_000 === 4_999) await pause();
    const entry = entryAt(bytes, { at, end, hashBytes, version, last });
    if (entry === null) return null;
    entries.set(entry.name.toString('utf8'), entry.facts);
    at = entry.next;
    last = entry.name;
  }
  return refersElsewhere(bytes, at, end) ? null : entries;
}

/** An extension `link`: the entries are only what differs from another file (a split index). */
function refersElsewhere(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at + 8 <= end; at += 8 + bytes.readUInt32BE(at + 4)) {
    if (bytes.toString('latin1', at, at + 4) === 'link') return true;
  }
  return false;
}

interface Where {
  at: number;
  end: number;
  hashBytes: number;
  version: number;
  /** The name before, from which version 4 leaves out what is the same. */
  last: Buffer;
}

interface Named {
  name: Buffer;
  next: number;
}

function entryAt(bytes: Buffer, where: Where): (Named & { facts: IndexEntry }) | null {
  const { at, end, hashBytes, version } = where;
  const flagsAt = at + FIXED + hashBytes;
  if (flagsAt + 4 > end) return null;
  const flags = bytes.readUInt16BE(flagsAt);
  const isExtended = version >= 3 && (flags & 0x4000) !== 0;
  const nameAt = flagsAt + (isExtended ? 4 : 2);
  const named = version === 4 ? shortName(bytes, nameAt, where) : plainName(bytes, nameAt, where);
  if (named === null) return null;
  const mode = bytes.readUInt32BE(at + 24);
  const facts: IndexEntry = {
    kind: kindOf(mode, flags, isExtended ? bytes.readUInt16BE(flagsAt + 2) : 0),
    executable: (mode & 0o100) !== 0,
    conflicted: (flags & 0x3000) !== 0,
    mtimeS: bytes.readUInt32BE(at + 8),
    mtimeNs: bytes.readUInt32BE(at + 12),
    size: bytes.readUInt32BE(at + 36),
    hash: bytes.toString('hex', at + FIXED, flagsAt),
  };
  return { ...named, facts };
}

function kindOf(mode: number, flags: number, extended: number): IndexEntry['kind'] {
  if ((extended & 0x2000) !== 0) return 'intended';
  if ((flags & 0x8000) !== 0 || (extended & 0x4000) !== 0) return 'unlooked';
  switch (mode >>> 12) {
    case 0o12:
      return 'link';
    case 0o16:
      return 'submodule';
    case 0o04: // a folder of a sparse index, which stands for all that is in it
      return 'unlooked';
    default:
      return 'file';
  }
}

/** A name that ends with NUL, padded so that the entry's length is a multiple of eight. */
function plainName(bytes: Buffer, nameAt: number, { at, end }: Where): Named | null {
  const nul = bytes.indexOf(0, nameAt);
  if (nul < 0 || nul >= end) return null;
  return { name: bytes.subarray(nameAt, nul), next: at + Math.ceil((nul + 1 - at) / 8) * 8 };
}

/** How many bytes of the last name go, as a number of variable width; then what comes in their place, up to a NUL. */
function shortName(bytes: Buffer, nameAt: number, { end, last }: Where): Named | null {
  let at = nameAt;
  let strip = 0;
  for (let more = true; more;) {
    if (at >= end || at - nameAt > 4) return null;
    const byte = bytes[at++]!;
    strip = (at - nameAt > 1 ? (strip + 1) << 7 : 0) | (byte & 0x7f);
    more = (byte & 0x80) !== 0;
  }
  const nul = bytes.indexOf(0, at);
  if (nul < 0 || nul >= end || strip > last.length) return null;
  return { name: Buffer.concat([last.subarray(0, last.length - strip), bytes.subarray(at, nul)]), next: nul + 1 };
}

/** One name in a folder of the workspace: what it means to confinement, and whether there is more to find below it. */
import { lstatSync, readlinkSync } from 'node:fs';
import type { PathRule } from '../policy/paths.ts';
import { type Mark, meaningsOf, secretsInGit } from './marks.ts';
import { systemPath } from './raw-names.ts';

/** A folder on the way, and what is known of it from what it lies in. */
export interface Visit {
  path: string;
  depth: number;
  /** The folder of dependencies that it lies in, and how deep; null outside of one. */
  bulk: { top: string; level: number } | null;
  /** What it lies in is put away, or held, as a whole: only secrets matter below. */
  isHeld: boolean;
  /** What it lies in is not changed, though a new one may come to be: nothing below needs to be kept by itself. */
  isKept: boolean;
  /** Lies in what is hidden as a whole: only what would be put away matters below. */
  isHidden: boolean;
  /** Is git's own folder, which has sockets, or lies in it, where only what the person calls sensitive matters. */
  git: boolean;
}

/** What an entry is marked with; nothing where it means nothing, or has gone. */
export function markEntry(
  root: string,
  { visit, path, extra }: { visit: Visit; path: string; extra: readonly PathRule[] },
): Mark[] {
  if (visit.bulk !== null && extra.length === 0 && isPlain(path.slice(path.lastIndexOf('/') + 1))) return [];
  let meant = visit.git ? secretsInGit(path, extra) : meaningsOf(path, extra);
  if (visit.bulk !== null) meant = meant.filter(({ meaning, isPersons }) => meaning === 'git' || isPersons);
  if (visit.isHeld) meant = meant.filter(({ meaning }) => meaning === 'secret');
  if (visit.isKept) meant = meant.filter(({ meaning }) => meaning !== 'held');
  if (visit.isHidden) meant = meant.filter(({ meaning }) => PUT_AWAY.has(meaning));
  if (meant.length === 0) return [];
  const signed = unlessGone(() => signOf(`${root}/${path}`));
  if (signed === null) return [];
  const once = new Map(meant.map((one) => [one.meaning, one.why]));
  // A new one is told of, a changed one is not.
  return [...once].map(([meaning, why]) => ({
    path,
    meaning,
    why,
    ...signed,
    ...(meaning === 'told' ? { sign: '' } : {}),
  }));
}

/** Nothing but a spelling of `.git` matters in dependencies, and this is none. */
const isPlain = (name: string) => /^[\x20-\x7e]*$/.test(name) && !/git/i.test(name);

function signOf(path: string): Pick<Mark, 'kind' | 'sign'> {
  const there = systemPath(path);
  const found = lstatSync(there, { bigint: true });
  const sign = `${found.dev}:${found.ino}`;
  if (found.isSymbolicLink()) return { kind: 'link', sign: `${sign}:${readlinkSync(there)}` };
  return { kind: found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other', sign };
}

/** Null where there is nothing more to find: in our own folder, and in git's, unless the person calls something there sensitive. */
export function innerVisit(
  visit: Visit,
  path: string,
  { name, marks, extra }: { name: string; marks: readonly Mark[]; extra: readonly PathRule[] },
): Visit | null {
  if (marks.some(({ meaning }) => meaning === 'own')) return null;
  if (visit.git && (name === 'objects' || !extra.some(({ kind }) => kind === 'sensitive'))) return null;
  const bulk = visit.bulk === null ? (BULK.has(name) ? path : null) : visit.bulk.top;
  return {
    path,
    depth: visit.depth + 1,
    bulk: bulk === null ? null : { top: bulk, level: visit.bulk === null ? 0 : visit.bulk.level + 1 },
    isHeld: visit.isHeld || marks.some(({ meaning }) => PUT_AWAY.has(meaning)),
    isKept: visit.isKept || marks.some(({ meaning }) => meaning === 'held'),
    isHidden: visit.isHidden || marks.some(({ meaning }) => meaning === 'secret'),
    git: visit.git || marks.some(({ meaning }) => meaning === 'git'),
  };
}

/** Programs of others in great number: their test keys are no secrets, and what git and editors obey there is only `.git`. */
const BULK = new Set(['node_modules', '.venv', 'venv', 'site-packages', 'target', '.tox', '.gradle', '__pycache__']);
/** Found where none was, they are put away as a whole. */
const PUT_AWAY: ReadonlySet<Mark['meaning']> = new Set(['git', 'own', 'auto']);

/** There is nothing of that name any more. */
export const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);
/** Gone, or not to be reached. */
export function unlessGone<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (GONE.has(code) || code === 'EACCES' || code === 'ELOOP') return null;
    throw error;
  }
}

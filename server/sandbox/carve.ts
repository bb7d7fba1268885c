/** From what a survey found to what the launcher is told: held, hidden and masked paths, and placeholders for absent names. */
import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { GitMode } from '../../shared/sandbox.ts';
import { within } from './compile.ts';
import { guardGit } from './git-guard.ts';
import { linked, type PersonalGit } from './git-named.ts';
import type { Placeholder } from './ledger.ts';
import { listenedOn } from './sockets.ts';
import type { Mark } from './marks.ts';
import type { Survey } from './survey.ts';

export interface Carving {
  /** Absolute, as are the others. */
  protect: string[];
  hide: string[];
  /** Folders that no look goes into: hidden whole, whatever is in them. */
  closed: string[];
  maskSockets: string[];
  readRoots: string[];
  placeholders: Placeholder[];
}

export interface CarveIn {
  root: string;
  git: GitMode;
  /** Other folders of the host in view. */
  readRoots: readonly string[];
  apart: readonly string[];
  personal: PersonalGit;
}

/**
 * Folders that programs of a person obey as soon as they are there. An empty one changes nothing, and git does not show it; a
 * file of such a name (`.envrc`, `.mcp.json`) would be read, so those are looked for after the command. Never `.git`: an empty
 * one would hide the repository above.
 */
const ABSENT = [
  '.vtcode',
  '.vscode',
  '.idea',
  '.fleet',
  '.zed',
  '.husky',
  '.devcontainer',
  '.cursor',
  '.claude',
  '.codex',
  '.gemini',
];

/** Throws a Fault where something that must be held cannot be. */
export function carve(survey: Survey, { root, git, readRoots, apart, personal }: CarveIn): Carving {
  const of = (...meanings: Mark['meaning'][]) => survey.marks.filter(({ meaning }) => meanings.includes(meaning));
  const guard = guardGit(of('git'), { root, mode: git, apart, personal, bare: of('bare') });
  const held = of('own', 'auto', 'held', 'bare').flatMap((mark) => holdable(root, mark));
  const closed = outermost(of('closed', 'failed').map(({ path }) => join(root, path)));
  const hide = outermost(of('secret').flatMap((mark) => targetOf(root, mark)));
  const isSeen = (path: string) => ![...closed, ...hide].some((one) => one !== path && within(path, one));
  const sockets = of('socket').map(({ path }) => join(root, path));
  return {
    protect: outermost([...guard.protect.map((path) => join(root, path)), ...held]).filter(isSeen),
    hide: hide.filter(isSeen),
    closed: closed.filter(isSeen),
    maskSockets: listenedOn(sockets, [...readRoots, ...guard.readRoots]),
    readRoots: guard.readRoots,
    placeholders: [...guard.placeholders, ...ABSENT.map((path) => ({ path, kind: 'directory' as const, content: '' }))],
  };
}

/**
 * Where a link of that name leads within the workspace. The link itself can still be replaced: settings and trust may be no
 * link, and of the others the look after the command tells.
 */
function holdable(root: string, mark: Mark): string[] {
  if (mark.kind === 'link' && mark.meaning === 'own') throw linked(mark.path);
  return targetOf(root, mark);
}

/** A link that leads so leads nobody. */
const NOWHERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'ENAMETOOLONG']);

/** The thing itself, by its real path; nothing where a link leads out of the workspace, for out there it is not in view. */
function targetOf(root: string, mark: Mark): string[] {
  const path = join(root, mark.path);
  if (mark.kind !== 'link') return [path];
  try {
    const real = realpathSync(path);
    const kind = statSync(real);
    return real !== root && within(real, root) && (kind.isFile() || kind.isDirectory()) ? [real] : [];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined && NOWHERE.has(code)) return [];
    throw error;
  }
}

/** Sorted, each once, without what lies in another one of them. */
function outermost(paths: readonly string[]): string[] {
  const kept: string[] = [];
  // `/` sorts first, so that a folder is followed by all that lies in it.
  const key = (path: string) => path.replaceAll('/', '\0');
  for (const path of [...new Set(paths)].sort((a, b) => (key(a) < key(b) ? -1 : 1))) {
    const last = kept[kept.length - 1];
    if (last === undefined || !within(path, last)) kept.push(path);
  }
  return kept;
}

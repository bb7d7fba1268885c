/** What of a git repository a command may not change, in each mode: above all what makes git run something later on. */
import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { GitMode } from '../../shared/sandbox.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import { within } from './compile.ts';
import { lastValue, parseGitConfig } from './git-config.ts';
import type { Placeholder } from './ledger.ts';
import type { Mark } from './survey.ts';

export interface GitGuard {
  /** Relative to the workspace; all are there. */
  protect: string[];
  /** Must stand while a command runs, where nothing stands yet: what git would obey if the command made it. */
  placeholders: Placeholder[];
  /** Absolute, outside of the workspace: where the git folder of a linked worktree lies. */
  readRoots: string[];
}

export interface GuardIn {
  root: string;
  mode: GitMode;
  /** Real paths that may not come into view, whatever a repository says. */
  apart: readonly string[];
}

/** `marks` are those that mean `git`. Throws a Fault where one cannot be held. */
export async function guardGit(marks: readonly Mark[], { root, mode, apart }: GuardIn): Promise<GitGuard> {
  const guard: GitGuard = { protect: [], placeholders: [], readRoots: [] };
  const add = (more: Partial<GitGuard>) => {
    guard.protect.push(...(more.protect ?? []));
    guard.placeholders.push(...(more.placeholders ?? []));
    guard.readRoots.push(...(more.readRoots ?? []));
  };
  for (const mark of marks) {
    if (mark.kind === 'link') throw linked(mark.path);
    const isTop = mark.path === '.git';
    if (isTop && mark.kind === 'file') add({ readRoots: await linkedFolders(root, apart) });
    if (isTop && mark.kind === 'file' && mode === 'guarded') throw elsewhere(root);
    if (isTop && mark.kind === 'directory') add(await hooksOf(root));
    if (isTop && mark.kind === 'directory' && mode === 'guarded') add(await guardedParts(root));
    else add({ protect: [mark.path] });
  }
  return guard;
}

/** Paths in `.git` that git runs something for, or takes its settings from (gitrepository-layout(5)). */
const FOLDERS = ['hooks', 'info'];
const FILES = ['config', 'config.worktree'];
/** What a rebase in progress will run; nothing may stand there in place of an absent one, for git would see a rebase. */
const IF_THERE = ['rebase-merge', 'rebase-apply', 'sequencer', 'lfs'];

/** Says that the common folder is this one, as git takes it for granted where the file is absent. */
const COMMON_DIR = '.\n';

async function guardedParts(root: string): Promise<Partial<GitGuard>> {
  const protect: string[] = [];
  const placeholders: Placeholder[] = [{ path: '.git/commondir', kind: 'file', content: COMMON_DIR }];
  const common = await readFile(join(root, '.git/commondir'), 'utf8').catch(ifAbsent);
  if (common !== null && common.trim() !== '.') throw strangeCommon(common);
  if (common !== null) protect.push('.git/commondir');
  for (const name of [...FOLDERS, ...FILES]) {
    const path = `.git/${name}`;
    const there = await kindOf(join(root, path));
    if (there === 'link') throw linked(path);
    if (there !== 'absent') protect.push(path);
    placeholders.push({ path, kind: FOLDERS.includes(name) ? 'directory' : 'file', content: '' });
  }
  for (const name of IF_THERE) if ((await kindOf(join(root, '.git', name))) !== 'absent') protect.push(`.git/${name}`);
  // Submodules and linked worktrees: each of these folders is a git folder again; commits of this one need neither.
  for (const name of ['modules', 'worktrees'])
    protect.push(...(await names(join(root, '.git', name))).map((inner) => `.git/${name}/${inner}`));
  return { protect, placeholders };
}

/** The folder of hooks, and the files, that the config names: they run, or are obeyed, at the next git command. */
async function hooksOf(root: string): Promise<Partial<GitGuard>> {
  const text = await readFile(join(root, '.git/config'), 'utf8').catch(ifAbsent);
  const values = parseGitConfig(text ?? '');
  const included = values
    .filter(({ name }) => /^include(if\..*)?\.path$/.test(name))
    .map(({ value }) => resolve(root, '.git', value));
  const hooks = lastValue(values, 'core.hookspath');
  const named = [...included, ...(hooks === '' ? [] : [resolve(root, hooks)])];
  const protect: string[] = [];
  for (const path of named) {
    const inside = relative(root, path);
    const isOurs =
      inside !== '' && !inside.startsWith('..') && !isAbsolute(inside) && !within(path, join(root, '.git'));
    if (!isOurs) continue;
    const kind = await kindOf(path);
    if (kind === 'link') throw linked(inside);
    if (kind !== 'absent') protect.push(inside);
  }
  return { protect };
}

/**
 * `.git` is a file (gitrepository-layout(5)): a linked worktree, or a submodule. Its folder comes into view only if that folder
 * names this workspace in its turn: else a repository could bring any folder of the person into view.
 */
async function linkedFolders(root: string, apart: readonly string[]): Promise<string[]> {
  const text = await readSmall(join(root, '.git'));
  const target = /^gitdir: (.+)\n?$/.exec(text)?.[1];
  if (target === undefined) return [];
  const folder = await realpath(resolve(root, target)).catch(ifAbsent);
  if (folder === null) return [];
  const back = (await readSmall(join(folder, 'gitdir'))).trim();
  const isWorktree = back !== '' && (await realpath(resolve(folder, back)).catch(ifAbsent)) === join(root, '.git');
  const home = lastValue(parseGitConfig(await readSmall(join(folder, 'config'))), 'core.worktree');
  const isSubmodule = home !== '' && (await realpath(resolve(folder, home)).catch(ifAbsent)) === root;
  if (!isWorktree && !isSubmodule) return [];
  const common = resolve(folder, (await readSmall(join(folder, 'commondir'))).trim() || '.');
  const roots = [await realpath(common).catch(ifAbsent), folder].filter((path) => path !== null);
  const fits = await Promise.all(
    roots.map(async (path, i) => (i > 0 && path === folder) || (await isRepository(path))),
  );
  const outer = roots.filter(
    (path, i) => fits[i] && !within(path, root) && !within(root, path) && !apart.some((one) => within(one, path)),
  );
  return outer.filter((path) => !outer.some((other) => other !== path && within(path, other)));
}

async function isRepository(path: string): Promise<boolean> {
  const kinds = await Promise.all(['HEAD', 'objects', 'refs'].map((name) => kindOf(join(path, name))));
  return kinds.join() === 'file,directory,directory' && dirname(path) !== path;
}

async function readSmall(path: string): Promise<string> {
  const found = await lstat(path).catch(ifAbsent);
  if (found === null || !found.isFile() || found.size > LIMITS.configBytes.value) return '';
  return (await readFile(path, 'utf8').catch(ifAbsent)) ?? '';
}

async function kindOf(path: string): Promise<'absent' | 'link' | 'file' | 'directory' | 'other'> {
  const found = await lstat(path).catch(ifAbsent);
  if (found === null) return 'absent';
  return found.isSymbolicLink() ? 'link' : found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other';
}

const names = async (path: string): Promise<string[]> => (await readdir(path).catch(ifAbsent)) ?? [];

function ifAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EACCES') return null;
  throw error;
}

export const linked = (path: string): Fault =>
  new Fault({
    status: 422,
    code: 'protected_link',
    message: `${path} is a symbolic link. What must not change cannot be held where it can be reached by another name.`,
    hint: `Put the thing itself in the place of the link (cp -rL), or take the link away; then run the command again.`,
  });

const elsewhere = (root: string): Fault =>
  new Fault({
    status: 422,
    code: 'git_elsewhere',
    message:
      'This is a linked worktree or a submodule: its git folder lies outside of the workspace, where nothing is written.',
    hint: `Commit there by yourself, or serve the main checkout in place of ${root}.`,
  });

const strangeCommon = (text: string): Fault =>
  new Fault({
    status: 422,
    code: 'git_commondir',
    message: `.git/commondir names ${JSON.stringify(text.trim().slice(0, 200))}: git would take its settings, and so what it runs, from there.`,
    hint: 'No clone has this file. If it is not yours, move .git/commondir away and look at what it names.',
  });

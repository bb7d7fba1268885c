/** What of a git repository a command may not change, in each mode: above all what makes git run something later on. */
import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { GitMode } from '../../shared/sandbox.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import { within } from './compile.ts';
import { lastValue, parseGitConfig } from './git-config.ts';
import { kindOf, linked, namedByGit, readText, unlessAbsent, type PersonalGit, type Repository } from './git-named.ts';
import type { Placeholder } from './ledger.ts';
import type { Mark } from './marks.ts';

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
  personal: PersonalGit;
  /** Folders that git takes for repositories under other names. */
  bare: readonly Mark[];
}

/** `marks` are those that mean `git`. Throws a Fault where one cannot be held. */
export function guardGit(marks: readonly Mark[], { root, mode, apart, personal, bare }: GuardIn): GitGuard {
  const guard: GitGuard = { protect: [], placeholders: [], readRoots: [] };
  const add = (more: Partial<GitGuard>) => {
    guard.protect.push(...(more.protect ?? []));
    guard.placeholders.push(...(more.placeholders ?? []));
    guard.readRoots.push(...(more.readRoots ?? []));
  };
  for (const mark of marks) {
    if (mark.kind === 'link') throw linked(mark.path);
    const isTop = mark.path === '.git';
    if (isTop && mark.kind === 'file') add({ readRoots: linkedFolders(root, apart) });
    if (isTop && mark.kind === 'file' && mode === 'guarded') throw elsewhere(root);
    if (isTop && mark.kind === 'directory' && mode === 'guarded') add(guardedParts(root));
    else add({ protect: [mark.path] });
  }
  add(namedByGit(repositoriesIn([...marks, ...bare], root), { root, personal, held: [...guard.protect] }));
  return guard;
}

/** Paths in `.git` that git runs something for, or takes its settings from (gitrepository-layout(5)). */
const FOLDERS = ['hooks', 'info'];
const FILES = ['config', 'config.worktree'];
/** What a rebase in progress will run; nothing may stand there in place of an absent one, for git would see a rebase. */
const IF_THERE = ['rebase-merge', 'rebase-apply', 'sequencer', 'lfs'];

/** Says that the common folder is this one, as git takes it for granted where the file is absent. */
const COMMON_DIR = '.\n';

function guardedParts(root: string): Partial<GitGuard> {
  const protect: string[] = [];
  const placeholders: Placeholder[] = [{ path: '.git/commondir', kind: 'file', content: COMMON_DIR }];
  const common = readText(join(root, '.git/commondir'));
  if (common !== null && common.trim() !== '.') throw strangeCommon(common);
  if (common !== null) protect.push('.git/commondir');
  for (const name of [...FOLDERS, ...FILES]) {
    const path = `.git/${name}`;
    const there = kindOf(join(root, path));
    if (there === 'link') throw linked(path);
    if (there !== 'absent') protect.push(path);
    placeholders.push({ path, kind: FOLDERS.includes(name) ? 'directory' : 'file', content: '' });
  }
  for (const name of IF_THERE) if (kindOf(join(root, '.git', name)) !== 'absent') protect.push(`.git/${name}`);
  // Submodules and linked worktrees: each of these folders is a git folder again; commits of this one need neither.
  for (const name of ['modules', 'worktrees'])
    protect.push(...names(join(root, '.git', name)).map((inner) => `.git/${name}/${inner}`));
  return { protect, placeholders };
}

/** Each repository of the workspace, and the one that the workspace lies in: their settings name what git runs. */
function repositoriesIn(marks: readonly Mark[], root: string): Repository[] {
  const above: string[] = [];
  for (let folder = dirname(root); ; folder = dirname(folder)) {
    if (kindOf(join(folder, '.git')) !== 'absent') above.push(join(folder, '.git'));
    if (above.length > 0 || dirname(folder) === folder) break;
  }
  const inside = marks.filter(({ kind }) => kind === 'file' || kind === 'directory');
  const folders = inside.filter(({ meaning }) => meaning === 'bare').map(({ path }) => bareAt(join(root, path)));
  const found = [...inside.filter(({ meaning }) => meaning === 'git').map(({ path }) => join(root, path)), ...above];
  return [...folders, ...found.map(repositoryAt).filter((one) => one !== null)];
}

/** The mark is its folder, or its `config` where that folder is the workspace; of the other marks there nothing is read. */
const bareAt = (path: string): Repository => {
  const folder = basename(path) === 'config' ? dirname(path) : path;
  return { bases: [folder], configs: [join(folder, 'config')], hooks: [join(folder, 'hooks')] };
};

/** Null where `.git` is a file that names no folder. */
function repositoryAt(dotGit: string): Repository | null {
  const gitDir = kindOf(dotGit) === 'file' ? gitDirOf(dotGit) : dotGit;
  if (gitDir === null) return null;
  const common = resolve(gitDir, readSmall(join(gitDir, 'commondir')).trim() || '.');
  const configs = [join(common, 'config'), join(gitDir, 'config'), join(gitDir, 'config.worktree')];
  const texts = configs.map(readSmall);
  const trees = texts.map((text) => lastValue(parseGitConfig(text), 'core.worktree')).filter((tree) => tree !== '');
  const bases = [dirname(dotGit), gitDir, ...trees.map((tree) => resolve(gitDir, tree))];
  const hooks = [join(common, 'hooks'), join(gitDir, 'hooks')];
  return { bases: [...new Set(bases)], configs: [...new Set(configs)], hooks: [...new Set(hooks)] };
}

/** Where a `.git` that is a file leads; null where it leads nowhere. */
function gitDirOf(dotGit: string): string | null {
  const target = /^gitdir: (.+)\n?$/.exec(readSmall(dotGit))?.[1];
  return target === undefined ? null : realOf(resolve(dirname(dotGit), target));
}

/**
 * `.git` is a file (gitrepository-layout(5)): a linked worktree, or a submodule. Its folder comes into view only if that folder
 * names this workspace in its turn: else a repository could bring any folder of the person into view.
 */
function linkedFolders(root: string, apart: readonly string[]): string[] {
  const folder = gitDirOf(join(root, '.git'));
  if (folder === null) return [];
  const back = readSmall(join(folder, 'gitdir')).trim();
  const isWorktree = back !== '' && realOf(resolve(folder, back)) === join(root, '.git');
  const home = lastValue(parseGitConfig(readSmall(join(folder, 'config'))), 'core.worktree');
  const isSubmodule = home !== '' && realOf(resolve(folder, home)) === root;
  if (!isWorktree && !isSubmodule) return [];
  const common = resolve(folder, readSmall(join(folder, 'commondir')).trim() || '.');
  const roots = [realOf(common), folder].filter((path) => path !== null);
  const fits = roots.map((path, i) => (i > 0 && path === folder) || isRepository(path));
  const outer = roots.filter(
    (path, i) => fits[i] && !within(path, root) && !within(root, path) && !apart.some((one) => within(one, path)),
  );
  return outer.filter((path) => !outer.some((other) => other !== path && within(path, other)));
}

function isRepository(path: string): boolean {
  const kinds = ['HEAD', 'objects', 'refs'].map((name) => kindOf(join(path, name)));
  return kinds.join() === 'file,directory,directory' && dirname(path) !== path;
}

function readSmall(path: string): string {
  const found = unlessAbsent(() => lstatSync(path, { throwIfNoEntry: false }));
  return found?.isFile() === true && found.size <= LIMITS.configBytes.value ? (readText(path) ?? '') : '';
}

const names = (path: string): string[] => unlessAbsent(() => readdirSync(path)) ?? [];

const realOf = (path: string): string | null => unlessAbsent(() => realpathSync(path));

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

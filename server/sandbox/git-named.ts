/** What git's settings name, in each of their scopes: folders of hooks, included settings, programs. Read by us; git is not run. */
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import { within } from './compile.ts';
import { type GitValue, parseGitConfig } from './git-config.ts';
import type { Placeholder } from './ledger.ts';

/** A repository whose git a person may run: in the workspace, or one that the workspace lies in. */
export interface Repository {
  /** Where relative names start, as hooks run there: its working tree, its git folder, and what `core.worktree` names. */
  bases: string[];
  /** Its own settings, those of a linked worktree included. */
  configs: string[];
  /** Of hooks, where the settings name none. */
  hooks: string[];
}

export interface PersonalGit {
  /** Settings of the person and of the system: they hold in every repository. */
  configs: readonly string[];
  /** Of `~`. */
  homes: readonly string[];
}

/** Of the system, as most builds of git have them; the variables that name others are taken from every child. */
const SYSTEM = ['/etc/gitconfig', '/usr/local/etc/gitconfig'];

export function personalGit(homes: readonly string[], variables: Readonly<Record<string, string>>): PersonalGit {
  const xdg = variables['XDG_CONFIG_HOME'] ?? '';
  const folders = [...homes.map((home) => join(home, '.config')), ...(xdg.startsWith('/') ? [xdg] : [])];
  const own = [
    ...folders.map((folder) => join(folder, 'git/config')),
    ...homes.map((home) => join(home, '.gitconfig')),
  ];
  return { configs: [...SYSTEM, ...own], homes };
}

/** Relative to the workspace. */
export interface Named {
  protect: string[];
  /** Where nothing stands as yet. */
  placeholders: Placeholder[];
}

interface Path {
  path: string;
  /** What git takes it for. */
  kind: Placeholder['kind'];
  /** Held only where it is there: a word of a command line may be no path at all. */
  ifThere: boolean;
}

/** As deep as git itself follows them (MAX_INCLUDE_DEPTH of its config.c). */
const INCLUDE_DEPTH = 10;
/** As many as the kernel follows (path_resolution(7)). */
const MOST_LINKS = 40;
const INCLUDE = /^include(?:if\..*)?\.path$/s;
/** Their values are, or begin, what git runs by itself in the usual commands. */
const PROGRAMS =
  /^(?:core\.(?:fsmonitor|sshcommand|editor|pager|askpass|gitproxy)|sequence\.editor|gpg\.(?:.*\.)?program|gpg\.ssh\.defaultkeycommand|diff\.external|diff\..*\.(?:command|textconv)|filter\..*\.(?:clean|smudge|process)|merge\..*\.driver|(?:merge|diff)tool\..*\.(?:cmd|path)|credential\.(?:.*\.)?helper|alias\..*|pager\..*|interactive\.difffilter|uploadpack\.packobjectshook|remote\..*\.(?:uploadpack|receivepack|vcs)|core\.alternaterefscommand|trailer\..*\.(?:command|cmd))$/s;

export interface NamingIn {
  /** The real path of the workspace. */
  root: string;
  personal: PersonalGit;
  /** Relative to the workspace, held already: a link in one of them stays as it is, and what it leads to is held. */
  held: readonly string[];
}

/** Throws a Fault where something that is named cannot be held. */
export function namedByGit(repositories: readonly Repository[], { root, personal, held }: NamingIn): Named {
  const read = createReader(personal.homes);
  const theirs = read(personal.configs);
  const named = new Map<string, Path>();
  const add = (one: Path) => void named.set(`${one.kind} ${one.path}`, one);
  theirs.files.forEach(add);
  for (const { bases, configs, hooks } of repositories) {
    const own = read(configs);
    own.files.forEach(add);
    for (const path of configs) add({ path, kind: 'file', ifThere: false });
    for (const path of hooks) add({ path, kind: 'directory', ifThere: false });
    for (const value of [...theirs.values, ...own.values])
      for (const base of bases) pathsIn(value, base, personal.homes).forEach(add);
  }
  for (const { path } of [...named.values()].filter(({ kind }) => kind === 'directory'))
    for (const target of linksIn(path)) add({ path: target, kind: 'file', ifThere: false });
  const found: Named = { protect: [], placeholders: [] };
  const isFixed = (path: string) => held.some((one) => one !== path && within(path, one));
  for (const one of named.values()) {
    const { protect = [], placeholders = [] } = heldAt(one, { root, isFixed, links: 0 });
    found.protect.push(...protect);
    found.placeholders.push(...placeholders);
  }
  return { ...found, placeholders: found.placeholders.filter(({ path }) => !held.some((one) => within(path, one))) };
}

/** Where the links in a folder of hooks lead: a hook is often one, to a script of the workspace. */
function linksIn(folder: string): string[] {
  const entries = unlessAbsent(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  const links = entries.filter((entry) => entry.isSymbolicLink());
  if (links.length === 0) return [];
  const real = unlessAbsent(() => realpathSync(folder)) ?? folder;
  const targets = links.map(({ name }) => unlessAbsent(() => readlinkSync(join(real, name))));
  return targets.flatMap((target) => (target === null ? [] : [resolve(real, target)]));
}

interface Read {
  values: GitValue[];
  /** All that was included, also what is not there. */
  files: Path[];
}

function createReader(homes: readonly string[]): (configs: readonly string[]) => Read {
  return (configs) => {
    const seen = new Set<string>();
    const all: Read = { values: [], files: [] };
    const follow = (path: string, depth: number): void => {
      if (seen.has(path) || depth > INCLUDE_DEPTH) return;
      seen.add(path);
      for (const value of parseGitConfig(readConfig(path))) {
        all.values.push(value);
        if (!INCLUDE.test(value.name)) continue;
        // Whether the condition of an includeIf holds is not asked: it may at the next call.
        for (const file of absolute(value.value, dirname(path), homes)) {
          all.files.push({ path: file, kind: 'file', ifThere: false });
          follow(file, depth + 1);
        }
      }
    };
    for (const path of configs) follow(path, 0);
    return all;
  };
}

/** Each that `~` may stand for. What starts with `~name/` or `%(prefix)/` lies in nobody's workspace. */
function absolute(value: string, base: string, homes: readonly string[]): string[] {
  if (value === '' || value.includes('\0')) return [];
  if (value.startsWith('~/')) return homes.map((home) => join(home, value.slice(2)));
  return [resolve(base, value)];
}

function pathsIn({ name, value }: GitValue, base: string, homes: readonly string[]): Path[] {
  if (name === 'core.hookspath')
    return absolute(value, base, homes).map((path) => ({ path, kind: 'directory', ifThere: false }));
  if (!PROGRAMS.test(name) || (name.startsWith('alias.') && !value.startsWith('!'))) return [];
  const words = value.split(/[\s"'!;&|<>()=]+/).filter((word) => word.includes('/'));
  return words
    .flatMap((word) => absolute(word, base, homes))
    .map((path) => ({ path, kind: 'file' as const, ifThere: true }));
}

interface Holding {
  root: string;
  isFixed(path: string): boolean;
  /** Followed on the way. */
  links: number;
}

/** How a path is held; nothing where it lies outside of the workspace, or is all of it. */
function heldAt({ path, kind, ifThere }: Path, how: Holding): Partial<Named> {
  const { root, isFixed, links } = how;
  const inside = relative(root, through(root, path));
  if (inside === '' && kind === 'directory' && !ifThere) throw wholeWorkspace();
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`)) return {};
  const names = inside.split(sep);
  for (let depth = 1; depth <= names.length; depth++) {
    const part = names.slice(0, depth).join('/');
    const isLast = depth === names.length;
    const there = kindOf(join(root, part));
    if (there === 'directory' && !isLast) continue;
    if (there === 'link' && isFixed(part) && links < MOST_LINKS) {
      const target = resolve(dirname(join(root, part)), readlinkSync(join(root, part)), ...names.slice(depth));
      return heldAt({ path: target, kind, ifThere }, { ...how, links: links + 1 });
    }
    // Of a word that may be a path the folder alone is nothing that runs.
    if (ifThere && (there !== 'file' || !isLast)) return {};
    if (there === 'link') throw linked(part);
    if (there !== 'absent') return { protect: [part] };
    return { placeholders: [{ path: part, kind: isLast ? kind : 'directory', content: '' }] };
  }
  return {};
}

/** By another way into the workspace as well: through a link outside of it. */
function through(root: string, path: string): string {
  if (within(path, root)) return path;
  const rest: string[] = [];
  for (let at = path; dirname(at) !== at; at = dirname(at)) {
    const real = unlessAbsent(() => realpathSync(at));
    if (real !== null) return join(real, ...rest);
    rest.unshift(basename(at));
  }
  return path;
}

/** Of settings, which may be a link; empty where there are none. */
function readConfig(path: string): string {
  const found = unlessAbsent(() => statSync(path, { throwIfNoEntry: false }));
  if (!found?.isFile()) return '';
  if (found.size > LIMITS.configBytes.value) throw tooLarge(path);
  return readText(path) ?? '';
}

/** Null where it is absent. What a command puts in the place of a file, as a pipe, holds nobody up. */
export const readText = (path: string): string | null =>
  unlessAbsent(() => {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  });

export function kindOf(path: string): 'absent' | 'link' | 'file' | 'directory' | 'other' {
  const found = unlessAbsent(() => lstatSync(path, { throwIfNoEntry: false })) ?? null;
  if (found === null) return 'absent';
  return found.isSymbolicLink() ? 'link' : found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other';
}

export function unlessAbsent<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (ABSENT.has(code)) return null;
    throw error;
  }
}

const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG']);

/** A file or folder that is to be held is a link. */
export const linked = (path: string): Fault =>
  new Fault({
    status: 422,
    code: 'protected_link',
    message: `${path} is a symbolic link. What must not change cannot be held where it can be reached by another name.`,
    hint: `Put the thing itself in the place of the link (cp -rL), or take the link away; then run the command again.`,
  });

const wholeWorkspace = (): Fault =>
  new Fault({
    status: 422,
    code: 'git_hooks_everywhere',
    message:
      'core.hooksPath of your git settings names the workspace itself: git would run what a command writes there.',
    hint: 'Name a folder of its own: git config core.hooksPath hooks.',
  });

const tooLarge = (path: string): Fault =>
  new Fault({
    status: 422,
    code: 'git_config_size',
    message: `${path} has more than ${LIMITS.configBytes.value} bytes: git's settings were expected to be smaller, and are not looked through in part.`,
    hint: 'Make the file smaller, or do not include it.',
  });

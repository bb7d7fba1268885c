/** Our own directories: where settings, keys and records are kept, outside every workspace, closed to others. */
import { lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { Fault } from '../base/fault.ts';
import { systemUser } from '../base/user.ts';

export interface Dirs {
  /** Settings, trust key, ledger, grants. */
  config: string;
  /** Above the state of each workspace. */
  state: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Where they are, by the environment; nothing is made or checked. The same on macOS, so that one answer fits all docs. */
export function findDirs(variables: Variables): Dirs {
  const below = (...names: string[]) => join(homeOf(variables), ...names);
  return {
    config:
      ownDir(variables, 'VTCODE_CONFIG_DIR') ?? join(xdg(variables, 'XDG_CONFIG_HOME') ?? below('.config'), 'vtcode'),
    state:
      ownDir(variables, 'VTCODE_STATE_DIR') ??
      join(xdg(variables, 'XDG_STATE_HOME') ?? below('.local', 'state'), 'vtcode'),
  };
}

function homeOf(variables: Variables): string {
  const home = [variables['HOME'] ?? '', systemUser().home].find((path) => isAbsolute(path));
  if (home !== undefined) return home;
  throw new Fault({
    status: 400,
    code: 'no_home',
    message:
      'HOME is expected to be the absolute path of your home directory; it is not set, and the system knows none.',
    hint: 'Set HOME, or both VTCODE_CONFIG_DIR and VTCODE_STATE_DIR.',
  });
}

/** The person's home as the environment and as the system has it; both, for they may differ. */
export function homesOf(variables: Variables): string[] {
  const homes = [variables['HOME'] ?? '', systemUser().home].filter((home) => isAbsolute(home) && home !== '/');
  return [...new Set(homes.map((home) => resolve(home)))];
}

/**
 * Makes the directory (0700) where it is missing, checks that it is ours alone, and answers its real path. Throws a Fault
 * that says how to mend it.
 */
export async function prepareDir(path: string, what: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(path, what, { why: `it cannot be made (${codeOf(error)})`, mend: '' });
  }
  const real = await realpath(path);
  const found = await stat(real);
  if (!found.isDirectory()) throw unusable(path, what, { why: 'it is not a directory', mend: '' });
  const uid = process.getuid?.() ?? found.uid;
  if (found.uid !== uid) {
    throw unusable(path, what, {
      why: `it belongs to user ${found.uid}, and we run as user ${uid}`,
      mend: `chown ${uid} ${real}`,
    });
  }
  if ((found.mode & 0o022) !== 0) {
    throw unusable(path, what, {
      why: `others may write in it (mode ${octal(found.mode)})`,
      mend: `chmod 700 ${real}`,
    });
  }
  await checkParents(real, what);
  return real;
}

/** Who can rename a parent can put another directory in our place; a sticky one (`/tmp`) lets only the owner do so. */
async function checkParents(path: string, what: string): Promise<void> {
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    const found = await lstat(parent);
    const open = (found.mode & 0o002) !== 0 && (found.mode & 0o1000) === 0;
    if (open) {
      throw unusable(path, what, {
        why: `anyone may write in ${parent} (mode ${octal(found.mode)})`,
        mend: `chmod o-w ${parent}`,
      });
    }
    if (parent === dirname(parent)) return;
  }
}

function unusable(path: string, what: string, problem: { why: string; mend: string }): Fault {
  const { why, mend } = problem;
  return new Fault({
    status: 403,
    code: 'directory_unsafe',
    message: `The ${what} directory ${path} cannot be used: ${why}.`,
    hint: mend === '' ? `Name another one in VTCODE_${what.toUpperCase()}_DIR.` : `To mend it: ${mend}`,
  });
}

function ownDir(variables: Variables, name: 'VTCODE_CONFIG_DIR' | 'VTCODE_STATE_DIR'): string | null {
  const value = variables[name];
  if (value === undefined || value === '') return null;
  if (isAbsolute(value)) return resolve(value);
  throw new Fault({
    status: 400,
    code: 'directory_relative',
    message: `${name} is expected to be an absolute path; it is ${JSON.stringify(value)}.`,
    hint: `Set it to ${resolve(value)}, or take it out of the environment.`,
  });
}

/** The XDG base directory specification: a relative value is invalid and is ignored. */
function xdg(variables: Variables, name: string): string | null {
  const value = variables[name];
  return value !== undefined && isAbsolute(value) ? resolve(value) : null;
}

const octal = (mode: number) => (mode & 0o7777).toString(8).padStart(4, '0');
const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? String(error);

/** Which directory a server is bound to: checked, by its real path, with the id that its records are kept under. */
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { basename, relative, resolve, sep } from 'node:path';
import { isKernelState, openRoot, release } from '../base/contained-pin.ts';
import { Fault } from '../base/fault.ts';
import { sha256 } from '../base/hash.ts';

export interface WorkspaceChecks {
  /** The directory as the person wrote it; relative to `cwd`. */
  dir: string;
  cwd: string;
  homes: readonly string[];
  /** Directories that no agent may reach: ours, and the organisation's. */
  kept: readonly { path: string; what: string }[];
}

/** The real path of a workspace that can be served. Throws a Fault 400 that says why it cannot and what to do. */
export async function checkWorkspace(checks: WorkspaceChecks): Promise<string> {
  const asked = resolve(checks.cwd, checks.dir);
  const root = await realDirectory(asked, checks.dir);
  if (root === '/') {
    throw refused('`/` is the whole machine', 'Name the directory of one project: vtcode serve DIR');
  }
  if (showsKernel(root)) {
    throw refused(`${root} shows the state of the kernel, not files that are kept`, 'Name the directory of a project.');
  }
  for (const home of await realPaths(checks.homes)) {
    if (!holds(root, home)) continue;
    const what = root === home ? 'is your home directory' : `holds your home directory ${home}`;
    throw refused(
      `${root} ${what}, with keys and settings that no agent should reach`,
      'Name the directory of one project below it.',
    );
  }
  for (const kept of checks.kept) {
    const [path] = await realPaths([kept.path]);
    if (holds(root, path!)) {
      throw refused(
        `${root} holds ${path}, ${kept.what}`,
        'Name a directory that does not hold it, or keep it elsewhere.',
      );
    }
    if (holds(path!, root)) throw refused(`${root} lies in ${path}, ${kept.what}`, 'Name the directory of a project.');
  }
  return root;
}

/** A readable word and 64 bits of the real path: two workspaces of one name do not share a state. */
export function workspaceId(root: string): string {
  const slug = basename(root)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return `${slug || 'workspace'}-${sha256(root).slice(0, 16)}`;
}

/** Whether `inner` is `outer` or lies in it; both real paths. */
export function holds(outer: string, inner: string): boolean {
  const way = relative(outer, inner);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`));
}

async function realDirectory(asked: string, shown: string): Promise<string> {
  const name = JSON.stringify(shown);
  let root: string;
  try {
    root = await realpath(asked);
  } catch (error) {
    throw missing(name, asked, (error as NodeJS.ErrnoException).code ?? '');
  }
  const found = await stat(root);
  if (!found.isDirectory()) {
    throw refused(`${name} is not a directory`, 'A workspace is the directory of a project: name that.');
  }
  try {
    await access(root, constants.R_OK | constants.X_OK);
  } catch {
    throw refused(`${name} cannot be read by you`, `To see why: ls -ld ${root}`);
  }
  return root;
}

function showsKernel(root: string): boolean {
  const pinned = openRoot(root);
  try {
    return isKernelState(pinned);
  } finally {
    release(pinned);
  }
}

function missing(name: string, asked: string, code: string): Fault {
  if (code === 'ENOENT')
    return refused(`${name} does not exist`, `Looked for ${asked}. Make it first, or name another.`);
  if (code === 'ENOTDIR') return refused(`${name} is not a directory`, `A part of ${asked} is a file.`);
  if (code === 'ELOOP') return refused(`${name} is a symbolic link that leads to itself`, `To see it: ls -l ${asked}`);
  if (code === 'EACCES') return refused(`${name} cannot be read by you`, `To see why: ls -ld ${asked}`);
  return refused(`${name} cannot be used (${code || 'unknown error'})`, `Looked for ${asked}.`);
}

/** Those that do not exist (yet) stand for themselves. */
const realPaths = (paths: readonly string[]): Promise<string[]> =>
  Promise.all(paths.map((path) => realpath(path).catch(() => resolve(path))));

const refused = (why: string, hint: string): Fault =>
  new Fault({ status: 400, code: 'workspace_refused', message: `No workspace: ${why}.`, hint });

/** Finds what lies in the workspace, and nothing else: step by step below the root, each link read and judged, none followed blind. */
import { readlinkSync } from 'node:fs';
import { LIMITS } from '../../shared/limits.ts';
import { refuse, type Refusal } from './contained-path.ts';
import { at, isKernelState, openRoot, pin, release, type Dir, type Pinned } from './contained-pin.ts';
import { visible } from './visible.ts';

/** `inside`: links are followed as long as they stay in the workspace. `none`: any link in the path is refused. */
export type Follow = 'inside' | 'none';

/** A name in the workspace, held: the folder that it is in, and the thing itself where there is one. */
export interface Located {
  ok: true;
  /** The path without links: relative, `.` for the root. */
  real: string;
  /** The folder that holds the last name; for the root, the root itself. */
  parent: Dir;
  /** The last name of `real`; empty for the root. */
  name: string;
  /** Null where nothing stands under the name; never a link. */
  node: Pinned | null;
  /** Must be called once; what was given above cannot be used after it. */
  close(): void;
}

/**
 * Walks a path (as `parsePath` gives it) below `root`, the real path of the workspace. Names on the way must be folders; the
 * last one may be anything, or absent. Never throws for what a file system can answer.
 */
export function locate(root: string, path: string, follow: Follow): Located | Refusal {
  const held: Pinned[] = [];
  const close = () => {
    for (const one of held.splice(0)) release(one);
  };
  try {
    const walked = walk({ root, path, follow, held });
    if (walked.ok) return { ...walked, close };
    close();
    return walked;
  } catch (error) {
    close();
    return refusalOf(error, path);
  }
}

type Found = Omit<Located, 'close'>;

interface Walk {
  root: string;
  path: string;
  follow: Follow;
  /** All that was opened, to be closed at the end. */
  held: Pinned[];
}

/** Where a walk stands: the folders from the root down, and their names, one fewer. */
interface Place {
  dirs: Pinned[];
  names: string[];
  /** Names still to be walked, the next one last. */
  todo: string[];
  links: number;
}

function walk(walk: Walk): Found | Refusal {
  const top = openRoot(walk.root);
  walk.held.push(top);
  const place: Place = { dirs: [top], names: [], todo: reversed(walk.path), links: 0 };
  for (let name = place.todo.pop(); name !== undefined; name = place.todo.pop()) {
    const found = name === '..' ? climb(walk, place) : enter(walk, place, name);
    if (found !== null) return found;
  }
  const { dirs, names } = place;
  const [node, parent] = [dirs[dirs.length - 1]!, dirs[dirs.length - 2] ?? top];
  return { ok: true, real: names.join('/') || '.', parent, name: names[names.length - 1] ?? '', node };
}

/** `..` comes only from a link's target. It climbs from the folder that the link is really in. */
function climb(walk: Walk, place: Place): Refusal | null {
  if (place.names.pop() === undefined) return outside(walk.path);
  place.dirs.pop();
  return null;
}

/** Takes one step down. Null: go on. */
function enter(walk: Walk, place: Place, name: string): Found | Refusal | null {
  const dir = place.dirs[place.dirs.length - 1]!;
  const real = [...place.names, name].join('/');
  const last = place.todo.length === 0;
  const node = pinOrNull(dir, name);
  if (node === null) {
    if (last) return { ok: true, real, parent: dir, name, node };
    return refuse('not_found', `There is no ${visible(real)}.`);
  }
  walk.held.push(node);
  if (node.facts.kind === 'link') return follow(walk, place, name);
  if (node.facts.dev !== dir.facts.dev && isKernelState(node)) return outside(walk.path);
  if (node.facts.kind === 'directory') {
    place.dirs.push(node);
    place.names.push(name);
    return null;
  }
  if (last) return { ok: true, real, parent: dir, name, node };
  return refuse('not_a_directory', `${visible(real)} is not a folder.`);
}

/** Puts the names of a link's target before what is still to be walked; an absolute one starts again at the root. */
function follow(walk: Walk, place: Place, name: string): Refusal | null {
  const dir = place.dirs[place.dirs.length - 1]!;
  if (walk.follow === 'none') {
    const real = visible([...place.names, name].join('/'));
    return refuse('link', `${real} is a symbolic link; nothing is written through a link. Name the file itself.`);
  }
  if (++place.links > LIMITS.links.value) {
    return refuse('link', `${visible(walk.path)} goes through more than ${LIMITS.links.value} links, or in a circle.`);
  }
  const target = readlinkSync(at(dir, name));
  if (!target.startsWith('/')) {
    place.todo.push(...reversed(target));
    return null;
  }
  // Compared as text, so that /proc/self/root and other second names of the workspace are outside.
  const root = walk.root.endsWith('/') ? walk.root : `${walk.root}/`;
  if (`${target}/` !== root && !target.startsWith(root)) return outside(walk.path);
  place.dirs.splice(1);
  place.names.splice(0);
  place.todo.push(...reversed(target.slice(root.length)));
  return null;
}

const reversed = (path: string): string[] =>
  path
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .reverse();

function pinOrNull(dir: Dir, name: string): Pinned | null {
  try {
    return pin(dir, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

const outside = (path: string) =>
  refuse('outside', `${visible(path)} leads out of the workspace through a link or a mount. It is not opened.`);

/** The system's error as a refusal in our words. Throws on what is no system error: that is a bug. */
export function refusalOf(error: unknown, path: string): Refusal {
  const shown = visible(path);
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return refuse('not_found', `There is no ${shown}.`);
    case 'ENOTDIR':
      return refuse('not_a_directory', `A part of ${shown} is not a folder.`);
    case 'EISDIR':
      return refuse('not_a_file', `${shown} is a folder, not a file.`);
    case 'ELOOP':
      return refuse('link', `${shown} was swapped for a link while it was opened. It is not opened.`);
    case 'EACCES':
    case 'EPERM':
      return refuse('permission', `${shown} may not be opened: the system denies it (${code}).`);
    case 'ENAMETOOLONG':
      return refuse('bad_path', `${shown} has a name that is too long for the file system.`);
    default:
      if (typeof code !== 'string') throw error;
      return refuse('io', `${shown} could not be opened: ${(error as Error).message}.`);
  }
}

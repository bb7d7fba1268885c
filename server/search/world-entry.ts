/** Where a path leads: each name in turn, through every link, and never beyond the workspace. */
import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { LIMITS } from '../../shared/limits.ts';
import type { Entry } from '../policy/world.ts';

/** As the kernel walks: each name in turn, links where they stand. `path` is relative to the root, or absolute. */
export function entryOf(root: string, path: string): Entry {
  const start = below(root, path);
  if (start === null) return { at: 'outside' };
  const todo = start.split('/').reverse();
  const names: string[] = [];
  let found: Stats | null = null;
  let isThere = true;
  for (let links = 0; todo.length > 0;) {
    const name = todo.pop()!;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (names.pop() === undefined) return { at: 'outside' };
      found = null;
      continue;
    }
    names.push(name);
    if (names.length > LIMITS.pathDepth.value) return { at: 'unknown' };
    if (!isThere) continue;
    const at = `${root}/${names.join('/')}`;
    const seen = lookAt(at);
    if (seen === 'unknown') return { at: 'unknown' };
    if (seen === 'absent') [isThere, found] = [false, null];
    else if (!seen.isSymbolicLink()) found = seen;
    else {
      if (++links > LIMITS.links.value) return { at: 'unknown' };
      names.pop();
      const target = readlinkSync(at);
      const inside = target.startsWith('/') ? below(root, target) : target;
      if (inside === null) return { at: 'outside' };
      if (target.startsWith('/')) names.length = 0;
      todo.push(...inside.split('/').reverse());
    }
  }
  return ended(root, names, { found, isThere });
}

function ended(root: string, names: string[], { found, isThere }: { found: Stats | null; isThere: boolean }): Entry {
  const path = names.join('/') || '.';
  if (!isThere) return { at: 'inside', path, kind: 'absent', size: 0 };
  const seen = found ?? lookAt(names.length === 0 ? root : `${root}/${path}`);
  if (seen === 'unknown') return { at: 'unknown' };
  if (seen === 'absent') return { at: 'inside', path, kind: 'absent', size: 0 };
  const kind = seen.isFile() ? 'file' : seen.isDirectory() ? 'directory' : 'other';
  return { at: 'inside', path, kind, size: kind === 'file' ? seen.size : 0 };
}

/** What stands below the root in an absolute path, null for another place; a relative one as it is. */
function below(root: string, path: string): string | null {
  if (!path.startsWith('/')) return path;
  const plain = path.replace(/\/+/g, '/');
  if (plain === root) return '';
  return plain.startsWith(`${root}/`) && !plain.split('/').includes('..') ? plain.slice(root.length + 1) : null;
}

export function lookAt(path: string): Stats | 'absent' | 'unknown' {
  if (path.includes('\0')) return 'unknown';
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? 'absent';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOTDIR' || code === 'ENAMETOOLONG' ? 'absent' : 'unknown';
  }
}

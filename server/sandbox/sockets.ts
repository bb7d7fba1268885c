/** Sockets that programs of the host listen on: a read-only view does not keep a confined program from connecting to one. */
import { lstatSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { within } from './compile.ts';

/**
 * Which of the sockets that stand in the workspace (`found`), and which below the other `roots`, somebody on the host listens
 * on now. All paths are absolute. A socket may have been bound by a relative path: then its name is all that the kernel knows.
 */
export function listenedOn(found: readonly string[], roots: readonly string[], list = '/proc/net/unix'): string[] {
  const bound = boundPaths(readFileSync(list, 'utf8'));
  const names = new Set(bound.filter((path) => !path.startsWith('/')).map((path) => basename(path)));
  const all = new Set(bound);
  const near = found.filter((path) => all.has(path) || names.has(basename(path)));
  const far = [...all].filter((path) => roots.some((root) => path !== root && within(path, root)));
  return [...new Set([...near, ...far])].filter(isSocket);
}

const HEAD = /^[0-9a-f]{8,16}: [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{4} [0-9A-F]{2} +\d+ ?(.*)$/;

/** `Num: RefCount Protocol Flags Type St Inode Path`; the kernel writes a line feed in a path as it is. Abstract ones are left out. */
export function boundPaths(list: string): string[] {
  const paths: string[] = [];
  for (const line of list.replace(/\n$/, '').split('\n')) {
    const head = HEAD.exec(line);
    if (head !== null) paths.push(head[1]!);
    else if (paths.length > 0) paths[paths.length - 1] += `\n${line}`;
  }
  return paths.filter((path) => path !== '' && !path.startsWith('@'));
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
  } catch {
    return false; // not to be reached by us: then not by a command either
  }
}

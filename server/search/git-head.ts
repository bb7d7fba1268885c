/** Where a workspace keeps its git state, and which branch it is on: read from its files, with no git run on them. */
import { readWhole } from '../base/contained-read.ts';
import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';

/** A repository's own folder, by its real path: `.git`, or what the `.git` file of a worktree names. */
export type GitDir = { kind: 'none' } | { kind: 'inside'; path: string } | { kind: 'worktree'; path: string };

const SMALL = 4096;

/**
 * A `.git` file may name any folder of the machine. It is followed only where that folder names this workspace in turn, as
 * gitrepository-layout(5) has it for a linked worktree; a file that came with an archive cannot make that so.
 */
export async function findGitDir(root: string): Promise<GitDir> {
  const file = await readWhole(root, '.git', { follow: 'none', max: SMALL });
  if (!file.ok) return file.code === 'not_a_file' ? { kind: 'inside', path: join(root, '.git') } : { kind: 'none' };
  if (file.state === 'absent') return { kind: 'none' };
  const named = /^gitdir: (.+)$/m.exec(file.bytes.toString('utf8'))?.[1];
  if (named === undefined) return { kind: 'none' };
  const path = isAbsolute(named) ? named : join(root, named);
  const back = (await smallText(path, 'gitdir')).trim();
  const pointed = isAbsolute(back) ? await realpath(dirname(back)).catch(() => '') : '';
  return pointed === root ? { kind: 'worktree', path } : { kind: 'none' };
}

/** The branch's short name; for a detached HEAD the first digits of its commit; empty where there is no repository. */
export async function readBranch(root: string): Promise<string> {
  const dir = await findGitDir(root);
  if (dir.kind === 'none') return '';
  const head = await smallText(dir.path, 'HEAD');
  const branch = /^ref: refs\/heads\/(\S{1,255})\s*$/.exec(head)?.[1];
  return branch ?? /^[0-9a-f]{40,64}/.exec(head)?.[0].slice(0, 8) ?? '';
}

/** A small file of a git folder, through no link and never a FIFO; empty where there is none. */
async function smallText(dir: string, name: string): Promise<string> {
  const file = await readWhole(dir, name, { follow: 'none', max: SMALL });
  return file.ok && file.state === 'file' ? file.bytes.toString('utf8') : '';
}

/** The git state of the names in a folder, without git: the index against what stands on the disk. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { FileEntry } from '../../shared/api.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Facts } from '../base/contained-pin.ts';
import { readWhole } from '../base/contained-read.ts';
import { findGitDir } from './git-head.ts';
import { readIndex, type GitIndex, type IndexEntry } from './git-index.ts';
import type { Ignores } from './ignores.ts';

interface Known {
  index: GitIndex;
  /** Every folder that holds a tracked file. */
  folders: ReadonlySet<string>;
}

export interface GitState {
  /** `modified`: other than the index. Files that git would convert as it reads them (autocrlf, filters) can seem modified. */
  of(path: string, facts: Pick<Facts, 'kind' | 'size' | 'mtimeNs'>, ignores: Ignores): Promise<FileEntry['git']>;
}

/** Keeps the index in memory until its file changes. */
export function createGitStates(root: string): () => Promise<GitState> {
  let sign = '';
  let known: Known | null = null;
  return async () => {
    const dir = await findGitDir(root);
    const now = dir.kind === 'none' ? '' : signOf(join(dir.path, 'index'));
    if (now !== sign) {
      sign = now;
      const index = dir.kind === 'none' ? null : await readIndex(dir.path);
      known = index && { index, folders: foldersOf(index) };
    }
    const held = known;
    return {
      of: (path, facts, ignores) =>
        held ? stateOf(root, held, { path, facts, ignores }) : ignoredOrNone(path, facts, ignores),
    };
  };
}

interface Asked {
  path: string;
  facts: Pick<Facts, 'kind' | 'size' | 'mtimeNs'>;
  ignores: Ignores;
}

async function stateOf(
  root: string,
  { index, folders }: Known,
  { path, facts, ignores }: Asked,
): Promise<FileEntry['git']> {
  if (path === '.git') return 'none';
  if (facts.kind === 'directory') {
    if (folders.has(path)) return 'clean';
    return (await ignores.has(path, 'directory')) ? 'ignored' : 'added';
  }
  const entry = index.get(path);
  if (!entry) return (await ignores.has(path, 'file')) ? 'ignored' : 'added';
  if (facts.kind !== 'file') return 'clean';
  return (await isSame(root, path, { entry, facts })) ? 'clean' : 'modified';
}

async function ignoredOrNone(path: string, facts: Asked['facts'], ignores: Ignores): Promise<FileEntry['git']> {
  const kind = facts.kind === 'directory' ? 'directory' : 'file';
  return (await ignores.has(path, kind)) ? 'ignored' : 'none';
}

async function isSame(
  root: string,
  path: string,
  { entry, facts }: { entry: IndexEntry; facts: Asked['facts'] },
): Promise<boolean> {
  if (facts.size % 2 ** 32 !== entry.size) return false;
  const mtime = BigInt(entry.mtimeS) * 1_000_000_000n + BigInt(entry.mtimeNs);
  if (facts.mtimeNs === mtime) return true;
  const file = await readWhole(root, path, { follow: 'none', max: LIMITS.editBytes.value });
  if (!file.ok || file.state === 'absent') return false;
  const hash = createHash(entry.hash.length === 40 ? 'sha1' : 'sha256');
  return hash.update(`blob ${file.bytes.length}\0`).update(file.bytes).digest('hex') === entry.hash;
}

function foldersOf(index: GitIndex): Set<string> {
  const folders = new Set<string>();
  for (const path of index.keys()) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const folder = path.slice(0, at);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}

function signOf(path: string): string {
  try {
    const { ino, size, ctimeNs } = statSync(path, { bigint: true });
    return `${ino}.${size}.${ctimeNs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

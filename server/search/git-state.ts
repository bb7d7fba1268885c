/** The git state of the names in a folder, without git: the index against what stands on the disk. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { FileEntry } from '../../shared/api.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Facts } from '../base/contained-pin.ts';
import { readWhole } from '../base/contained-read.ts';
import { findGitDir } from './git-head.ts';
import { readIndex, type GitIndex, type IndexEntry } from './git-index.ts';
import type { FolderIgnores } from './ignores.ts';
import { lookAt } from './look.ts';

export interface Named {
  name: string;
  /** From the root of the workspace. */
  path: string;
  facts: Pick<Facts, 'kind' | 'size' | 'mode' | 'mtimeNs'>;
}

export interface GitState {
  /**
   * `modified`: other than the index. Files that git would convert as it reads them (autocrlf, filters) can seem modified. Of
   * a folder with tracked files nothing is said (`none`): it would take a look at all of them.
   */
  of(named: Named, ignores: FolderIgnores): Promise<FileEntry['git']>;
}

interface Known {
  index: GitIndex;
  /** Every folder that holds a tracked file. */
  folders: ReadonlySet<string>;
  /** When the index was written: a file that changed at that very time or later may differ with the same size and time. */
  writtenNs: bigint;
}

interface Repository {
  root: string;
  known: Known;
}

/** Keeps the index in memory until its file changes. */
export function createGitStates(root: string): () => Promise<GitState> {
  let held: { sign: string; known: Promise<Known | null> } = { sign: 'never', known: Promise.resolve(null) };
  return async () => {
    const dir = await findGitDir(root);
    const path = dir.kind === 'none' ? null : join(dir.path, 'index');
    const { sign, writtenNs } = signOf(path);
    if (sign !== held.sign)
      held = { sign, known: dir.kind === 'none' ? Promise.resolve(null) : load(dir.path, writtenNs) };
    const known = await held.known;
    return {
      of: (named, ignores) =>
        known === null ? Promise.resolve(untracked(named, ignores, 'none')) : stateOf({ root, known }, named, ignores),
    };
  };
}

async function load(gitDir: string, writtenNs: bigint): Promise<Known | null> {
  const index = await readIndex(gitDir);
  return index && { index, folders: foldersOf(index), writtenNs };
}

async function stateOf({ root, known }: Repository, named: Named, ignores: FolderIgnores): Promise<FileEntry['git']> {
  const { path, facts, name } = named;
  if (name === '.git') return 'none';
  const entry = known.index.get(path);
  if (facts.kind === 'directory') {
    if (entry?.kind === 'submodule') return 'clean';
    return known.folders.has(path) ? 'none' : untracked(named, ignores, 'added');
  }
  if (!entry) return untracked(named, ignores, 'added');
  if (entry.kind === 'intended') return 'added';
  if (entry.kind === 'unlooked') return 'clean';
  if (entry.kind !== facts.kind || entry.conflicted) return 'modified';
  if (facts.kind === 'link') return 'clean';
  return (await isSame({ root, known }, named, entry)) ? 'clean' : 'modified';
}

function untracked({ name, facts }: Named, ignores: FolderIgnores, otherwise: 'added' | 'none'): FileEntry['git'] {
  if (name === '.git') return 'none';
  return ignores.has(name, facts.kind === 'directory' ? 'directory' : 'file') ? 'ignored' : otherwise;
}

/** By size and time where they tell; else by the bytes, as git would hash them. */
async function isSame({ root, known }: Repository, { path, facts }: Named, entry: IndexEntry): Promise<boolean> {
  const runs = (facts.mode & 0o100) !== 0;
  if (runs !== entry.executable) return false;
  const smudged = entry.size === 0 && facts.size !== 0; // what git writes where size and time would not tell
  if (facts.size % 2 ** 32 !== entry.size && !smudged) return false;
  const mtimeNs = BigInt(entry.mtimeS) * 1_000_000_000n + BigInt(entry.mtimeNs);
  if (!smudged && facts.mtimeNs === mtimeNs && facts.mtimeNs < known.writtenNs) return true;
  const file = await readWhole(root, path, { follow: 'none', max: LIMITS.gitHashBytes.value });
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

function signOf(path: string | null): { sign: string; writtenNs: bigint } {
  const stat = path === null ? null : lookAt(path);
  if (!stat) return { sign: 'none', writtenNs: 0n };
  return { sign: `${path}.${stat.ino}.${stat.size}.${stat.ctimeNs}`, writtenNs: stat.mtimeNs };
}

/** One folder: its names, what each is, its git state, and what the policy calls it. */
import type { FileEntry } from '../../shared/api.ts';
import { LIMITS } from '../../shared/limits.ts';
import { refusalOf } from '../base/contained.ts';
import { at, type Dir } from '../base/contained-pin.ts';
import { namesIn, openDirectory } from '../base/contained-read.ts';
import type { Refusal } from '../base/contained-path.ts';
import { classify, type PathRule } from '../policy/paths.ts';
import type { GitState, Named } from './git-state.ts';
import { ignoresIn } from './ignores.ts';
import { lookAt } from './look.ts';

export interface Listing {
  ok: true;
  /** Without links. */
  path: string;
  /** Folders first, then by name. */
  entries: FileEntry[];
  /** How many names were left out over the bound. */
  left: number;
}

/** What the names are judged by: git's record of them, and the path rules of the settings as they stand. */
export interface ListFacts {
  git: GitState;
  rules: readonly PathRule[];
}

export async function listFolder(root: string, path: string, { git, rules }: ListFacts): Promise<Listing | Refusal> {
  const folder = openDirectory(root, path, 'inside');
  if (!folder.ok) return folder;
  try {
    const names = await sortedNames(folder.dir);
    const kept = names.slice(0, LIMITS.listEntries.value);
    const ignores = await ignoresIn(root, folder.real);
    const entries: FileEntry[] = [];
    for (const { name } of kept) {
      const named = look(folder.dir, name, folder.real === '.' ? name : `${folder.real}/${name}`);
      entries.push(entryOf(named, { git: await git.of(named, ignores), rules }));
    }
    return { ok: true, path: folder.real, entries, left: names.length - kept.length };
  } catch (error) {
    return refusalOf(error, path);
  } finally {
    folder.close();
  }
}

/** Folders first. The same names in the same order each time, also of a folder that is too large to be shown whole. */
async function sortedNames(dir: Dir): Promise<{ name: string; folder: boolean }[]> {
  const names: { name: string; folder: boolean }[] = [];
  for await (const entry of await namesIn(dir)) {
    names.push({ name: entry.name, folder: entry.isDirectory() });
    if (names.length >= LIMITS.listScan.value) break;
  }
  return names.sort((a, b) => Number(b.folder) - Number(a.folder) || (a.name < b.name ? -1 : 1));
}

/** A name that is gone by now, or that is not UTF-8 and cannot be said, is shown as nothing that could be opened. */
function look(dir: Dir, name: string, path: string): Named {
  const stat = lookAt(at(dir, name));
  if (!stat) return { name, path, facts: { kind: 'other', size: 0, mode: 0, mtimeNs: 0n } };
  const kind = stat.isDirectory() ? 'directory' : stat.isFile() ? 'file' : stat.isSymbolicLink() ? 'link' : 'other';
  return {
    name,
    path,
    facts: { kind, size: Number(stat.size), mode: Number(stat.mode) & 0o7777, mtimeNs: stat.mtimeNs },
  };
}

function entryOf(
  { name, path, facts }: Named,
  { git, rules }: { git: FileEntry['git']; rules: readonly PathRule[] },
): FileEntry {
  const found = classify(path, rules);
  const { kind, size } = facts;
  return { name, path, kind, size, git, protected: found.protected.length > 0, sensitive: found.sensitive.length > 0 };
}

/** One folder: its names, what each is, its git state, and what the policy calls it. */
import { lstatSync } from 'node:fs';
import type { FileEntry } from '../../shared/api.ts';
import { LIMITS } from '../../shared/limits.ts';
import { at } from '../base/contained-pin.ts';
import { namesIn, openDirectory } from '../base/contained-read.ts';
import type { Refusal } from '../base/contained-path.ts';
import { classify } from '../policy/paths.ts';
import type { GitState } from './git-state.ts';
import { createIgnores } from './ignores.ts';

export interface Listing {
  ok: true;
  /** Without links. */
  path: string;
  /** Folders first, then by name. */
  entries: FileEntry[];
  /** How many names were left out over the bound. */
  left: number;
}

interface Seen {
  name: string;
  kind: FileEntry['kind'];
  size: number;
  mtimeNs: bigint;
}

export async function listFolder(root: string, path: string, git: GitState): Promise<Listing | Refusal> {
  const folder = openDirectory(root, path, 'inside');
  if (!folder.ok) return folder;
  const seen: Seen[] = [];
  let left = 0;
  try {
    for await (const { name } of await namesIn(folder.dir)) {
      if (seen.length >= LIMITS.listEntries.value) left++;
      else seen.push(look(at(folder.dir, name), name));
    }
  } finally {
    folder.close();
  }
  const ignores = createIgnores(root);
  const entries: FileEntry[] = [];
  for (const one of seen) {
    const full = folder.real === '.' ? one.name : `${folder.real}/${one.name}`;
    const found = classify(full);
    const { name, kind, size } = one;
    const state = await git.of(full, one, ignores);
    entries.push({
      name,
      path: full,
      kind,
      size,
      git: state,
      protected: found.protected.length > 0,
      sensitive: found.sensitive.length > 0,
    });
  }
  return { ok: true, path: folder.real, entries: entries.sort(byKindAndName), left };
}

/** A name that is gone by now is shown as nothing that could be opened. */
function look(path: string, name: string): Seen {
  const facts = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (!facts) return { name, kind: 'other', size: 0, mtimeNs: 0n };
  const kind = facts.isDirectory() ? 'directory' : facts.isFile() ? 'file' : facts.isSymbolicLink() ? 'link' : 'other';
  return { name, kind, size: Number(facts.size), mtimeNs: facts.mtimeNs };
}

const byKindAndName = (a: FileEntry, b: FileEntry): number => {
  const folders = Number(b.kind === 'directory') - Number(a.kind === 'directory');
  return folders !== 0 ? folders : a.name < b.name ? -1 : 1;
};

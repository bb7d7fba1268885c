/** All files of the workspace that git would not ignore, by path: what the search by name looks through. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LIMITS } from '../../shared/limits.ts';
import { namesIn, openDirectory } from '../base/contained-read.ts';
import { createIgnores, type Ignores } from './ignores.ts';

export interface Crawl {
  paths: string[];
  /** True where a bound ended it. */
  truncated: boolean;
}

/** Never our own folders of state; git's own is no part of the work. */
const SKIPPED = new Set(['.git', '.vtcode']);

/** Links are not followed. A folder that cannot be read is passed over. */
export async function crawl(root: string, signal: AbortSignal): Promise<Crawl> {
  const ignores = createIgnores(root);
  const paths: string[] = [];
  const folders: { path: string; depth: number }[] = [{ path: '.', depth: 0 }];
  let truncated = false;
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    signal.throwIfAborted();
    const found = await readFolder(root, folder.path, ignores);
    if (paths.length + found.files.length > LIMITS.crawlFiles.value) return { paths, truncated: true };
    for (const path of found.files) paths.push(path);
    if (folder.depth >= LIMITS.crawlDepth.value) truncated ||= found.folders.length > 0;
    else for (const path of found.folders) folders.push({ path, depth: folder.depth + 1 });
    await nextTurn(); // a big tree must not hold up the streams
  }
  return { paths, truncated };
}

async function readFolder(
  root: string,
  path: string,
  ignores: Ignores,
): Promise<{ files: string[]; folders: string[] }> {
  const found: { files: string[]; folders: string[] } = { files: [], folders: [] };
  const folder = openDirectory(root, path, 'none');
  if (!folder.ok) return found;
  try {
    for await (const entry of await namesIn(folder.dir)) {
      const kind = entry.isDirectory() ? 'directory' : entry.isFile() ? 'file' : null;
      if (kind === null || (kind === 'directory' && SKIPPED.has(entry.name))) continue;
      if (await ignores.hasName(path, entry.name, kind)) continue;
      const full = path === '.' ? entry.name : `${path}/${entry.name}`;
      (kind === 'file' ? found.files : found.folders).push(full);
    }
  } finally {
    folder.close();
  }
  return found;
}

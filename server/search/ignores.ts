/** What git would ignore: every `.gitignore` on the way to a path, and `.git/info/exclude`. The user's own list is not read. */
import { LIMITS } from '../../shared/limits.ts';
import { readWhole } from '../base/contained-read.ts';
import { isIgnored, parseIgnore, type IgnoreFile } from './ignore-rules.ts';

/** The rules of one file of rules, or null where there is none. A link is not followed. */
export async function readIgnore(root: string, folder: string, file = '.gitignore'): Promise<IgnoreFile | null> {
  const path = folder === '.' ? file : `${folder}/${file}`;
  const whole = await readWhole(root, path, { follow: 'none', max: LIMITS.ignoreBytes.value });
  if (!whole.ok || whole.state === 'absent') return null;
  return parseIgnore(folder === '.' ? '' : folder, whole.bytes.toString());
}

/** The repository's own exclude list comes first: every `.gitignore` outweighs it. */
export const readExclude = (root: string): Promise<IgnoreFile | null> => readIgnore(root, '.', '.git/info/exclude');

/** The rules that hold for the names in one folder. */
export interface FolderIgnores {
  has(name: string, kind: 'file' | 'directory'): boolean;
}

/** Reads them for `folder` (`.` for the root). Where the folder itself or one above is ignored, so is all that is in it. */
export async function ignoresIn(root: string, folder: string): Promise<FolderIgnores> {
  const files = [await readExclude(root), await readIgnore(root, '.')].filter((file) => file !== null);
  const names = folder === '.' ? [] : folder.split('/');
  for (const [i] of names.entries()) {
    const path = names.slice(0, i + 1).join('/');
    if (isIgnored(files, path, true)) return { has: () => true };
    const own = await readIgnore(root, path);
    if (own !== null) files.push(own);
  }
  const pathOf = (name: string) => (folder === '.' ? name : `${folder}/${name}`);
  return { has: (name, kind) => isIgnored(files, pathOf(name), kind === 'directory') ?? false };
}

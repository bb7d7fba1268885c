/** What was probably meant by a name or a text that is not there. */
import { locate } from '../base/contained.ts';
import { namesIn, openDirectory } from '../base/contained-read.ts';
import { foldName } from '../base/fold.ts';
import { editDistance } from '../base/nearest.ts';
import { visible } from '../base/visible.ts';
import { LIMITS } from '../../shared/limits.ts';

/** Names that are there and look like the missing one, as a sentence to put behind a refusal; empty where none does. */
export async function nearNames(root: string, path: string): Promise<string> {
  const { folder, name, below } = deepestFolder(root, path);
  const names = await namesOf(root, folder);
  const wanted = foldName(name);
  const ranked = names
    .map((one) => ({ one, distance: distance(wanted, foldName(one)) }))
    .filter(({ distance }) => distance <= Math.max(2, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, LIMITS.nearNames.value);
  const where = folder === '.' ? 'the workspace' : visible(folder);
  if (ranked.length === 0) return below === '' ? '' : ` ${where} has no folder ${visible(name)}.`;
  const paths = ranked.map(({ one }) => visible(folder === '.' ? one : `${folder}/${one}`));
  return ` There is: ${paths.join(', ')}.`;
}

/** A name beside `path` that looks the same and is another file: another Unicode form of it. Null where there is none. */
export async function lookalike(root: string, path: string): Promise<string | null> {
  const at = path.lastIndexOf('/');
  const [folder, name] = at < 0 ? ['.', path] : [path.slice(0, at), path.slice(at + 1)];
  if (/^[\x20-\x7e]*$/.test(name)) return null;
  const names = await namesOf(root, folder);
  return names.find((one) => one !== name && one.normalize('NFC') === name.normalize('NFC')) ?? null;
}

/** The folder that is there on the way to a missing path, the name that is missing in it, and what would come below. */
function deepestFolder(root: string, path: string): { folder: string; name: string; below: string } {
  const names = path.split('/');
  for (let depth = names.length - 1; depth > 0; depth--) {
    const folder = names.slice(0, depth).join('/');
    const found = locate(root, folder, 'inside');
    if (!found.ok) continue;
    const isFolder = found.node?.facts.kind === 'directory';
    found.close();
    if (isFolder) return { folder, name: names[depth]!, below: names.slice(depth + 1).join('/') };
  }
  return { folder: '.', name: names[0]!, below: names.slice(1).join('/') };
}

async function namesOf(root: string, path: string): Promise<string[]> {
  const folder = openDirectory(root, path, 'inside');
  if (!folder.ok) return [];
  try {
    const names: string[] = [];
    for await (const { name } of await namesIn(folder.dir)) {
      names.push(name);
      if (names.length >= LIMITS.listEntries.value) break;
    }
    return names;
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    return []; // a folder that may not be read suggests nothing
  } finally {
    folder.close();
  }
}

/** Edits from one name to the other; a name within the other is near, however long the rest. */
function distance(a: string, b: string): number {
  if (a.length >= 3 && b.length >= 3 && (a.includes(b) || b.includes(a))) return 1;
  return Math.abs(a.length - b.length) > 8 ? Infinity : editDistance(a, b);
}

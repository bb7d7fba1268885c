/** What git would ignore: every `.gitignore` on the way to a path, and `.git/info/exclude`. */
import ignore, { type Ignore } from 'ignore';
import { readWhole } from '../base/contained-read.ts';
import { LIMITS } from '../../shared/limits.ts';

export interface Ignores {
  /** Whether the path, or a folder that it is in, is ignored. Paths as `parsePath` gives them. */
  has(path: string, kind: 'file' | 'directory'): Promise<boolean>;
  /** The same for a name in a folder that is known not to be ignored: only the last step is judged. */
  hasName(folder: string, name: string, kind: 'file' | 'directory'): Promise<boolean>;
}

/** Files are read once for each object: make a new one for each listing or crawl. */
export function createIgnores(root: string): Ignores {
  const files = new Map<string, Promise<Ignore | null>>();
  const load = (path: string): Promise<Ignore | null> => {
    const known = files.get(path) ?? read(root, path);
    files.set(path, known);
    return known;
  };

  /** Deeper files speak last; of one file, its last fitting line (gitignore(5)). */
  async function judge(path: string, kind: 'file' | 'directory'): Promise<boolean> {
    const names = path.split('/');
    let ignored = apply(await load('.git/info/exclude'), path, kind) ?? false;
    for (let depth = 0; depth < names.length; depth++) {
      const folder = names.slice(0, depth).join('/');
      const rules = await load(folder === '' ? '.gitignore' : `${folder}/.gitignore`);
      ignored = apply(rules, names.slice(depth).join('/'), kind) ?? ignored;
    }
    return ignored;
  }

  return {
    async has(path, kind) {
      const names = path.split('/');
      for (let depth = 1; depth < names.length; depth++) {
        if (await judge(names.slice(0, depth).join('/'), 'directory')) return true;
      }
      return path !== '.' && judge(path, kind);
    },
    hasName: (folder, name, kind) => judge(folder === '.' ? name : `${folder}/${name}`, kind),
  };
}

/** Null where the rules say nothing of the path. */
function apply(rules: Ignore | null, path: string, kind: 'file' | 'directory'): boolean | null {
  if (rules === null || !ignore.isPathValid(path)) return null;
  const { ignored, unignored } = rules.test(kind === 'directory' ? `${path}/` : path);
  return ignored ? true : unignored ? false : null;
}

async function read(root: string, path: string): Promise<Ignore | null> {
  const file = await readWhole(root, path, { follow: 'none', max: LIMITS.configBytes.value });
  if (!file.ok || file.state === 'absent') return null;
  return ignore({ ignorecase: false, allowRelativePaths: false }).add(file.bytes.toString('utf8'));
}

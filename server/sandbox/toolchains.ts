/** Compilers and interpreters that a person keeps in their home: the parts that run, without settings that may hold a key. */
import { lstat, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { within } from './compile.ts';

/** Below the home. Each part is named: beside them lie credentials, histories and registries' tokens. */
const PARTS: readonly { path: string; bin: readonly string[] }[] = [
  { path: '.cargo/bin', bin: [''] },
  { path: '.cargo/registry', bin: [] },
  { path: '.cargo/git', bin: [] },
  { path: '.rustup', bin: [] },
  { path: '.nvm/versions', bin: [] },
  { path: '.volta/bin', bin: [''] },
  { path: '.volta/tools/image', bin: [] },
  { path: '.pyenv', bin: ['shims', 'bin'] },
  { path: '.rbenv', bin: ['shims', 'bin'] },
  { path: '.bun/bin', bin: [''] },
  { path: '.deno/bin', bin: [''] },
  { path: '.sdkman/candidates', bin: [] },
  { path: '.local/share/uv/python', bin: [] },
  { path: '.local/share/pnpm', bin: [''] },
  { path: '.m2/repository', bin: [] },
  { path: 'go/pkg', bin: [] },
  { path: 'go/bin', bin: [''] },
];

/** Where a tool looks for the part that is in view, since HOME is another one inside. */
const PLACES: readonly { variable: string; path: string; needs: string }[] = [
  { variable: 'CARGO_HOME', path: '.cargo', needs: '.cargo/bin' },
  { variable: 'RUSTUP_HOME', path: '.rustup', needs: '.rustup' },
  { variable: 'PYENV_ROOT', path: '.pyenv', needs: '.pyenv' },
  { variable: 'RBENV_ROOT', path: '.rbenv', needs: '.rbenv' },
  { variable: 'VOLTA_HOME', path: '.volta', needs: '.volta/bin' },
  { variable: 'GOMODCACHE', path: 'go/pkg/mod', needs: 'go/pkg' },
];

export interface Toolchains {
  /** By their real paths, none within another. */
  roots: string[];
  /** For PATH, in their order. */
  bin: string[];
  env: Record<string, string>;
}

export interface ToolchainsIn {
  homes: readonly string[];
  /** process.execPath: what runs us runs scripts inside as well. */
  node: string;
  /** Roots that are in view anyway. */
  inView: readonly string[];
  /** Real paths that no toolchain may hold or lie in: the workspace, the homes, our own directories. */
  apart: readonly string[];
}

export async function findToolchains({ homes, node, inView, apart }: ToolchainsIn): Promise<Toolchains> {
  const found: Toolchains = { roots: [], bin: [], env: {} };
  const add = (path: string) => {
    const seen = [...inView, ...found.roots].some((root) => within(path, root));
    if (seen) return true;
    // A home, a workspace or our state must not come into view by a link that names it.
    if (apart.some((one) => within(one, path)) || path === '/') return false;
    found.roots = [...found.roots.filter((root) => !within(root, path)), path];
    return true;
  };
  const ours = await nodeRoot(node, apart);
  add(ours.root);
  // In the order of the system, where it is the system's own.
  if (!within(ours.bin, '/usr')) found.bin.push(ours.bin);
  for (const home of homes) {
    for (const { path, bin } of PARTS) {
      const real = await ownDirectory(join(home, path));
      if (real === null || !add(real)) continue;
      found.bin.push(...bin.map((name) => (name === '' ? real : join(real, name))));
    }
    for (const { variable, path, needs } of PLACES) {
      const isHere = found.roots.some((root) => within(root, join(home, path)) || root === join(home, needs));
      if (isHere) found.env[variable] ??= join(home, path);
    }
  }
  return found;
}

/** The whole installation, npm with it; the program alone where that would be somebody's home or the like. */
async function nodeRoot(node: string, apart: readonly string[]): Promise<{ root: string; bin: string }> {
  const real = await realpath(node);
  const prefix = dirname(dirname(real));
  const isPrefix = prefix !== '/' && !apart.some((one) => within(one, prefix) || one === prefix);
  return { root: isPrefix ? prefix : real, bin: dirname(real) };
}

/** A directory of this very user (or root's), by its real path: nobody else puts programs into our view. */
async function ownDirectory(path: string): Promise<string | null> {
  try {
    await lstat(path);
    const real = await realpath(path);
    const found = await stat(real);
    const uid = process.getuid?.() ?? found.uid;
    return found.isDirectory() && (found.uid === uid || found.uid === 0) ? real : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES' || code === 'ELOOP') return null;
    throw error;
  }
}

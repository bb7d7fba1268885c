/** What vtcode is delivered with: the packages in its bundles, those that an installation brings, and its font. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** `bundled`: its code is in dist/. `installed`: npm puts it beside ours. `optional`: only on the platform it is for. */
export type Delivery = 'bundled' | 'installed' | 'optional';

export interface Component {
  name: string;
  version: string;
  /** As its package says, in SPDX. */
  licence: string;
  delivery: Delivery;
  /** Its folder from the root: the key of the lock file. */
  folder: string;
  /** Of its tarball, from the lock file; hex. */
  sha512: string;
  /** Folders of the components that it needs. */
  needs: string[];
}

interface Locked {
  version?: string;
  license?: string;
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
  devOptional?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

type Lock = Record<string, Locked>;

export interface Product {
  version: string;
  components: Component[];
  /** Folders of the components that we name ourselves. */
  needs: string[];
  font: { version: string; files: { path: string; sha256: string }[]; licenceFile: string };
}

/** Reads the lock file and what the last build recorded; throws where there was none. */
export async function readProduct(): Promise<Product> {
  const lock = (JSON.parse(await read('package-lock.json')) as { packages: Lock }).packages;
  const modules = JSON.parse(await read('dist/modules.json')) as Record<'server' | 'web' | 'share', string[]>;
  const bundled = new Set(
    [...modules.server, ...modules.web, ...modules.share].flatMap((path) => folderOf(path, lock)),
  );
  const chosen = Object.keys(lock).filter(
    (folder) => folder !== '' && (bundled.has(folder) || isInstalled(lock[folder]!)),
  );
  const folders = new Set(chosen);
  const components = chosen.sort().map((folder) => component(folder, { lock, folders, bundled }));
  const root = lock['']!;
  const named = [...Object.keys(root.dependencies ?? {}), ...Object.keys(root.devDependencies ?? {})];
  const needs = named.map((name) => `node_modules/${name}`).filter((folder) => folders.has(folder));
  return { version: root.version ?? '', components, needs: needs.sort(), font: await readFont() };
}

const isInstalled = (locked: Locked) => locked.dev !== true && locked.devOptional !== true;

/** The package that a bundled module is of: the longest folder of the lock file above it. */
function folderOf(path: string, lock: Lock): string[] {
  const parts = path.split('/');
  for (let end = parts.length - 1; end > 0; end--) {
    const folder = parts.slice(0, end).join('/');
    if (folder !== '' && lock[folder]) return [folder];
  }
  if (path.startsWith('node_modules/'))
    throw new Error(`${path} is in the bundle and not in package-lock.json: run npm ci`);
  return [];
}

function component(folder: string, from: { lock: Lock; folders: Set<string>; bundled: Set<string> }): Component {
  const locked = from.lock[folder]!;
  const [, name = ''] = /.*node_modules\/(.+)$/.exec(folder) ?? [];
  const wanted = [...Object.keys(locked.dependencies ?? {}), ...Object.keys(locked.optionalDependencies ?? {})];
  const needs = wanted.flatMap((need) => resolve(folder, need, from.lock)).filter((need) => from.folders.has(need));
  const { version, license, integrity } = locked;
  if (!version || !license || !integrity?.startsWith('sha512-'))
    throw new Error(`package-lock.json does not say version, licence and SHA-512 of ${folder}`);
  return {
    name,
    version,
    licence: license,
    delivery: from.bundled.has(folder) ? 'bundled' : locked.optional ? 'optional' : 'installed',
    folder,
    sha512: Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex'),
    needs: [...new Set(needs)].sort(),
  };
}

/** As Node resolves: from the package's own folder upwards. */
function resolve(folder: string, name: string, lock: Lock): string[] {
  for (let base = folder; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    const place = base === '' ? `node_modules/${name}` : `${base}/node_modules/${name}`;
    if (lock[place]) return [place];
    if (base === '') return [];
  }
}

const FONT = 'web/ui/fonts';
/** As the font's own name table says. */
const FONT_VERSION = '2.211';

async function readFont(): Promise<Product['font']> {
  const names = ['jetbrains-mono-latin-400-normal.woff2', 'jetbrains-mono-latin-600-normal.woff2'];
  const files = await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(ROOT, FONT, name));
      return { path: `${FONT}/${name}`, sha256: createHash('sha256').update(bytes).digest('hex') };
    }),
  );
  return { version: FONT_VERSION, files, licenceFile: `${FONT}/OFL.txt` };
}

const read = (path: string) => readFile(join(ROOT, path), 'utf8');

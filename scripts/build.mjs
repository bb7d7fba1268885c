/** Builds the server and the page into dist/, side by side; `dist/modules.json` says what went into them. */
import { build as esbuild } from 'esbuild';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build as vite } from 'vite';
import { buildNative } from './build-native.mjs';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');

/** What cannot be bundled: a native module, and a program that is found through its own package. */
const EXTERNAL = ['better-sqlite3', '@vscode/ripgrep', 'node-pty'];

/**
 * Every chunk of the server lies right in dist/server, so `new URL('../../drizzle', import.meta.url)` names the same folder
 * from a chunk as from a source file two folders deep.
 */
export async function build() {
  const staging = join(DIST, `.staging-${process.pid}`);
  try {
    const server = buildServer(join(staging, 'server'));
    const [page, viewer] = [buildWeb('web', join(staging, 'web')), buildWeb('web/viewer', join(staging, 'share'))];
    const parts = await Promise.all([server, page, viewer, buildLauncher()]);
    await land(join(staging, 'server'), join(DIST, 'server'));
    await land(join(staging, 'web'), join(DIST, 'web'));
    await land(join(staging, 'share'), join(DIST, 'share'));
    const modules = { server: parts[0], web: parts[1], share: parts[2] };
    await writeFile(join(DIST, 'modules.json'), `${JSON.stringify(modules, null, 1)}\n`);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Without a compiler the rest is built all the same: vtcode then starts without commands, and says what is missing. */
async function buildLauncher() {
  try {
    await buildNative();
  } catch (error) {
    process.stderr.write(
      `The sandbox launcher was not built: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  }
}

/**
 * Commands are loaded when they are called: `vtcode --help` reads none of the server. Answers the modules taken in.
 * @param {string} outdir
 */
async function buildServer(outdir) {
  const result = await esbuild({
    absWorkingDir: ROOT,
    entryPoints: { main: 'server/main.ts' },
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: EXTERNAL,
    chunkNames: '[name]-[hash]',
    metafile: true,
    // The source of what is loaded stays in memory: without its blanks it takes a third less. Names stay, for traces.
    minifyWhitespace: true,
    legalComments: 'none', // THIRD_PARTY_NOTICES.md carries every licence
    logLevel: 'warning',
    // Bundled CommonJS calls `require` for what Node brings; an ES module has none of its own.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
  });
  await makeExecutable(join(outdir, 'main.js'));
  const outputs = Object.values(result.metafile.outputs);
  return named(
    outputs.flatMap((o) => Object.entries(o.inputs).flatMap(([id, use]) => (use.bytesInOutput ? [id] : []))),
  );
}

/** @param {string} file */
async function makeExecutable(file) {
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.startsWith('#!') ? text : `#!/usr/bin/env node\n${text}`);
  await chmod(file, 0o755);
}

/**
 * The owner's page, or that of a viewer of a share: each by itself, so that nothing of one is in the other unless both ask for it.
 * Answers the modules taken in, those of the workers with them.
 * @param {string} root
 * @param {string} outDir
 */
async function buildWeb(root, outDir) {
  /** @type {string[]} */
  const modules = [];
  /** @returns {import('vite').Plugin} */
  const recorder = () => ({
    name: 'record-modules',
    generateBundle(_options, bundle) {
      for (const part of Object.values(bundle)) if (part.type === 'chunk') modules.push(...Object.keys(part.modules));
    },
  });
  await vite({
    root: join(ROOT, root),
    configFile: join(ROOT, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir },
    plugins: [recorder()],
    worker: { plugins: () => [recorder()] },
  });
  return named(modules);
}

/**
 * Paths below the root, without queries, sorted, each once. The few lines that the bundler itself puts in count as its own.
 * @param {string[]} ids
 */
function named(ids) {
  const real = ids.map((id) => id.replace(/^\0(vite|rolldown)\//, 'node_modules/$1/'));
  const paths = real.filter((id) => !id.startsWith('\0') && !id.includes(':')).map((id) => id.replace(/\?.*$/, ''));
  const below = paths.map((path) => relative(ROOT, resolve(ROOT, path)).split(sep).join('/'));
  return [...new Set(below)].filter((path) => !path.startsWith('..')).sort();
}

/**
 * Makes `to` equal to `from`. A file that did not change is left alone and one that did is replaced whole, so a server that
 * runs from `to` never finds a file missing that both builds have.
 * @param {string} from
 * @param {string} to
 */
async function land(from, to) {
  const files = await list(from);
  for (const file of files) await landFile(join(from, file), join(to, file));
  const wanted = new Set(files);
  for (const file of await list(to)) if (!wanted.has(file)) await rm(join(to, file));
}

/**
 * @param {string} from
 * @param {string} to
 */
async function landFile(from, to) {
  const [fresh, old] = await Promise.all([readFile(from), readFile(to).catch(() => null)]);
  if (old?.equals(fresh)) return;
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
}

/**
 * Every file below a folder, relative to it; none where there is no such folder.
 * @param {string} dir
 */
async function list(dir) {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(dir, join(entry.parentPath, entry.name)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await build().catch((error) => {
    process.stderr.write(`The build failed: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  });
}

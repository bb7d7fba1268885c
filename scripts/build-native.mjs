/** Builds the sandbox launcher from native/ with the system's C compiler; nothing is built where its inputs did not change. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const NATIVE = fileURLToPath(new URL('../native', import.meta.url));
const OUT = fileURLToPath(new URL('../dist/native', import.meta.url));

const WARNINGS = [
  ...['-Wall', '-Wextra', '-Werror', '-Wconversion', '-Wsign-conversion', '-Wshadow', '-Wundef', '-Wvla', '-Wformat=2'],
  ...['-Wstrict-prototypes', '-Wmissing-prototypes', '-Wcast-qual', '-Wwrite-strings', '-Wpointer-arith'],
];
const BRANCHES = process.arch === 'arm64' ? '-mbranch-protection=standard' : '-fcf-protection=full';
const HARDENING = ['-fstack-protector-strong', '-fstack-clash-protection', '-D_FORTIFY_SOURCE=2', '-fPIE', BRANCHES];
const LINKING = ['-Wl,-z,relro,-z,now,-z,noexecstack'];
const RELEASE = ['-O2', ...HARDENING, ...LINKING];

/**
 * `release` ships. `mutation` can leave layers out, to prove that tests notice. `sanitize` stops at the first mistake with
 * memory or arithmetic. A static program starts without a dynamic loader, hence the two tries of linking; the last try is
 * for a compiler that warns of what none did when this was written.
 * @type {Record<Variant, string[][]>}
 */
const VARIANTS = {
  release: [
    [...RELEASE, '-static-pie'],
    [...RELEASE, '-pie'],
    [...RELEASE, '-pie', '-Wno-error'],
  ],
  mutation: [[...RELEASE, '-pie', '-DVTCODE_MUTATION']],
  sanitize: [['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer']],
};

/** @typedef {'release' | 'mutation' | 'sanitize'} Variant */

/**
 * Answers the path of the launcher, or null on a platform that needs none. Throws with what to do where it cannot be built.
 * `name` is the file's; `compiler` a path for when it is not the first one in PATH.
 * @param {{ outDir?: string, variant?: Variant, name?: string, compiler?: string }} [options]
 * @returns {Promise<string | null>}
 */
export async function buildNative({ outDir = OUT, variant = 'release', name = 'vtcode-sandbox', compiler } = {}) {
  if (process.platform !== 'linux') return null;
  const cc = compiler ?? (await findCompiler());
  const sources = await listSources();
  const target = join(outDir, name);
  const key = await keyOf(cc, sources, VARIANTS[variant]);
  if (await isBuilt(target, key)) return target;
  await mkdir(outDir, { recursive: true });
  await compileFirst(cc, { tries: VARIANTS[variant], sources, target });
  await writeFile(`${target}.key`, key);
  return target;
}

/**
 * Compiles one C program with the same warnings as the launcher: what tests bring of their own.
 * @param {{ sources: string[], target: string, flags?: string[] }} program
 */
export async function compileProgram({ sources, target, flags = [] }) {
  await compile(await findCompiler(), { flags: ['-O1', ...flags], sources, target });
}

/**
 * What the compiler's analyzer has to say of the launcher; empty where that is nothing.
 * @param {string} scratch a folder for what is thrown away
 */
export async function analyzeNative(scratch) {
  const cc = await findCompiler();
  const sources = (await listSources()).filter((path) => path.endsWith('.c'));
  const flags = ['-std=c17', '-D_GNU_SOURCE', '-O1', '-fanalyzer', '-Wno-error', '-c', '-o'];
  const said = await Promise.all(
    sources.map((source, i) => run(cc, [...flags, join(scratch, `${i}.o`), source], { maxBuffer: 1 << 24 })),
  );
  return said.map(({ stderr }) => stderr).join('');
}

async function findCompiler() {
  const dirs = (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  for (const name of ['cc', 'gcc', 'clang'])
    for (const dir of dirs) if (await isExecutable(join(dir, name))) return join(dir, name);
  throw new Error(
    'The sandbox launcher is built from source, and no C compiler (cc, gcc or clang) is in PATH. Install one: ' +
      'apt-get install gcc libc6-dev · dnf install gcc glibc-static · pacman -S gcc · apk add gcc musl-dev linux-headers',
  );
}

/** @param {string} path */
const isExecutable = (path) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

async function listSources() {
  const names = (await readdir(NATIVE)).filter((name) => /\.[ch]$/.test(name));
  return names.sort().map((name) => join(NATIVE, name));
}

/**
 * @param {string} cc
 * @param {string[]} sources
 * @param {string[][]} tries
 */
async function keyOf(cc, sources, tries) {
  const hash = createHash('sha256');
  const { stdout } = await run(cc, ['--version']);
  hash.update(JSON.stringify([cc, stdout, process.arch, WARNINGS, tries]));
  for (const source of sources) hash.update(`${source}\0`).update(await readFile(source));
  return `${hash.digest('hex')}\n`;
}

/**
 * @param {string} target
 * @param {string} key
 */
async function isBuilt(target, key) {
  const old = await readFile(`${target}.key`, 'utf8').catch(() => '');
  return old === key && (await isExecutable(target));
}

/**
 * @param {string} cc
 * @param {{ tries: string[][], sources: string[], target: string }} work
 */
async function compileFirst(cc, { tries, sources, target }) {
  const errors = [];
  for (const flags of tries) {
    try {
      return await compile(cc, { flags, sources: sources.filter((path) => path.endsWith('.c')), target });
    } catch (error) {
      errors.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(`The sandbox launcher cannot be built by ${cc}:\n${errors[0]}`);
}

/**
 * Moved into place whole: a server that starts meanwhile finds the old one or the new one.
 * @param {string} cc
 * @param {{ flags: string[], sources: string[], target: string }} work
 */
async function compile(cc, { flags, sources, target }) {
  const fresh = `${target}.${process.pid}`;
  try {
    await run(cc, ['-std=c17', '-D_GNU_SOURCE', ...WARNINGS, ...flags, '-o', fresh, ...sources], {
      maxBuffer: 1 << 24,
    });
    await rename(fresh, target);
  } finally {
    await rm(fresh, { force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const built = await buildNative();
  process.stdout.write(built === null ? 'No launcher is needed on this platform.\n' : `${built}\n`);
}

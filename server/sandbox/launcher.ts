/** Where the launcher is: built with the program, or compiled from its sources at first start; never one that others may change. */
import {
  access,
  chmod,
  constants,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  stat,
} from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LIMITS } from '../../shared/limits.ts';
import { sha256 } from '../base/hash.ts';
import type { Spawn } from '../base/spawn.ts';
import { within } from './compile.ts';

/** The same from a chunk of dist/server as from this file. */
const BUILT = fileURLToPath(new URL('../../dist/native/vtcode-sandbox', import.meta.url));
const SOURCES = fileURLToPath(new URL('../../native', import.meta.url));
/** By their own paths: a compiler that PATH names could be anybody's. */
const COMPILERS = ['/usr/bin/cc', '/usr/bin/gcc', '/usr/bin/clang', '/usr/local/bin/cc', '/usr/local/bin/clang'];

export interface LauncherIn {
  /** The workspace, by its real path. */
  root: string;
  /** Ours, 0700. */
  stateDir: string;
  spawn: Spawn;
  /** For tests: other places than those of the program. */
  built?: string;
  sources?: string;
  compilers?: readonly string[];
}

/** `path` is empty where there is none; `why` then says so and how to get one. */
export interface Launcher {
  path: string;
  why: string;
}

export async function findLauncher(from: LauncherIn): Promise<Launcher> {
  const built = from.built ?? BUILT;
  const problem = await unfit(built);
  if (problem === '') return { path: await settle(built, from), why: '' };
  const compiled = await compileLauncher(from);
  return compiled.path !== '' ? compiled : { path: '', why: `${compiled.why} (${built} ${problem})` };
}

/** Why it may not be started; empty where it may. */
async function unfit(path: string): Promise<string> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return 'is not there';
  if (!found.isFile()) return 'is not a file';
  const uid = process.getuid?.() ?? found.uid;
  if (found.uid !== uid && found.uid !== 0) return `belongs to user ${found.uid}`;
  if ((found.mode & 0o022) !== 0) return 'may be written by others';
  const runs = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  return runs ? '' : 'may not be executed';
}

/** One that lies in the workspace could be replaced by a command: what runs then is a copy of ours. */
async function settle(path: string, { root, stateDir }: LauncherIn): Promise<string> {
  const real = await realpath(path);
  if (!within(real, root)) return real;
  const dir = join(stateDir, 'launcher', sha256(await readFile(real)).slice(0, 16));
  const target = join(dir, 'vtcode-sandbox');
  if ((await unfit(target)) === '' && (await readFile(target)).equals(await readFile(real))) return target;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const fresh = join(dir, `new-${process.pid}`);
  await copyFile(real, fresh);
  await chmod(fresh, 0o700);
  await rename(fresh, target);
  return target;
}

async function compileLauncher({
  stateDir,
  spawn,
  sources = SOURCES,
  compilers = COMPILERS,
}: LauncherIn): Promise<Launcher> {
  const files = (await readdir(sources).catch(() => [])).filter((name) => /^[a-z-]+\.[ch]$/.test(name)).sort();
  if (!files.includes('main.c'))
    return { path: '', why: `There is no launcher, and its sources are not in ${sources}.` };
  const compiler = await firstThere(compilers);
  if (compiler === null)
    return {
      path: '',
      why: 'The launcher must be compiled, and there is no C compiler: apt-get install gcc libc6-dev, then start again.',
    };
  const bytes = await Promise.all(files.map((name) => readFile(join(sources, name))));
  const key = sha256(Buffer.concat([Buffer.from(`${compiler}\n`), ...bytes])).slice(0, 16);
  const dir = join(stateDir, 'launcher', key);
  const target = join(dir, 'vtcode-sandbox');
  if ((await unfit(target)) === '') return { path: target, why: '' };
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const fresh = join(dir, `new-${process.pid}`);
  const inputs = files.filter((name) => name.endsWith('.c')).map((name) => join(sources, name));
  const result = await spawn.run('compile-launcher', [compiler, '-o', fresh, ...inputs], {
    signal: new AbortController().signal,
    timeoutMs: LIMITS.compileMs.value,
    maxOutputBytes: 64 * 1024,
    cwd: dir,
    env: 'minimal',
    stdin: 'none',
  });
  if (result.code !== 0) {
    const said =
      result.startError || result.stderr.toString('utf8').split('\n').slice(0, 3).join(' ') || 'it said nothing';
    return { path: '', why: `${compiler} could not compile the launcher: ${said}` };
  }
  await chmod(fresh, 0o700);
  await rename(fresh, target);
  return { path: target, why: '' };
}

async function firstThere(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    const found = await stat(path).catch(() => null);
    if (found?.isFile()) return path;
  }
  return null;
}

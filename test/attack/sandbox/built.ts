/** The launcher and the programs that tests bring, built once for all test files and kept while their sources stay the same. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative, compileProgram, NATIVE } from '../../../scripts/build-native.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** Paths of what was built. Readable and executable by every user. */
export interface Built {
  release: string;
  mutation: string;
  sanitize: string;
  /** A folder with `attack` in it, to be put in PATH. */
  bin: string;
  terminal: string;
  filter: string;
  fuzz: string;
}

/** Two test files that start at once may both build: the first to finish is kept. */
export async function built(): Promise<Built> {
  const dir = join(tmpdir(), `vtcode-native-${userInfo().uid}-${digestOfSources()}`);
  if (!existsSync(dir)) {
    const fresh = mkdtempSync(`${dir}.`);
    await buildAll(fresh);
    try {
      renameSync(fresh, dir);
    } catch (error) {
      rmSync(fresh, { recursive: true, force: true });
      if (!existsSync(dir)) throw error;
    }
  }
  // Its name can be guessed: what somebody else put there is not run.
  const { uid, mode } = lstatSync(dir);
  if (uid !== userInfo().uid || (mode & 0o22) !== 0) throw new Error(`${dir} is not ours: remove it`);
  return paths(dir);
}

const paths = (dir: string): Built => ({
  release: join(dir, 'release'),
  mutation: join(dir, 'mutation'),
  sanitize: join(dir, 'sanitize'),
  bin: join(dir, 'bin'),
  terminal: join(dir, 'terminal'),
  filter: join(dir, 'filter'),
  fuzz: join(dir, 'fuzz'),
});

async function buildAll(dir: string): Promise<void> {
  const at = paths(dir);
  mkdirSync(at.bin, { recursive: true });
  for (const variant of ['release', 'mutation', 'sanitize'] as const)
    await buildNative({ outDir: dir, variant, name: variant });
  const own = (...names: string[]) => names.map((name) => join(HERE, name));
  const native = (...names: string[]) => names.map((name) => join(NATIVE, name));
  const attacks = readdirSync(HERE).filter((name) => /^attack.*\.c$/.test(name));
  await compileProgram({ sources: own(...attacks), target: join(at.bin, 'attack'), flags: ['-lutil'] });
  await compileProgram({ sources: own('terminal.c'), target: at.terminal, flags: ['-lutil'] });
  const include = `-I${NATIVE}`;
  await compileProgram({
    sources: [...own('filter-run.c'), ...native('filter.c')],
    target: at.filter,
    flags: [include, '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
  });
  await compileProgram({
    sources: [...own('fuzz.c'), ...native('args.c', 'check.c', 'path.c', 'layers.c')],
    target: at.fuzz,
    flags: [include, '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
  });
  chmodSync(dir, 0o755);
}

function digestOfSources(): string {
  const hash = createHash('sha256');
  for (const dir of [NATIVE, HERE])
    for (const name of readdirSync(dir).sort())
      if (/\.[ch]$/.test(name)) hash.update(`${name}\0`).update(readFileSync(join(dir, name)));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Writes the seccomp filters of the launcher as files, for machines without a C compiler: native/filter-ARCH.bpf, the
 * instructions as the kernel takes them. `npm run filters` after a change of native/filter.c or native/calls.h; a test
 * compares them.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compileProgram, NATIVE } from './build-native.mjs';

const RUNNER = fileURLToPath(new URL('../test/attack/sandbox/filter-run.c', import.meta.url));
export const ARCHS = ['x86_64', 'aarch64'];

/**
 * With unix sockets, and without the network of the host, which is not given where there is no Landlock.
 * @param {string} program the compiled runner
 * @param {string} arch
 */
export const dumpFilter = (program, arch) =>
  execFileSync(program, [arch, '1', '0', 'dump'], { stdio: ['ignore', 'pipe', 'ignore'] });

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const dir = await mkdtemp(join(tmpdir(), 'vtcode-filters-'));
  try {
    const target = join(dir, 'filter');
    await compileProgram({ sources: [RUNNER, join(NATIVE, 'filter.c')], target, flags: [`-I${NATIVE}`] });
    for (const arch of ARCHS) {
      const file = join(NATIVE, `filter-${arch}.bpf`);
      await writeFile(file, dumpFilter(target, arch));
      process.stdout.write(`${file}\n`);
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

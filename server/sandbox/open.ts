/** Opens confinement for one workspace: finds the launcher, asks the kernel, tries to break out, and only then offers commands. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxStatus } from '../../shared/sandbox.ts';
import { Fault } from '../base/fault.ts';
import type { Spawn } from '../base/spawn.ts';
import type { PathRule } from '../policy/paths.ts';
import { openLauncherRuns } from './linux.ts';
import { findLauncher } from './launcher.ts';
import { noSandbox, probe, statusOf } from './probe.ts';
import type { Confinement } from './sandbox.ts';
import { selfTest } from './selftest.ts';

export interface ConfinementOptions {
  /** The workspace, by its real path. */
  root: string;
  /** Of this workspace, ours, 0700, made. */
  stateDir: string;
  configDir: string;
  homes: readonly string[];
  /** What a child may know of the host's environment. */
  variables: Readonly<Record<string, string>>;
  spawn: Spawn;
  access: 'read' | 'write';
  /** Those of the settings as they are now. */
  rules: () => readonly PathRule[];
  /** `sandbox.read_roots` of the settings: absolute. */
  readRoots: () => readonly string[];
  /** For tests and for who brings a launcher of their own. */
  launcher?: string;
}

/** Never throws for what the machine lacks: then the tier is `none`, and `prepare` says why. */
export async function openConfinement(options: ConfinementOptions): Promise<Confinement> {
  const dir = join(options.stateDir, 'sandbox');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if (process.platform !== 'linux')
    return closed(noSandbox(`There is no confinement for ${process.platform} yet: no command can run here.`));
  const launcher = options.launcher === undefined ? await findLauncher(options) : { path: options.launcher, why: '' };
  if (launcher.path === '') return closed(noSandbox(launcher.why));
  const { report, why } = await probe(options.spawn, launcher.path);
  const status = report === null ? noSandbox(why) : statusOf(report);
  if (status.tier === 'none') return closed(status);
  const runs = await openLauncherRuns({ ...options, dir, launcher: launcher.path });
  const tested = await selfTest({ ...options, dir, launcher: launcher.path, status });
  if (tested.tier === 'none') {
    await runs.close();
    return closed(tested);
  }
  return { status: () => tested, prepare: runs.prepare, close: runs.close };
}

const closed = (status: SandboxStatus): Confinement => ({
  status: () => status,
  prepare: () =>
    Promise.reject(
      new Fault({
        status: 503,
        code: 'no_sandbox',
        message: `No command can run here, for nothing would confine it: ${status.why}`,
        hint: 'vtcode doctor says how to mend it.',
      }),
    ),
  close: () => Promise.resolve(),
});

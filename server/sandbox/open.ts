/** Opens confinement for one workspace: finds the launcher, asks the kernel, tries to break out, and only then offers commands. */
import { lstat, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxStatus } from '../../shared/sandbox.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import type { Spawn } from '../base/spawn.ts';
import type { PathRule } from '../policy/paths.ts';
import type { Assistant } from './assisted.ts';
import { openLauncherRuns } from './linux.ts';
import { findLauncher } from './launcher.ts';
import { noSandbox, probe, statusOf } from './probe.ts';
import type { Confinement } from './sandbox.ts';
import { selfTest } from './selftest.ts';

const BWRAP = '/usr/bin/bwrap';

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
  /** For tests: what is done where this user may make no namespaces, also where they may. */
  forceAssisted?: boolean;
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
  const status = report === null ? noSandbox(why) : statusOf(report, options.forceAssisted === true);
  if (status.tier === 'none') return closed(status);
  const assistant =
    status.tier === 'assisted' ? await findAssistant(options.spawn, { launcher: launcher.path, dir }) : null;
  if (status.tier === 'assisted' && assistant === null) return closed(noSandbox(status.why));
  const how = { ...options, dir, launcher: launcher.path, assistant };
  const runs = await openLauncherRuns(how);
  const tested = await selfTest({ ...how, status });
  if (tested.tier === 'none') {
    await runs.close();
    return closed(tested);
  }
  return { status: () => tested, prepare: runs.prepare, close: runs.close };
}

/** The system's bubblewrap, owned by root and new enough; null where there is none. */
async function findAssistant(
  spawn: Spawn,
  { launcher, dir }: { launcher: string; dir: string },
): Promise<Assistant | null> {
  const found = await lstat(BWRAP).catch(() => null);
  if (found === null || !found.isFile() || found.uid !== 0 || (found.mode & 0o022) !== 0) return null;
  const result = await spawn.run('sandbox', [BWRAP, '--version'], {
    signal: new AbortController().signal,
    timeoutMs: LIMITS.probeMs.value,
    maxOutputBytes: 1024,
    cwd: '/',
    env: 'minimal',
    stdin: 'none',
  });
  const [, major = '0', minor = '0'] = /^bubblewrap (\d+)\.(\d+)/.exec(result.stdout.toString('utf8')) ?? [];
  const version = Number(major) * 1_000 + Number(minor);
  if (version < 5) return null; // without --perms and --clearenv
  const blank = join(dir, 'blank');
  await writeFile(blank, '', { mode: 0o000, flag: 'a' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES') throw error; // it is there, and closed as it should be
  });
  return { bwrap: BWRAP, boundsTmpfs: version >= 7, launcher, blank };
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

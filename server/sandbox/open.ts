/** Opens confinement for one workspace: finds the launcher, asks the kernel, tries to break out, and only then offers commands. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SandboxStatus } from '../../shared/sandbox.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import type { Spawn } from '../base/spawn.ts';
import type { PathRule } from '../policy/paths.ts';
import type { Assistant, BwrapAssistant } from './assisted.ts';
import { openLauncherRuns } from './linux.ts';
import { findLauncher } from './launcher.ts';
import { PRLIMIT, type PartialAssistant } from './partial.ts';
import { noSandbox, partialStatus, probe, statusOf } from './probe.ts';
import type { Confinement } from './sandbox.ts';
import { selfTest } from './selftest.ts';
import { readSystem } from './system-view.ts';

const BWRAP = '/usr/bin/bwrap';
/** The same from a chunk of dist/server as from this file. */
const FILTERS = fileURLToPath(new URL('../../native', import.meta.url));

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
  /** Where our own server listens: no command may connect there. */
  ownPort?: number;
  /** For tests and for who brings a launcher of their own; empty where there is to be none. */
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
  const [found, roots] = await Promise.all([findTier(options, dir), readSystem()]);
  const { status, launcher, assistant } = found;
  if (status.tier === 'none') return closed(status);
  const how = { ...options, dir, launcher, assistant, roots };
  const testing = selfTest({ ...how, status }); // never rejects
  const runs = await openLauncherRuns(how).catch(async (error: unknown) => {
    await testing; // its place is below the directory that is about to be left
    throw error;
  });
  const tested = await testing;
  if (tested.tier === 'none') {
    await runs.close();
    return closed(tested);
  }
  return { ...runs, status: () => tested };
}

interface Found {
  status: SandboxStatus;
  assistant: Assistant | PartialAssistant | null;
}

async function findTier(options: ConfinementOptions, dir: string): Promise<Found & { launcher: string }> {
  const { path, why } =
    options.launcher === undefined ? await findLauncher(options) : { path: options.launcher, why: '' };
  const found = path === '' ? await without(options, dir, why) : await withLauncher(options, dir, path);
  return { ...found, launcher: path };
}

async function withLauncher(
  { spawn, forceAssisted }: ConfinementOptions,
  dir: string,
  launcher: string,
): Promise<Found> {
  const { report, why } = await probe(spawn, launcher);
  const status = report === null ? noSandbox(why) : statusOf(report, forceAssisted === true);
  if (status.tier !== 'assisted') return { status, assistant: null };
  const bwrap = await findBwrap(spawn, dir);
  if (bwrap === null) return { status: noSandbox(status.why), assistant: null };
  return { status, assistant: { kind: 'launcher', launcher, ...bwrap } };
}

/** There is no launcher, and `why` says so: what is left are the view of bubblewrap and the filter that came with us. */
async function without({ spawn }: ConfinementOptions, dir: string, why: string): Promise<Found> {
  const bwrap = await findBwrap(spawn, dir);
  const filter = await findFilter(dir);
  if (bwrap === null || filter === null) return { status: noSandbox(why), assistant: null };
  return { status: partialStatus(why), assistant: { kind: 'filter', filter, ...bwrap } };
}

/** The system's bubblewrap, owned by root and new enough; null where there is none. */
async function findBwrap(spawn: Spawn, dir: string): Promise<BwrapAssistant | null> {
  if (!(await isOnly(BWRAP, [0]))) return null;
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
  return { bwrap: BWRAP, boundsTmpfs: version >= 7, blank };
}

/** Our filter for this processor, as a copy that no command can change; null where something is not there. */
async function findFilter(dir: string): Promise<string | null> {
  const arch = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string];
  if (arch === undefined || !(await isOnly(PRLIMIT, [0]))) return null;
  const shipped = join(FILTERS, `filter-${arch}.bpf`);
  if (!(await isOnly(shipped, [0, process.getuid?.() ?? 0]))) return null;
  const copy = join(dir, 'filter.bpf');
  await writeFile(copy, await readFile(shipped), { mode: 0o600 });
  return copy;
}

/** A file that nobody but these users may change. */
async function isOnly(path: string, owners: readonly number[]): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && found.isFile() && owners.includes(found.uid) && (found.mode & 0o022) === 0;
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
  leftBehind: [],
  close: () => Promise.resolve(),
});

/** Asks the launcher once what the kernel offers, and tells which tier that makes. */
import * as z from 'zod';
import type { SandboxStatus } from '../../shared/sandbox.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Spawn } from '../base/spawn.ts';

export const ProbeReport = z.object({
  version: z.literal(1),
  arch: z.string(),
  kernel: z.string(),
  uid: z.int(),
  landlock: z.object({ abi: z.int(), errata: z.int() }),
  namespaces: z.record(z.string(), z.boolean()),
  /** A process was confined whole, once. */
  ready: z.boolean(),
  /** What bounds the number of processes: `pid_max`, `rlimit`, `none` … */
  pids: z.string(),
  why: z.string(),
});
export type ProbeReport = z.infer<typeof ProbeReport>;

/** Null where the launcher could not be run or was not understood; `why` says which. */
export async function probe(spawn: Spawn, launcher: string): Promise<{ report: ProbeReport | null; why: string }> {
  const result = await spawn.run('sandbox', [launcher, '--probe'], {
    signal: new AbortController().signal,
    timeoutMs: LIMITS.probeMs.value,
    maxOutputBytes: 64 * 1024,
    cwd: '/',
    env: 'minimal',
    stdin: 'none',
  });
  if (result.startError !== '')
    return { report: null, why: `The launcher could not be started: ${result.startError}.` };
  const report = ProbeReport.safeParse(parse(result.stdout.toString('utf8')));
  if (report.success) return { report: report.data, why: '' };
  const said = result.stderr.toString('utf8').trim().slice(0, 400) || `it ended with ${result.signal ?? result.code}`;
  return { report: null, why: `The launcher could not tell what the kernel offers: ${said}.` };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // told by the caller as not understood
  }
}

/** What an ABI lacks, and what keeps that shut all the same (Documentation/userspace-api/landlock.rst). */
const LANDLOCK: readonly { from: number; what: string; means: string }[] = [
  { from: 2, what: 'Landlock REFER', means: 'files cannot be moved between folders of the workspace' },
  { from: 3, what: 'Landlock TRUNCATE', means: 'truncation is held by the mounts alone' },
  { from: 4, what: 'Landlock network rules', means: 'a command with the network of the host may connect to any port' },
  { from: 5, what: 'Landlock device rules', means: 'device control is held by the empty /dev and seccomp alone' },
  { from: 6, what: 'Landlock scopes', means: 'signals and abstract sockets are held by the namespaces alone' },
  {
    from: 9,
    what: 'Landlock rules for sockets in folders',
    means: 'a socket that the host makes in the workspace while a command runs can be reached by it',
  },
];

const NOTHING: SandboxStatus['layers'] = { namespaces: false, landlock: 0, seccomp: false, pidLimit: false };

export const noSandbox = (why: string): SandboxStatus => ({
  tier: 'none',
  why,
  layers: NOTHING,
  missing: [],
  checks: [],
});

/** Before the attacks at start: the best that the machine could hold. */
export function statusOf(report: ProbeReport, forceAssisted = false): SandboxStatus {
  const { abi } = report.landlock;
  const missing = LANDLOCK.filter(({ from }) => abi < from).map(({ what, means }) => ({ what, means }));
  if (abi < 1) {
    const root = report.uid === 0 ? ' As root, nothing else keeps a command from the settings of the kernel.' : '';
    const mend = 'Boot with `landlock` in the list of lsm= (Linux 5.13 or newer), and start again.';
    return { ...noSandbox(`The kernel has no Landlock.${root} ${mend}`), missing };
  }
  if (forceAssisted || (!report.ready && report.namespaces['user'] === false)) return assistedStatus(report, missing);
  if (!report.ready)
    return { ...noSandbox(`${report.why || 'A process could not be confined.'} ${userns(report)}`), missing };
  const pidLimit = report.pids !== 'none' && report.pids !== '';
  if (!pidLimit) missing.push({ what: 'a bound on processes', means: 'a command may start as many as its user may' });
  return {
    tier: 'full',
    why: `Namespaces, Landlock (ABI ${abi}) and seccomp are in force on Linux ${report.kernel}.`,
    layers: { namespaces: true, landlock: abi, seccomp: true, pidLimit },
    missing,
    checks: [],
  };
}

const ONE_AT_A_TIME = {
  what: 'commands side by side',
  means: 'one command, or one open terminal, at a time: bubblewrap follows links that another could make meanwhile',
};

/** For as long as the attacks at start say the same. `why` is what to do where there is no bubblewrap. */
const assistedStatus = (report: ProbeReport, missing: SandboxStatus['missing']): SandboxStatus => ({
  tier: 'assisted',
  why: `bubblewrap makes the namespaces, which this user may not. ${userns(report)}`.trim(),
  layers: { namespaces: true, landlock: report.landlock.abi, seccomp: true, pidLimit: report.uid !== 0 },
  missing: [...missing, ONE_AT_A_TIME],
  checks: [],
});

/** Without a launcher; `why` says what it lacks. For as long as the attacks at start say the same. */
export const partialStatus = (why: string): SandboxStatus => ({
  tier: 'partial',
  why: `bubblewrap and seccomp confine commands, without Landlock. ${why}`,
  layers: { namespaces: true, landlock: 0, seccomp: true, pidLimit: process.getuid?.() !== 0 },
  missing: [
    { what: 'Landlock', means: 'files are held by the mounts alone, and no second layer stands behind them' },
    ONE_AT_A_TIME,
    { what: 'a terminal for commands', means: 'they write to a pipe, so many print no colours' },
    { what: 'networks', means: 'commands have their own loopback only, whatever the settings say' },
  ],
  checks: [],
});

function userns({ namespaces }: ProbeReport): string {
  if (namespaces['user'] !== false) return '';
  return (
    'This user may not make user namespaces. On Ubuntu 23.10 and newer: sudo apt-get install bubblewrap, or an AppArmor profile ' +
    'that grants `userns` to the launcher; elsewhere: sudo sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000.'
  );
}

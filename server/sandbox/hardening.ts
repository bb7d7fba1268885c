/** Makes our own process hard to read and hard to steer, before anything else runs. */
import { readFile } from 'node:fs/promises';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import type { Spawn } from '../base/spawn.ts';
import { preloads } from './env.ts';

/** Something a person should know of the environment we were started in. */
export interface StartWarning {
  /** Stable, lower case, words joined by `_`. */
  code: string;
  message: string;
  hint: string;
}

export interface HardenOptions {
  /** As the process was started with. */
  variables: Readonly<Record<string, string>>;
  spawn: Spawn;
}

export interface Hardened {
  warnings: StartWarning[];
  /** Fulfilled, once no core dump is left any more, with what went wrong there. Never rejects. */
  core: Promise<StartWarning[]>;
}

/**
 * Files that we make are ours alone, no core dump holds a key, no debugger attaches by a signal. Throws a Fault where an
 * inspector is open: who can reach it owns the process. Must be called, and `core` awaited, before a key is read.
 */
export async function harden({ variables, spawn }: HardenOptions): Promise<Hardened> {
  process.umask(0o077);
  process.on('SIGUSR1', ignoreDebugSignal);
  await refuseInspector(variables);
  const found = [preloadWarning(variables), tlsWarning(variables), debugWarning(variables), rootWarning()];
  return { warnings: found.filter((warning) => warning !== null), core: limitCore(spawn) };
}

/** A listener takes the place of Node's own, which opens the inspector. */
function ignoreDebugSignal(): void {
  // Nothing to do: that it is here is what counts.
}

const INSPECTOR_FLAG = /^--(?:inspect|debug)/;

async function refuseInspector(variables: Readonly<Record<string, string>>): Promise<void> {
  const options = (variables['NODE_OPTIONS'] ?? '').split(/\s+/).map((word) => word.replace(/^["']/, ''));
  const flag = [...process.execArgv, ...options].find((word) => INSPECTOR_FLAG.test(word));
  const url = process.features.inspector ? (await import('node:inspector')).url() : undefined;
  if (flag === undefined && url === undefined) return;
  throw new Fault({
    status: 403,
    code: 'inspector_open',
    message: `A debugger can attach to this process (${flag ?? url}): who reaches it reads every key and answers every approval.`,
    hint: 'Start vtcode without --inspect, on the command line and in NODE_OPTIONS.',
  });
}

function preloadWarning(variables: Readonly<Record<string, string>>): StartWarning | null {
  const names = preloads(variables);
  if (names.length === 0) return null;
  return {
    code: 'preload',
    message: `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} set, and can have put code into this very process. No child gets ${names.length === 1 ? 'it' : 'them'}.`,
    hint: `If that was not you: env ${names.map((name) => `-u ${name}`).join(' ')} vtcode …`,
  };
}

function tlsWarning(variables: Readonly<Record<string, string>>): StartWarning | null {
  if (variables['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return null;
  return {
    code: 'tls_checks',
    message: 'NODE_TLS_REJECT_UNAUTHORIZED=0 is set; it is not obeyed here: certificates of providers are checked.',
    hint: 'For a certificate of your own organisation set NODE_EXTRA_CA_CERTS to its file.',
  };
}

function debugWarning(variables: Readonly<Record<string, string>>): StartWarning | null {
  const debug = variables['NODE_DEBUG'] ?? '';
  if (debug === '') return null;
  return {
    code: 'node_debug',
    message: `NODE_DEBUG=${debug} is set: Node writes what it sends, keys among it, to stderr.`,
    hint: 'Unset it, unless you look for a fault in Node.',
  };
}

function rootWarning(): StartWarning | null {
  if (process.getuid?.() !== 0) return null;
  return {
    code: 'root',
    message: 'vtcode runs as root: what the agent is let to do, it is let to do to the whole machine.',
    hint: 'Run it as the user that owns the project.',
  };
}

const PRLIMIT = '/usr/bin/prlimit';

async function limitCore(spawn: Spawn): Promise<StartWarning[]> {
  const before = await coreLimit();
  if (before === '0:0') return [];
  const failed = process.platform === 'linux' ? await runPrlimit(spawn) : 'this system has no prlimit';
  const after = await coreLimit();
  if (after.startsWith('0:')) return [];
  const warning = {
    code: 'core_dumps',
    message: `A crash may leave a core dump with keys in it: the limit is ${after} (${failed || 'it was not taken'}).`,
    hint: 'Start vtcode from a shell where `ulimit -c 0` was run; on Debian, prlimit comes with util-linux.',
  };
  return [warning];
}

/** Why it could not be run; empty where it ran. */
async function runPrlimit(spawn: Spawn): Promise<string> {
  const result = await spawn.run('limit-core', [PRLIMIT], {
    signal: AbortSignal.timeout(LIMITS.killGraceMs.value),
    timeoutMs: LIMITS.killGraceMs.value,
    maxOutputBytes: 1024,
    cwd: '/',
    env: 'minimal',
    stdin: 'none',
  });
  return result.startError || (result.code === 0 ? '' : `prlimit ended with ${result.signal ?? result.code}`);
}

/** `soft:hard` of our own core dumps, in the system's words; `unknown:unknown` where they cannot be read. */
async function coreLimit(): Promise<string> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const line = /^Max core file size\s+(\S+)\s+(\S+)/m.exec(limits);
  if (line) return `${line[1]}:${line[2]}`;
  const report: unknown = process.report.getReport();
  const held = (report as { userLimits?: { core_file_size_blocks?: { soft: unknown; hard: unknown } } }).userLimits;
  const core = held?.core_file_size_blocks;
  return core ? `${String(core.soft)}:${String(core.hard)}` : 'unknown:unknown';
}

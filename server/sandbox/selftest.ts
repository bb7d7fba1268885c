/** Tries to break out, once at start, in a workspace of its own: what is not stopped there closes commands altogether. */
import { mkdir, readlink, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { SandboxStatus } from '../../shared/sandbox.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Spawn } from '../base/spawn.ts';
import { ATTACKS, attackScript, type AttackFacts } from './attacks.ts';
import { openCanary } from './canary.ts';
import { openLauncherRuns, type LauncherRuns } from './linux.ts';

export interface SelfTestIn extends LauncherRuns {
  status: SandboxStatus;
  spawn: Spawn;
}

const Answer = z.object({
  /** Ordinary work: empty where it went well. Where it did not, nothing that was "blocked" counts. */
  work: z.string(),
  checks: z.array(z.object({ name: z.string(), blocked: z.boolean(), detail: z.string() })),
});

/** The status with its checks; `none` where an attack came through, where work did not, or where the test could not be run. */
export async function selfTest(options: SelfTestIn): Promise<SandboxStatus> {
  const { dir, status } = options;
  const place = join(dir, `selftest-${process.pid}`);
  try {
    return judge(status, await attempt(options, place));
  } catch (error) {
    return closed(status, `the attacks at start could not be tried: ${(error as Error).message}`);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

function judge(status: SandboxStatus, answer: z.infer<typeof Answer>): SandboxStatus {
  const tested = { ...status, checks: answer.checks };
  if (answer.work !== '') return closed(tested, `ordinary work in the sandbox failed: ${answer.work}`);
  const missing = ATTACKS.filter((name) => !answer.checks.some((check) => check.name === name));
  if (missing.length > 0) return closed(tested, `not tried at start: ${missing.join(', ')}`);
  const open = answer.checks.filter(({ blocked }) => !blocked).map(({ name }) => name);
  return open.length === 0 ? tested : closed(tested, `the sandbox did not stop: ${open.join(', ')}`);
}

const closed = (status: SandboxStatus, why: string): SandboxStatus => ({
  ...status,
  tier: 'none',
  why: `Commands are not offered: ${why}.`,
});

async function attempt(options: SelfTestIn, place: string): Promise<z.infer<typeof Answer>> {
  const [work, outside, inner] = [join(place, 'work'), join(place, 'outside'), join(place, 'state', 'workspace')];
  for (const path of [join(work, '.git/hooks'), outside, join(inner, 'sandbox')])
    await mkdir(path, { recursive: true, mode: 0o700 });
  await writeFile(join(work, '.git/config'), '[core]\n');
  await writeFile(join(work, '.env'), 'CANARY=1\n');
  await writeFile(join(outside, 'secret'), 'canary\n');
  const canary = await openCanary();
  const runs = await openLauncherRuns({
    ...options,
    root: work,
    stateDir: inner,
    dir: join(inner, 'sandbox'),
    configDir: join(place, 'config'),
    access: 'write',
    rules: () => [],
    readRoots: () => [],
  });
  try {
    const facts = await factsOf({ work, outside, port: canary.port });
    const answer = await run(options, runs, facts);
    const byPort = canary.visits() > 0 ? 'a connection came in' : '';
    const checks = answer.checks.map((check) =>
      check.name === 'reach a port of this machine' && byPort !== ''
        ? { ...check, blocked: false, detail: byPort }
        : check,
    );
    return { ...answer, checks };
  } finally {
    await runs.close();
    await canary.close();
  }
}

async function factsOf(known: Pick<AttackFacts, 'work' | 'outside' | 'port'>): Promise<AttackFacts> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  return {
    ...known,
    pid: process.pid,
    started: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '',
    pidNamespace: await readlink('/proc/self/ns/pid'),
    netNamespace: await readlink('/proc/self/ns/net'),
  };
}

type Runs = Awaited<ReturnType<typeof openLauncherRuns>>;

async function run(options: SelfTestIn, runs: Runs, facts: AttackFacts): Promise<z.infer<typeof Answer>> {
  const prepared = await runs.prepare({
    cwd: '.',
    env: {},
    git: 'readonly',
    network: { mode: 'none', hosts: [] },
    limits: {
      pids: 512,
      nofile: 1024,
      fileBytes: 1 << 24,
      dataBytes: 2 ** 33,
      wallMs: LIMITS.selfTestMs.value,
      outputBytes: 1 << 16,
    },
    pty: null,
    session: 'self-test',
  });
  const argv = prepared.argv([process.execPath, '-e', attackScript(), JSON.stringify(facts)]);
  const result = await options.spawn.run('sandbox', withoutControl(argv), {
    signal: new AbortController().signal,
    timeoutMs: LIMITS.selfTestMs.value,
    maxOutputBytes: 64 * 1024,
    cwd: '/',
    env: prepared.env,
    stdin: 'none',
  });
  await prepared.done();
  const said = (result.startError || result.stderr.toString('utf8').trim()).slice(0, 400);
  if (result.code !== 0) throw new Error(said || `it ended with ${result.signal ?? result.code}`);
  return Answer.parse(JSON.parse(result.stdout.toString('utf8')));
}

/** Nobody listens on the channel here. */
function withoutControl(argv: readonly string[]): string[] {
  const at = argv.indexOf('--control-fd');
  return at < 0 ? [...argv] : [...argv.slice(0, at), ...argv.slice(at + 2)];
}

/** Prepares runs behind the launcher: what stands in the workspace now becomes the policy of one command. */
import { lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SandboxPolicy } from '../../shared/sandbox.ts';
import { locate } from '../base/contained.ts';
import { Fault } from '../base/fault.ts';
import { digest } from '../base/hash.ts';
import { type Assistant, compileAssisted } from './assisted.ts';
import { carve, type Carving } from './carve.ts';
import { compile, type SystemView, within } from './compile.ts';
import { createEnding } from './ending.ts';
import { commandEnvironment, INSIDE, PROXY_PORT } from './environment.ts';
import { openLedger } from './ledger.ts';
import type { ConfinementOptions } from './open.ts';
import { type PersonalGit, personalGit } from './git-named.ts';
import { createOtherNames, type OtherNames } from './other-names.ts';
import { checkReadRoots } from './read-roots.ts';
import type { ConfinedRun, Confinement, Prepared } from './sandbox.ts';
import { seenBefore } from './scan.ts';
import { compilePartial, type PartialAssistant } from './partial.ts';
import { openSessionDirs, type SessionDirs } from './session-dirs.ts';
import { openUnscanned, type Unscanned, type Watch } from './unscanned.ts';
import { createSurveyor, type Surveyor } from './survey.ts';
import type { SystemRoots } from './system-view.ts';
import { findToolchains, type Toolchains } from './toolchains.ts';
import { LIMITS } from '../../shared/limits.ts';

export interface LauncherRuns extends ConfinementOptions {
  /** Ours, below the state directory. */
  dir: string;
  /** Empty where there is none, and bubblewrap does without it. */
  launcher: string;
  /** Who makes the namespaces, where the launcher may not or is not there. */
  assistant: Assistant | PartialAssistant | null;
  roots: SystemRoots;
}

interface Ground {
  /** The run behind bubblewrap that is not over yet. */
  busy: 'command' | 'terminal' | null;
  options: LauncherRuns;
  system: SystemView;
  toolchains: Toolchains;
  surveyor: Surveyor;
  otherNames: OtherNames;
  unscanned: Unscanned;
  ledger: ReturnType<typeof openLedger>;
  dirs: SessionDirs;
  personal: PersonalGit;
}

/** Ports that a command with the network of the host may connect to: the web, and git over ssh. Never our own server's. */
const HOST_PORTS = [443, 80, 22];

const CHANNEL = ['--control-fd', '3'];

export async function openLauncherRuns(
  options: LauncherRuns,
): Promise<Pick<Confinement, 'prepare' | 'close' | 'leftBehind'>> {
  const { root, dir, homes, configDir, stateDir, roots } = options;
  const own = [dirname(stateDir), configDir];
  const inView = [root, ...roots.readOnly.map(({ host }) => host)];
  const dirs = await openSessionDirs({ dir, homes });
  const system: SystemView = {
    ...roots,
    readOnly: [...roots.readOnly, { host: dirs.gitConfig, at: INSIDE.gitConfig }],
    homes,
    own,
  };
  const toolchains = await findToolchains({ homes, node: process.execPath, inView, apart: [root, ...homes, ...own] });
  const ledger = openLedger(root, dir);
  const surveyor = createSurveyor(root, options.rules);
  const unscanned = openUnscanned({ root, dir, look: () => surveyor.look(), isOurs: ledger.isOurs });
  const ground: Ground = {
    options,
    system,
    toolchains,
    surveyor,
    otherNames: createOtherNames(root),
    unscanned,
    ledger,
    dirs,
    personal: personalGit(homes, options.variables),
    busy: null,
  };
  const leftBehind = options.access === 'write' ? await unscanned.findLeftOver() : [];
  return { prepare: (run) => prepare(ground, run), close: () => close(ground), leftBehind };
}

async function close({ ledger, dirs }: Ground): Promise<void> {
  ledger.sweep();
  await dirs.close();
}

async function prepare(ground: Ground, run: ConfinedRun): Promise<Prepared> {
  const { options, ledger, system } = ground;
  const { root, access } = options;
  checkOwner(root);
  const cwd = realCwd(root, run.cwd);
  const survey = await ground.unscanned.survey();
  const before = seenBefore(survey, root, run.git);
  const apart = [root, ...system.homes, ...system.own];
  const readRoots = (await checkReadRoots(options.readRoots(), apart)).filter((path) => !within(path, root));
  const inView = [
    ...system.readOnly.flatMap(({ host, at }) => (host === at ? [host] : [])),
    ...ground.toolchains.roots,
    ...readRoots,
  ];
  const named = carve(survey, { root, git: run.git, readRoots: inView, apart, personal: ground.personal });
  const carving = await ground.otherNames.include(named, survey);
  const ending = createEnding();
  let hasBegun = false;
  let emptied = '';
  try {
    ending.add(occupy(ground, run.pty === 'outer' ? 'terminal' : 'command'));
    const watch = access === 'write' ? ground.unscanned.note(before) : NOTHING_TO_WATCH;
    ending.add(() => (hasBegun ? undefined : watch.drop()));
    const leaveDirs = ground.dirs.enter(run.session);
    ending.add(async () => (emptied = await leaveDirs()));
    const taken = access === 'write' ? ledger.take(carving.placeholders) : { paths: [], release: () => undefined };
    ending.add(taken.release);
    const placed = taken.paths.map((path) => `${root}/${path}`);
    const policy = policyOf(ground, run, { cwd, carving, placed, readRoots });
    const line = launcherLine(ground, policy);
    return {
      policy,
      policyHash: digest(policy),
      argv: (command) => [...line.flags, ...(run.pty === 'outer' ? [] : CHANNEL), ...line.before, ...command],
      env: {},
      done: once(async () => {
        hasBegun = true;
        try {
          return await watch.end(taken.release);
        } finally {
          await ending.all();
        }
      }),
      emptied: () => emptied,
    };
  } catch (error) {
    await ending.all();
    throw error;
  }
}

/** Before the control channel is named, and between that and the command. */
function launcherLine({ options, system }: Ground, policy: SandboxPolicy): { flags: string[]; before: string[] } {
  const { assistant, launcher } = options;
  if (assistant === null) return { flags: [launcher, ...compile(policy, system)], before: ['--'] };
  const folders = new Set(policy.hide.filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory()));
  return assistant.kind === 'launcher'
    ? { flags: compileAssisted(policy, system, { assistant, folders }), before: ['--'] }
    : compilePartial(policy, system, { assistant, folders });
}

/** The launcher refuses a path that has become a link; bubblewrap follows it, so nothing may run that could make one. */
function occupy(ground: Ground, by: 'command' | 'terminal'): () => void {
  if (ground.options.assistant === null) return () => undefined;
  if (ground.busy !== null) {
    const what = ground.busy === 'command' ? 'Another command still runs' : 'A terminal of the person is open';
    throw new Fault({
      status: 409,
      code: 'one_at_a_time',
      message: `${what}. Where bubblewrap makes the namespaces, only one command or terminal runs at a time.`,
      hint: `${ground.busy === 'command' ? 'Wait for it, or stop it.' : 'It can be closed in the tab Terminal.'} \`vtcode sandbox status\` says what a full sandbox needs.`,
    });
  }
  ground.busy = by;
  return () => {
    ground.busy = null;
  };
}

/** A command that may write nowhere leaves nothing. */
const NOTHING_TO_WATCH: Watch = {
  end: (release) => {
    release();
    return Promise.resolve([]);
  },
  drop: () => undefined,
};

interface Parts {
  cwd: string;
  carving: Carving;
  /** Placeholders that stand now, absolute. */
  placed: readonly string[];
  readRoots: readonly string[];
}

function policyOf(ground: Ground, run: ConfinedRun, { cwd, carving, placed, readRoots }: Parts): SandboxPolicy {
  const { options, toolchains, dirs, system } = ground;
  const { root, access } = options;
  // Whoever may write in git's folder starts from nothing: no earlier command has left it a home, a tool or a setting.
  const isGuarded = run.git === 'guarded';
  const seen = outside([...toolchains.roots, ...readRoots, ...carving.readRoots], system);
  const own = isGuarded ? [] : dirs.of(run, [root, ...seen]);
  const fresh = { bytes: LIMITS.tmpfsBytes.value };
  // Only the launcher makes one; the one that it is itself started on is always there.
  const pty = options.assistant?.kind === 'filter' && run.pty !== 'outer' ? null : run.pty;
  return {
    v: 1,
    workspace: root,
    access,
    cwd,
    readRoots: seen,
    ownRoots: own,
    tmpfs: [
      ...(isGuarded
        ? [
            { path: INSIDE.tmp, ...fresh },
            { path: INSIDE.home, ...fresh },
            { path: INSIDE.cache, ...fresh },
          ]
        : []),
      { path: '/run', bytes: 1 << 20 },
    ],
    protect: access === 'write' ? [...new Set([...carving.protect, ...underNone(placed, carving.protect)])] : [],
    hide: [...carving.hide, ...carving.closed],
    maskSockets: carving.maskSockets,
    git: run.git,
    network: networkOf(run, options.ownPort),
    limits: run.limits,
    env: commandEnvironment({
      host: options.variables,
      bin: toolchains.bin,
      toolchains: toolchains.env,
      workspace: root,
      extra: run.env,
      hasTerminal: pty !== null,
      network: run.network.mode,
      isGuarded,
    }),
    pty: pty === 'outer' ? null : pty,
  };
}

function networkOf({ network }: ConfinedRun, ownPort: number | undefined): SandboxPolicy['network'] {
  switch (network.mode) {
    case 'none':
      return { mode: 'none' };
    case 'host':
      return { mode: 'host', connectPorts: HOST_PORTS.filter((port) => port !== ownPort) };
    case 'proxy':
      return { mode: 'proxy', socket: network.socket, port: PROXY_PORT };
  }
}

/** Each once, without what lies in another or in what the system shows anyway. */
function outside(roots: readonly string[], system: SystemView): string[] {
  const all = [...new Set(roots)];
  return all.filter(
    (path) =>
      !system.readOnly.some(({ host, at }) => host === at && within(path, host)) &&
      !all.some((other) => other !== path && within(path, other)),
  );
}

const underNone = (paths: readonly string[], roots: readonly string[]) =>
  paths.filter((path) => !roots.some((root) => within(path, root)));

function realCwd(root: string, cwd: string): string {
  const found = locate(root, cwd, 'none');
  const why = !found.ok
    ? found.message
    : found.node?.facts.kind === 'directory'
      ? ''
      : `${cwd} is not there, or is no folder.`;
  const real = found.ok ? found.real : '.';
  if (found.ok) found.close();
  if (why === '') return real === '.' ? root : `${root}/${real}`;
  throw new Fault({
    status: 422,
    code: 'cwd_refused',
    message: `The command cannot start in ${JSON.stringify(cwd)}: ${why}`,
    hint: 'Name a folder of the workspace that is there.',
  });
}

/** Behind the launcher no capability is left: what belongs to another user is theirs alone there, for root too. */
function checkOwner(root: string): void {
  const uid = process.getuid?.() ?? 0;
  const found = lstatSync(root);
  if (found.uid === uid) return;
  throw new Fault({
    status: 422,
    code: 'workspace_owner',
    message: `The workspace belongs to user ${found.uid}, and we run as user ${uid}: a confined command could not write in it.`,
    hint: `Start vtcode as its owner: sudo -u '#${found.uid}' vtcode …`,
  });
}

/** The second call waits for the first. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | null = null;
  return () => (result ??= work());
}

/** Puts the rooms together for one workspace: who is given what. Nothing here decides anything. */
import { rgPath } from '@vscode/ripgrep';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxTier } from '../shared/sandbox.ts';
import { createAgent, type Agent } from './agent/agent.ts';
import { landedChanges, stillStands, takeEdited, takeHunks } from './agent/effective.ts';
import { createLiveStates } from './agent/live.ts';
import { createOutputs } from './agent/outputs.ts';
import { systemPrompt } from './agent/prompt.ts';
import { systemUser, userShell } from './base/user.ts';
import type { HouseOptions } from './cli/serve-options.ts';
import { createApprovals } from './gate/approvals.ts';
import { createGate, type Gate } from './gate/gate.ts';
import { NOBODY } from './gate/nobody.ts';
import { createSessionGrants } from './gate/grants.ts';
import { createTaints } from './gate/taints.ts';
import { reachOf, type ReplayDeps } from './gate/replay.ts';
import { createStandingRules } from './gate/standing.ts';
import type { Provider } from './llm/provider.ts';
import { commandSettings, type ServerConfinement } from './confine.ts';
import { createChanges } from './changes/changes.ts';
import { createDesk } from './desk.ts';
import { createSave } from './person.ts';
import type { Deps } from './routes/deps.ts';
import { createCommands, type Commands } from './run/command.ts';
import { INTERNET } from './run/proxy/network.ts';
import { proxyPlace } from './run/proxy/place.ts';
import { createRunner, type Performers } from './run/perform.ts';
import { createTerminals, type Terminals } from './run/terminals.ts';
import { createSpawn } from './run/spawn.ts';
import { excludeTemporary } from './run/exclude.ts';
import { cleanTemporary } from './run/temporary.ts';
import { createWays, type Ways } from './run/ways.ts';
import { createWriter } from './run/write.ts';
import { createFiles } from './search/files.ts';
import { createReader } from './search/reader.ts';
import { readBranch } from './search/git-head.ts';
import { createLooker } from './search/world.ts';
import { createOutputReads } from './store/output.ts';
import { exporterOf } from './store/export/exporter.ts';
import type { MaskFacts } from './share/masking.ts';
import type { Store } from './store/store.ts';
import { COMMAND_TOOLS, offers, toolsFor } from './tools/registry.ts';
import type { Tool } from './tools/tool.ts';
import { openStanding } from './standing.ts';
import { createPersonTerminals, type PersonTerminals } from './terminals.ts';
import { openWorkspace, type WorkspaceState } from './workspace.ts';

export interface Rooms extends Pick<
  Deps,
  'sessions' | 'trash' | 'approvals' | 'changes' | 'policy' | 'files' | 'outputs'
> {
  terminals: PersonTerminals;
  agent: Agent;
  workspace: WorkspaceState;
  /** What runs in the background ends with it. */
  commands: Pick<Commands, 'close'>;
}

/** What was opened before: where events are kept, who answers, and what holds the commands. */
export interface Given {
  store: Store;
  providers: Provider[];
  confinement: ServerConfinement;
  /** Whether somebody can be asked. Without, what needs a person's yes is denied at once. */
  attended: boolean;
}

export async function wire(options: HouseOptions, given: Given): Promise<Rooms> {
  const { root } = options;
  const { store, confinement, attended } = given;
  const { log, blobs, sessions } = store;
  const pathRules = async () => (await workspace.standing()).rules.paths;
  const files = { root, spawn: createSpawn(), rgPath, pathRules };
  const sandbox = confinement.status();
  const tools = toolsFor(sandbox.tier);
  await cleanTemporary(root);

  const workspace = await workspaceOf(options, given, tools);
  confinement.obey(() => workspace.standing());
  const ways = await waysOf(options);
  const commands = commandsOf(options, given, ways);
  const shells = shellsOf(options, given, ways);
  const { gate, approvals, policy } = doorOf(options, store, {
    workspace,
    boxed: sandbox.tier === 'full',
    attended,
    performers: {
      read: createReader(files),
      edit: createWriter({ root, blobs }),
      ...commands,
      terminal: shells.terminal,
    },
  });
  const standing = () => workspace.standing();
  const wishes = { gate, bus: store.bus, sandbox, hostShell: userShell(), standing };
  const terminals = createPersonTerminals({ ...wishes, terminals: shells });
  const agent = agentOf(options, store, { workspace, gate, tools });

  if (workspace.trustNow().trusted) await excludeTemporary(root);
  approvals.expireLeftOver();
  agent.endLeftOver(confinement.leftBehind);
  startTrash(options, store.trash, commands);
  workspace.recordPolicy();
  log.record({ type: 'sandbox.probed', data: sandbox, session: null, turn: null, actor: 'system' });
  return {
    agent,
    workspace,
    commands,
    terminals,
    approvals,
    changes: createChanges({
      ...{ root, blobs, sessions, gate, pathRules },
      atRest: (session, work) => agent.atRest(session, work),
    }),
    policy,
    trash: store.trash,
    outputs: createOutputs(store.bus),
    sessions: sessionsOf(options, store),
    files: { ...createFiles(files), save: createSave({ root, blobs, gate }) },
  };
}

/** The sessions as they are read: listed, followed by their output, exported. */
const sessionsOf = (options: HouseOptions, store: Store): Rooms['sessions'] => ({
  ...store.sessions,
  ...createOutputReads(store.sessions, store.blobs),
  export: exporterOf({ ...store, ...exportFacts(options) }),
});

/** What a session left in the background ends before its content goes. */
function startTrash({ settings, logger }: HouseOptions, trash: Store['trash'], commands: Commands): void {
  trash.start({
    keepDays: settings.keepSessionsDays.value,
    onFailed: (session, error) => logger.error('session.kept', { session, error }),
    busy: commands.busy,
    end: commands.end,
  });
}

function workspaceOf(
  options: HouseOptions,
  { store, providers, confinement }: Given,
  tools: readonly Tool[],
): Promise<WorkspaceState> {
  const { root, version, mode } = options;
  const { log, bus } = store;
  const sandbox = confinement.status();
  return openWorkspace({
    ...openStanding(options),
    ...{ root, version, log, bus, providers, mode, sandbox },
    tools: tools.map(({ name }) => name),
    absentTools: absentTools(sandbox.tier),
    branch: () => readBranch(root),
  });
}

/** What redaction must know of this machine, and who made an export. */
const exportFacts = (options: HouseOptions) => ({
  version: options.version,
  facts: { ...maskFacts(options), keep: [] },
});

/** What is masked wherever something leaves: what is held, and what tells of this machine and its person. */
export function maskFacts({ root, secrets }: Pick<HouseOptions, 'root' | 'secrets'>): MaskFacts {
  const { home, name: user } = systemUser();
  return { known: secrets, root, home, user, host: hostname() };
}

/** What is not offered without a sandbox, and why. */
const absentTools = (tier: SandboxTier) =>
  tier === 'none'
    ? COMMAND_TOOLS.map(({ name }) => ({ name, why: 'commands need a sandbox, and none is in force' }))
    : [];

async function waysOf({ stateDir, runtimeDir, logger, network = INTERNET }: HouseOptions): Promise<Ways> {
  const onLost = (error: unknown) => logger.error('network.lost', { error });
  return createWays({ dir: await proxyPlace(stateDir, runtimeDir), network, onLost });
}

function commandsOf({ logger }: HouseOptions, { store, confinement }: Given, ways: Ways): Commands {
  const onLost = (error: unknown) => logger.error('command.lost', { error });
  return createCommands({ confinement, blobs: store.blobs, ways, onLost });
}

function shellsOf({ root, childEnv, logger }: HouseOptions, { confinement }: Given, ways: Ways): Terminals {
  const onLost = (error: unknown) => logger.error('terminal.lost', { error });
  return createTerminals({ root, confinement, ways, hostEnv: childEnv, onLost });
}

interface Behind {
  workspace: WorkspaceState;
  boxed: boolean;
  attended: boolean;
  performers: Performers;
}

/** The one door, and who answers at it. */
function doorOf(
  { root, configDir }: HouseOptions,
  { log, bus, blobs, sessions, grants }: Store,
  { workspace, boxed, attended, performers }: Behind,
) {
  const looker = createLooker(root);
  const replay: ReplayDeps = { grants, standing: () => workspace.standing(), ...looker, boxed };
  const taints = createTaints(log);
  const rules = createStandingRules({
    tainted: (session) => taints.of(session),
    ...{ root, log, ...replay },
    reach: (rule) => reachOf(replay, rule),
    now: () => Date.now(),
  });
  const approvals = createApprovals({
    log,
    sessions,
    takeRule: (action, given) => rules.take(action, given),
    takeHunks: (action, hunks) => takeHunks(blobs, action, hunks),
    takeEdited,
    unchanged: (action) => stillStands(root, action),
    now: () => Date.now(),
  });
  const gate = createGate({
    ...createRunner(performers),
    log,
    approvals: attended ? approvals : NOBODY,
    grants: createSessionGrants(),
    taints,
    rules,
    live: (event) => bus.publish({ kind: 'live', event }),
    landed: (action) => landedChanges(root, action),
    adopting: (action) => workspace.adopting(action),
    standing: () => workspace.standing(),
    ...looker,
    boxed,
  });
  const desk = { workspace, rules, replay, waiting: approvals.waiting.bind(approvals) };
  return { gate, approvals, policy: createDesk({ root, configDir, ...desk }) };
}

interface Equipped {
  workspace: WorkspaceState;
  gate: Gate;
  tools: readonly Tool[];
}

function agentOf(options: HouseOptions, store: Store, { workspace, gate, tools }: Equipped): Agent {
  const { root, settings, logger } = options;
  const { bus, blobs } = store;
  return createAgent({
    store,
    live: createLiveStates(bus),
    tools: new Map(tools.map((tool) => [tool.name, tool])),
    offers: offers(tools),
    gate,
    toolContext: async (signal) => {
      const { sandbox } = (await workspace.standing()).settings;
      return { root, blobs, commands: commandSettings(sandbox), signal };
    },
    maxToolCalls: settings.maxToolCalls.value,
    system: async () => systemPrompt(await workspace.promptFacts()),
    current: () => workspace.current(),
    wait: (ms, signal) => sleep(ms, undefined, { signal }),
    onLost: (session, error) => logger.error('turn.lost', { session, error }),
  });
}

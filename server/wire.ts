/** Puts the rooms together for one workspace: who is given what. Nothing here decides anything. */
import { rgPath } from '@vscode/ripgrep';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxTier } from '../shared/sandbox.ts';
import { createAgent, type Agent } from './agent/agent.ts';
import { stillStands, takeHunks } from './agent/effective.ts';
import { createLiveStates } from './agent/live.ts';
import { systemPrompt } from './agent/prompt.ts';
import type { ServeOptions } from './cli/serve-options.ts';
import type { ServerConfinement } from './confine.ts';
import { createApprovals } from './gate/approvals.ts';
import { createGate } from './gate/gate.ts';
import { createSessionGrants } from './gate/grants.ts';
import type { Provider } from './llm/provider.ts';
import { createSave } from './person.ts';
import type { Deps } from './routes/deps.ts';
import { createCommands, type Commands } from './run/command.ts';
import { createRunner } from './run/perform.ts';
import { createSpawn } from './run/spawn.ts';
import { excludeTemporary } from './run/exclude.ts';
import { cleanTemporary } from './run/temporary.ts';
import { createWriter } from './run/write.ts';
import { createFiles } from './search/files.ts';
import { createReader } from './search/reader.ts';
import { readBranch } from './search/git-head.ts';
import { renderMarkdown } from './store/markdown.ts';
import type { Store } from './store/store.ts';
import { COMMAND_LIMITS } from './tools/command-limits.ts';
import { COMMAND_TOOLS, offers, toolsFor } from './tools/registry.ts';
import { openStanding } from './standing.ts';
import { openWorkspace, type WorkspaceState } from './workspace.ts';

export interface Rooms extends Pick<Deps, 'sessions' | 'approvals' | 'files'> {
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
}

export async function wire(options: ServeOptions, { store, providers, confinement }: Given): Promise<Rooms> {
  const { root, logger } = options;
  const { log, bus, blobs, sessions } = store;
  const spawn = createSpawn();
  const sandbox = confinement.status();
  const tools = toolsFor(sandbox.tier);
  await cleanTemporary(root);

  const commands = createCommands({
    confinement,
    blobs,
    onLost: (error) => logger.error('command.lost', { error }),
  });
  const { runner, mint } = createRunner({
    read: createReader({ root, spawn, rgPath }),
    edit: createWriter({ root, blobs }),
    command: commands.command,
    task: commands.task,
  });
  const workspace = await openWorkspace({
    ...openStanding(options),
    root,
    version: options.version,
    log,
    bus,
    providers,
    mode: options.mode,
    tools: tools.map(({ name }) => name),
    absentTools: absentTools(sandbox.tier),
    sandbox,
    branch: () => readBranch(root),
  });
  confinement.obey(() => workspace.standing());
  const approvals = createApprovals({
    log,
    sessions,
    takeHunks: (action, hunks) => takeHunks(blobs, action, hunks),
    unchanged: (action) => stillStands(root, action),
    now: () => Date.now(),
  });
  const gate = createGate({
    log,
    approvals,
    grants: createSessionGrants(),
    mint,
    runner,
    live: (event) => bus.publish({ kind: 'live', event }),
    standing: () => workspace.standing(),
  });
  const agent = createAgent({
    store,
    live: createLiveStates(bus),
    tools: new Map(tools.map((tool) => [tool.name, tool])),
    offers: offers(tools),
    gate,
    toolContext: (signal) => ({ root, blobs, limits: COMMAND_LIMITS, signal }),
    maxToolCalls: options.settings.maxToolCalls.value,
    system: async () => systemPrompt(await workspace.promptFacts()),
    current: () => workspace.current(),
    wait: (ms, signal) => sleep(ms, undefined, { signal }),
    onLost: (session, error) => logger.error('turn.lost', { session, error }),
  });

  if (workspace.trustNow().trusted) await excludeTemporary(root);
  approvals.expireLeftOver();
  agent.endLeftOver();
  log.record({ type: 'sandbox.probed', data: sandbox, session: null, turn: null, actor: 'system' });
  return {
    agent,
    workspace,
    commands,
    approvals,
    sessions: { ...sessions, markdown: (session) => renderMarkdown(sessions.get(session), log.all(session)) },
    files: { ...createFiles({ root, spawn, rgPath }), save: createSave({ root, blobs, gate }) },
  };
}

/** What is not offered without a sandbox, and why. */
const absentTools = (tier: SandboxTier) =>
  tier === 'none'
    ? COMMAND_TOOLS.map(({ name }) => ({ name, why: 'commands need a sandbox, and none is in force' }))
    : [];

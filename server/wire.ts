/** Puts the rooms together for one workspace: who is given what. Nothing here decides anything. */
import { rgPath } from '@vscode/ripgrep';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Workspace } from '../shared/api.ts';
import { createAgent, type Agent } from './agent/agent.ts';
import { landedChanges, stillStands, takeHunks } from './agent/effective.ts';
import { createLiveStates } from './agent/live.ts';
import { systemPrompt } from './agent/prompt.ts';
import type { ServeOptions } from './cli/serve-options.ts';
import { createApprovals, type Approvals } from './gate/approvals.ts';
import { createGate, type Gate, type GateDeps } from './gate/gate.ts';
import { createSessionGrants } from './gate/grants.ts';
import type { Provider } from './llm/provider.ts';
import { createSave } from './person.ts';
import type { Deps } from './routes/deps.ts';
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
import { offers, TOOLS } from './tools/registry.ts';
import { openStanding } from './standing.ts';
import { openWorkspace, type WorkspaceState } from './workspace.ts';

export interface Rooms extends Pick<Deps, 'sessions' | 'approvals' | 'files'> {
  agent: Agent;
  workspace: WorkspaceState;
  sandbox: Workspace['sandbox'];
}

/** What a server without a sandbox says of itself, and why it does not offer what would need one. */
const NO_SANDBOX = 'No sandbox is in force, so no command can run here. Files are read, and changed with your allow.';
const ABSENT_TOOLS = ['run_command', 'git_commit'].map((name) => ({
  name,
  why: 'commands need a sandbox, and none is in force',
}));

export async function wire(options: ServeOptions, store: Store, providers: Provider[]): Promise<Rooms> {
  const { root, logger } = options;
  const { log, bus, blobs, sessions } = store;
  const spawn = createSpawn();
  const sandbox = { tier: 'none' as const, why: NO_SANDBOX };
  await cleanTemporary(root);

  const pathRules = async () => (await workspace.standing()).rules.paths;
  const { runner, mint } = createRunner({
    read: createReader({ root, spawn, rgPath, pathRules }),
    edit: createWriter({ root, blobs }),
  });
  const workspace = await openWorkspace({
    ...openStanding(options),
    root,
    version: options.version,
    log,
    bus,
    providers,
    mode: options.mode,
    tools: TOOLS.map(({ name }) => name),
    absentTools: ABSENT_TOOLS,
    sandbox,
    branch: () => readBranch(root),
  });
  const { approvals, gate } = openGate(root, store, { runner, mint, standing: () => workspace.standing() });
  const agent = createAgent({
    store,
    live: createLiveStates(bus),
    tools: new Map(TOOLS.map((tool) => [tool.name, tool])),
    offers: offers(TOOLS),
    gate,
    toolContext: (signal) => ({ root, blobs, signal }),
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
    sandbox,
    approvals,
    sessions: { ...sessions, markdown: (session) => renderMarkdown(sessions.get(session), log.all(session)) },
    files: { ...createFiles({ root, spawn, rgPath, pathRules }), save: createSave({ root, blobs, gate }) },
  };
}

type Door = Pick<GateDeps, 'runner' | 'mint' | 'standing'>;

/** The gate, and the requests that it makes of a person. */
function openGate(root: string, { log, blobs, sessions }: Store, door: Door): { approvals: Approvals; gate: Gate } {
  const approvals = createApprovals({
    log,
    sessions,
    takeHunks: (action, hunks) => takeHunks(blobs, action, hunks),
    unchanged: (action) => stillStands(root, action),
    now: () => Date.now(),
  });
  const landed: GateDeps['landed'] = (action) => landedChanges(root, action);
  return { approvals, gate: createGate({ log, approvals, grants: createSessionGrants(), landed, ...door }) };
}

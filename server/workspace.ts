/** The workspace as it stands: its trust, its rules, its mode and model, and what the page and the model are told of it. */
import { homedir, platform } from 'node:os';
import { basename } from 'node:path';
import type { TrustReport, Workspace } from '../shared/api.ts';
import type { Actor } from '../shared/event.ts';
import type { Mode } from '../shared/verdict.ts';
import type { PromptFacts } from './agent/prompt.ts';
import { Fault } from './base/fault.ts';
import { availability, MODES, refuseLooser, refuseUnavailable, strictestMode } from './config/modes.ts';
import type { Settings } from './config/settings.ts';
import { findModel, noModel, pickModel } from './llm/pick.ts';
import { rulesOf } from './gate/rules.ts';
import type { Rules } from './policy/judge.ts';
import type { Provider } from './llm/provider.ts';
import type { WorkspacePort } from './routes/deps.ts';
import { trustedBy } from './trust/trust.ts';
import type { Bus } from './store/bus.ts';
import type { EventLog } from './store/log.ts';

/** What is read anew whenever a file that bears on trust or rules may have changed. */
export interface Standing {
  report: TrustReport;
  settings: Settings;
  /** Instruction files that are there, with their text; which are in force the report says. */
  instructions: { path: string; text: string; bytes: number; sha256: string }[];
}

export interface WorkspaceDeps {
  root: string;
  version: string;
  log: EventLog;
  bus: Bus;
  providers: Provider[];
  /** Chosen on the command line; null: as the settings say. */
  mode: Mode | null;
  tools: string[];
  absentTools: { name: string; why: string }[];
  sandbox: Workspace['sandbox'];
  read(): Promise<Standing>;
  /** A cheap sign of the files that `read` reads: another sign, another standing. */
  sign(): string;
  branch(): Promise<string>;
  /** Writes the marker for what the report showed. Throws a Fault 409 when that no longer stands. */
  giveTrust(digest: string): Promise<void>;
  revokeTrust(): Promise<void>;
}

export interface WorkspaceState extends WorkspacePort {
  standing(): Promise<{ rules: Rules; mode: Mode; trusted: boolean; settings: Settings }>;
  current(): { provider: Provider; model: string; mode: Mode };
  promptFacts(): Promise<PromptFacts>;
  trustNow(): { trusted: boolean; reason: string };
  revokeTrust(why: string, actor: Actor): Promise<void>;
}

export async function openWorkspace(deps: WorkspaceDeps): Promise<WorkspaceState> {
  let sign = deps.sign();
  let standing = await deps.read();
  let chosenMode = deps.mode ?? standing.settings.mode.value;
  let chosen = pickModel(deps.providers, [standing.settings.workspaceModel?.value, standing.settings.model.value]);
  refuseLooser(chosenMode, standing.settings);

  /** Signs first: a file that changes while it is read is then read again. */
  async function refresh(): Promise<void> {
    sign = deps.sign();
    standing = await deps.read().catch((error: unknown) => closed(standing, error));
  }

  /** Reads anew where a file changed since. What is read stands for the next decision, and the page is told. */
  async function fresh(): Promise<Standing> {
    if (deps.sign() === sign) return standing;
    await refresh();
    deps.bus.publish({ kind: 'live', event: { type: 'workspace.changed' } });
    return standing;
  }

  const modeNow = (): Mode =>
    standing.report.trusted ? strictestMode(chosenMode, standing.settings.loosestMode.value) : 'plan';
  const told = () => deps.bus.publish({ kind: 'live', event: { type: 'workspace.changed' } });
  const record = (
    actor: Actor,
    event:
      | { type: 'mode.changed'; data: { mode: Mode } }
      | { type: 'model.changed'; data: { provider: string; model: string } },
  ) => deps.log.record({ ...event, session: null, turn: null, actor });

  return {
    async standing() {
      const { settings, report } = await fresh();
      return { rules: rulesOf(settings), mode: modeNow(), trusted: report.trusted, settings };
    },
    current: () => ({ ...chosen, mode: modeNow() }),
    trustNow: () => ({ trusted: standing.report.trusted, reason: standing.report.reason }),

    async promptFacts() {
      const { report, instructions } = await fresh();
      const inForce = instructions.filter(({ path, sha256 }) => trustedBy(report)(path, sha256));
      const { root, absentTools } = deps;
      const branch = await deps.branch();
      return {
        name: basename(root),
        platform: platform(),
        branch,
        mode: modeNow(),
        trusted: report.trusted,
        instructions: inForce,
        absentTools,
      };
    },

    async info(login) {
      const { report, instructions, settings } = await fresh();
      const { provider, model } = chosen;
      const { name, kind, note } = provider;
      const contextTokens = provider.models.find(({ id }) => id === model)!.contextTokens;
      return {
        path: deps.root,
        shownPath: shown(deps.root),
        name: basename(deps.root),
        branch: await deps.branch(),
        trust: { trusted: report.trusted, reason: report.reason },
        sandbox: deps.sandbox,
        network: 'none',
        mode: modeNow(),
        modes: MODES.map(({ mode }) => availability(mode, { trusted: report.trusted, settings })),
        provider: { name, kind, model, note, contextTokens },
        models: deps.providers.flatMap((one) => one.models.map(({ id }) => ({ provider: one.name, model: id }))),
        instructions: instructions.map((file) => instructionFact(report, file)),
        tools: deps.tools,
        absentTools: deps.absentTools,
        version: deps.version,
        login,
      };
    },

    async choose({ mode, model }, actor) {
      const { report, settings } = await fresh();
      if (mode !== null) refuseUnavailable(availability(mode, { trusted: report.trusted, settings }));
      const picked = model === null ? null : findModel(deps.providers, model);
      if (model !== null && picked === null) throw noModel(model, deps.providers);
      if (mode !== null) {
        record(actor, { type: 'mode.changed', data: { mode } });
        chosenMode = mode;
      }
      if (picked) {
        record(actor, { type: 'model.changed', data: { provider: picked.provider.name, model: picked.model } });
        chosen = picked;
      }
      told();
    },

    async trust() {
      await refresh();
      return standing.report;
    },

    async revokeTrust(why, actor) {
      await deps.revokeTrust();
      await refresh();
      deps.log.record({ type: 'trust.revoked', data: { why }, session: null, turn: null, actor }, 'synced');
      told();
    },

    async giveTrust(digest, actor) {
      await deps.giveTrust(digest);
      await refresh();
      const files = standing.report.files.map(({ path, sha256 }) => ({ path, sha256 }));
      deps.log.record({ type: 'trust.granted', data: { digest, files }, session: null, turn: null, actor }, 'synced');
      told();
    },
  };
}

/** Rules that cannot be read any more loosen nothing: until they are mended the workspace counts as untrusted. */
function closed(before: Standing, error: unknown): Standing {
  if (!(error instanceof Fault)) throw error;
  const reason = `${error.message} Until that is mended, nothing is changed here.`;
  return { ...before, report: { ...before.report, trusted: false, reason } };
}

function instructionFact(report: TrustReport, { path, bytes, sha256 }: Standing['instructions'][number]) {
  const inForce = trustedBy(report)(path, sha256);
  const why = inForce
    ? 'Trusted as it stands.'
    : report.trusted
      ? 'Changed since it was trusted.'
      : 'The workspace is not trusted.';
  return { path, bytes, inForce, why };
}

function shown(path: string): string {
  const home = homedir();
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

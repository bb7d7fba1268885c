/** The workspace as it stands: its trust, its rules, its mode and model, and what the page and the model are told of it. */
import { homedir, platform } from 'node:os';
import { basename } from 'node:path';
import type { Workspace } from '../shared/api.ts';
import type { TrustReport } from '../shared/trust.ts';
import type { EditAction } from '../shared/action.ts';
import type { Actor } from '../shared/event.ts';
import type { ActionId, SessionId, TurnId } from '../shared/ids.ts';
import type { Mode } from '../shared/verdict.ts';
import type { PromptFacts } from './agent/prompt.ts';
import { Fault } from './base/fault.ts';
import { availability, MODES, refuseLooser, refuseUnavailable, strictestMode } from './config/modes.ts';
import { policyHash, policyRules } from './config/report.ts';
import type { Settings } from './config/settings.ts';
import { findModel, noModel, pickModel } from './llm/pick.ts';
import { rulesOf } from './gate/rules.ts';
import type { Rules } from './policy/rules.ts';
import type { Provider } from './llm/provider.ts';
import type { WorkspacePort } from './routes/deps.ts';
import { trustedBy, type Adopted, type TrustedFile } from './trust/trust.ts';
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
  /** The files that trust is bound to, where they are there. */
  bound(): string[];
  /** Trusts these as they stand, if they stand so; answers those that are trusted anew. */
  adopt(changes: readonly Adopted[]): Promise<TrustedFile[]>;
  /** Writes the marker for what the report showed. Throws a Fault 409 when that no longer stands. */
  giveTrust(digest: string): Promise<void>;
  revokeTrust(): Promise<void>;
}

export interface AdoptedAt {
  actionId: ActionId;
  session: SessionId | null;
  turn: TurnId | null;
  actor: Actor;
}

interface Chosen {
  provider: Provider;
  model: string;
  mode: Mode;
}

/** `policy`: the hash of the rules in force. */
type Current = Chosen & { policy: string };

export interface WorkspaceState extends WorkspacePort {
  standing(): Promise<{ rules: Rules; mode: Mode; trusted: boolean; settings: Settings }>;
  current(): Current;
  /** Records the rules in force, once at a start; from then on whenever they change. */
  recordPolicy(): void;
  promptFacts(): Promise<PromptFacts>;
  trustNow(): { trusted: boolean; reason: string };
  /** To be asked before a change that a person let through lands, and called when it did: its files stay trusted. */
  adopting(action: EditAction): Promise<(at: AdoptedAt) => Promise<void>>;
  revokeTrust(why: string, actor: Actor): Promise<void>;
}

/** Throws a Fault where the chosen mode or model is not to be had here. */
export async function openWorkspace(deps: WorkspaceDeps): Promise<WorkspaceState> {
  const sign = deps.sign();
  const standing = await deps.read();
  const { mode, model, workspaceModel } = standing.settings;
  const chosen = pickModel(deps.providers, [workspaceModel?.value, model.value]);
  const chosenMode = deps.mode ?? mode.value;
  refuseLooser(chosenMode, standing.settings);
  return new OpenWorkspace(deps, { sign, standing }, { ...chosen, mode: chosenMode });
}

class OpenWorkspace implements WorkspaceState {
  readonly #deps: WorkspaceDeps;
  #sign: string;
  #standing: Standing;
  #chosen: Chosen;
  /** What was recorded last; empty before the first. */
  #policy = '';

  constructor(deps: WorkspaceDeps, read: { sign: string; standing: Standing }, chosen: Chosen) {
    this.#deps = deps;
    this.#sign = read.sign;
    this.#standing = read.standing;
    this.#chosen = chosen;
  }

  async standing() {
    const { settings, report } = await this.#fresh();
    return { rules: rulesOf(settings), mode: this.#mode(), trusted: report.trusted, settings };
  }

  current(): Current {
    return { ...this.#chosen, mode: this.#mode(), policy: policyHash(this.#standing.settings) };
  }

  recordPolicy(): void {
    const { report, settings } = this.#standing;
    const policy = policyHash(settings);
    if (policy === this.#policy) return;
    const data = {
      ...{ policy, rules: policyRules(settings).length },
      ...{ trusted: report.trusted, loosestMode: settings.loosestMode.value },
    };
    this.#deps.log.record({ type: 'policy.loaded', data, session: null, turn: null, actor: 'system' });
    this.#policy = policy;
  }

  trustNow(): { trusted: boolean; reason: string } {
    const { trusted, reason } = this.#standing.report;
    return { trusted, reason };
  }

  async promptFacts(): Promise<PromptFacts> {
    const { report, instructions } = await this.#fresh();
    const inForce = instructions.filter(({ path, sha256 }) => trustedBy(report)(path, sha256));
    const { root, absentTools } = this.#deps;
    const branch = await this.#deps.branch();
    const { trusted } = report;
    return {
      name: basename(root),
      platform: platform(),
      branch,
      mode: this.#mode(),
      trusted,
      instructions: inForce,
      absentTools,
    };
  }

  async info(login: string): Promise<Workspace> {
    const { report, instructions, settings } = await this.#fresh();
    const { root, sandbox, providers, tools, absentTools, version } = this.#deps;
    const { provider, model } = this.#chosen;
    const { name, kind, note } = provider;
    const contextTokens = provider.models.find(({ id }) => id === model)!.contextTokens;
    return {
      path: root,
      shownPath: shown(root),
      name: basename(root),
      branch: await this.#deps.branch(),
      trust: {
        ...this.trustNow(),
        changed: report.trusted ? report.files.flatMap(({ path, trusted }) => (trusted ? [] : [path])) : [],
        bound: this.#deps.bound(),
      },
      sandbox,
      network: settings.sandbox.network.value,
      mode: this.#mode(),
      modes: MODES.map(({ mode }) => availability(mode, { trusted: report.trusted, settings })),
      provider: { name, kind, model, note, contextTokens },
      models: providers.flatMap((one) => one.models.map(({ id }) => ({ provider: one.name, model: id }))),
      instructions: instructions.map((file) => instructionFact(report, file)),
      tools,
      absentTools,
      version,
      login,
    };
  }

  async choose({ mode, model }: { mode: Mode | null; model: string | null }, actor: Actor): Promise<void> {
    const { report, settings } = await this.#fresh();
    if (mode !== null) refuseUnavailable(availability(mode, { trusted: report.trusted, settings }));
    const { log, providers } = this.#deps;
    const picked = model === null ? null : findModel(providers, model);
    if (model !== null && picked === null) throw noModel(model, providers);
    const at = { session: null, turn: null, actor };
    if (mode !== null) {
      log.record({ type: 'mode.changed', data: { mode }, ...at });
      this.#chosen = { ...this.#chosen, mode };
    }
    if (picked) {
      log.record({ type: 'model.changed', data: { provider: picked.provider.name, model: picked.model }, ...at });
      this.#chosen = { ...this.#chosen, ...picked };
    }
    this.#tell();
  }

  async trust(): Promise<TrustReport> {
    await this.#refresh();
    return this.#standing.report;
  }

  async giveTrust(digest: string, actor: Actor): Promise<void> {
    await this.#deps.giveTrust(digest);
    await this.#refresh();
    const files = this.#standing.report.files.map(({ path, sha256 }) => ({ path, sha256 }));
    const data = { digest, files };
    this.#deps.log.record({ type: 'trust.granted', data, session: null, turn: null, actor }, 'synced');
    this.#tell();
  }

  async adopting(action: EditAction): Promise<(at: AdoptedAt) => Promise<void>> {
    const { report } = await this.#fresh();
    const changes = report.trusted ? adoptable(report, action) : [];
    return async ({ actionId, ...at }) => {
      const files = changes.length === 0 ? [] : await this.#deps.adopt(changes);
      if (files.length === 0) return;
      await this.#refresh();
      this.#deps.log.record({ type: 'trust.changed', data: { actionId, files }, ...at }, 'synced');
      this.#tell();
    };
  }

  async revokeTrust(why: string, actor: Actor): Promise<void> {
    await this.#deps.revokeTrust();
    await this.#refresh();
    this.#deps.log.record({ type: 'trust.revoked', data: { why }, session: null, turn: null, actor }, 'synced');
    this.#tell();
  }

  /** As chosen, unless trust or the organisation allow only less. */
  #mode(): Mode {
    const { report, settings } = this.#standing;
    return report.trusted ? strictestMode(this.#chosen.mode, settings.loosestMode.value) : 'plan';
  }

  /** Signs first: a file that changes while it is read is then read again. */
  async #refresh(): Promise<void> {
    this.#sign = this.#deps.sign();
    this.#standing = await this.#deps.read().catch((error: unknown) => closed(this.#standing, error));
    this.recordPolicy();
  }

  /** Reads anew where a file changed since. What is read stands for the next decision, and the page is told. */
  async #fresh(): Promise<Standing> {
    if (this.#deps.sign() === this.#sign) return this.#standing;
    await this.#refresh();
    this.#tell();
    return this.#standing;
  }

  #tell(): void {
    this.#deps.bus.publish({ kind: 'live', event: { type: 'workspace.changed' } });
  }
}

/** Rules that cannot be read any more loosen nothing: until they are mended the workspace counts as untrusted. */
function closed(before: Standing, error: unknown): Standing {
  if (!(error instanceof Fault)) throw error;
  const reason = `${error.message} Until that is mended, nothing is changed here.`;
  return { ...before, report: { ...before.report, trusted: false, reason } };
}

/** Files that were trusted as the change found them, or that it makes. */
function adoptable(report: TrustReport, { changes }: EditAction): Adopted[] {
  return changes.flatMap(({ path, from, before, after }) => {
    if (after.state === 'absent') return [];
    const was = report.files.find((file) => file.path === path);
    const isTrusted = before.state === 'file' && path === from && was?.trusted === true && was.sha256 === before.sha256;
    const isNew = was === undefined && (before.state === 'absent' || path !== from);
    return isTrusted || isNew ? [{ path, after: after.sha256 }] : [];
  });
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

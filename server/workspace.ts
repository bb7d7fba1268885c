/** The workspace as it stands: its trust, its rules, its mode and model, and what the page and the model are told of it. */
import { homedir, platform } from 'node:os';
import { basename } from 'node:path';
import type { TrustReport, Workspace } from '../shared/api.ts';
import type { Actor } from '../shared/event.ts';
import type { Mode } from '../shared/verdict.ts';
import type { PromptFacts } from './agent/prompt.ts';
import { Fault } from './base/fault.ts';
import type { Settings } from './config/settings.ts';
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

const MODES: { mode: Mode; words: string }[] = [
  { mode: 'plan', words: 'The agent reads and answers; it changes nothing.' },
  { mode: 'ask', words: 'Every write asks.' },
  {
    mode: 'auto-edit',
    words: 'Writes inside the workspace run without asking, except those that could run code later.',
  },
];

export async function openWorkspace(deps: WorkspaceDeps): Promise<WorkspaceState> {
  let sign = deps.sign();
  let standing = await deps.read();
  let chosenMode = deps.mode ?? standing.settings.mode.value;
  let chosen = pickModel(deps.providers, [standing.settings.workspaceModel?.value, standing.settings.model.value]);
  refuseLooser(chosenMode, standing.settings);

  /** Reads anew where a file changed since. What is read stands for the next decision, and the page is told. */
  async function fresh(): Promise<Standing> {
    const now = deps.sign();
    if (now === sign) return standing;
    standing = await deps.read().catch((error: unknown) => closed(standing, error));
    sign = now;
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
        modes: MODES.map(({ mode, words }) => availability(mode, words, { report, settings })),
        provider: { name, kind, model, note, contextTokens },
        models: deps.providers.flatMap((one) => one.models.map(({ id }) => ({ provider: one.name, model: id }))),
        instructions: instructions.map((file) => instructionFact(report, file)),
        tools: deps.tools,
        absentTools: deps.absentTools,
        version: deps.version,
        login,
      };
    },

    async setMode(mode, actor) {
      const { report, settings } = await fresh();
      const { available, why } = availability(mode, '', { report, settings });
      if (!available)
        throw new Fault({ status: 409, code: 'mode_not_available', message: `Mode ${mode} is not available: ${why}` });
      record(actor, { type: 'mode.changed', data: { mode } });
      chosenMode = mode;
      told();
    },

    async setModel(model, actor) {
      const picked = findModel(deps.providers, model);
      if (!picked) throw noModel(model, deps.providers);
      record(actor, { type: 'model.changed', data: { provider: picked.provider.name, model: picked.model } });
      chosen = picked;
      told();
    },

    async trust() {
      standing = await deps.read();
      sign = deps.sign();
      return standing.report;
    },

    async revokeTrust(why, actor) {
      await deps.revokeTrust();
      standing = await deps.read();
      sign = deps.sign();
      deps.log.record({ type: 'trust.revoked', data: { why }, session: null, turn: null, actor }, 'synced');
      told();
    },

    async giveTrust(digest, actor) {
      await deps.giveTrust(digest);
      standing = await deps.read();
      sign = deps.sign();
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

const STRICTNESS: Record<Mode, number> = { plan: 0, ask: 1, 'auto-edit': 2 };

const strictestMode = (a: Mode, b: Mode): Mode => (STRICTNESS[a] <= STRICTNESS[b] ? a : b);

function refuseLooser(mode: Mode, settings: Settings): void {
  const { value, origin } = settings.loosestMode;
  if (STRICTNESS[mode] <= STRICTNESS[value]) return;
  throw new Fault({
    status: 403,
    code: 'mode_forbidden',
    message: `Mode ${mode} is not allowed here: ${origin.source} allows nothing looser than ${value}.`,
    hint: `Start with --mode ${value}, or one that is stricter.`,
  });
}

function availability(mode: Mode, words: string, { report, settings }: Pick<Standing, 'report' | 'settings'>) {
  const { value, origin } = settings.loosestMode;
  if (STRICTNESS[mode] > STRICTNESS[value])
    return { mode, available: false, why: `${origin.source} allows nothing looser than ${value}.` };
  if (!report.trusted && mode !== 'plan') return { mode, available: false, why: 'The workspace is not trusted.' };
  return { mode, available: true, why: words };
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

interface Picked {
  provider: Provider;
  model: string;
}

/** The first of these wishes that a provider offers; of none, the first model there is. */
function pickModel(providers: Provider[], wishes: (string | null | undefined)[]): Picked {
  for (const wish of wishes) {
    const found = wish ? findModel(providers, wish) : null;
    if (found) return found;
  }
  const wanted = wishes.at(-1);
  if (wanted) throw noModel(wanted, providers);
  const provider = providers.find((one) => one.models.length > 0);
  if (!provider) throw noModel('', providers);
  return { provider, model: provider.models[0]!.id };
}

/** By `NAME/model`, or by the model's id alone. */
function findModel(providers: Provider[], wish: string): Picked | null {
  for (const provider of providers)
    for (const { id } of provider.models)
      if (wish === id || wish === `${provider.name}/${id}`) return { provider, model: id };
  return null;
}

function noModel(wish: string, providers: Provider[]): Fault {
  const offered = providers.flatMap((one) => one.models.map(({ id }) => `${one.name}/${id}`));
  return new Fault({
    status: 422,
    code: 'no_such_model',
    message: wish === '' ? 'No provider offers a model.' : `No provider offers the model ${JSON.stringify(wish)}.`,
    hint:
      offered.length === 0
        ? 'Set ANTHROPIC_API_KEY or OPENAI_API_KEY, or start LM Studio.'
        : `There are: ${offered.slice(0, 20).join(', ')}.`,
  });
}

function shown(path: string): string {
  const home = homedir();
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

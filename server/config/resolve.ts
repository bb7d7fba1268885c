/** Folds the layers into the settings that hold: the stricter wins, a workspace only tightens until it is trusted. */
import { LIMITS } from '../../shared/limits.ts';
import type { Decision, Mode } from '../../shared/verdict.ts';
import type { Layers } from './layers.ts';
import type { Sourced } from './parse.ts';
import { entriesOf } from './entries.ts';
import { LOOSENESS } from './modes.ts';
import { sandboxSettings } from './sandbox.ts';
import { commandRules, constraints } from './commands.ts';
import type { FileLayer, IsTrusted, Origin, PathRule, Setting, Settings, ToolRule } from './settings.ts';

/** Read as instructions where a trusted workspace has them: the names that the common agents agreed on. */
export const INSTRUCTION_FILES: readonly string[] = [
  'AGENTS.md',
  'CLAUDE.md',
  'GEMINI.md',
  '.github/copilot-instructions.md',
  '.cursorrules',
];

export const LAYERS: readonly FileLayer[] = ['organisation', 'user', 'workspace'];

/** Pure. Call it again when trust changes: `isTrusted` decides which of the workspace's loosening values count. */
export function resolveSettings(layers: Layers, isTrusted: IsTrusted): Settings {
  const trusted = (file: Sourced<unknown> | null) => file !== null && isTrusted(file.file, file.sha256);
  const rules = LAYERS.flatMap((layer) => rulesOf(layers, layer, trusted));
  const settings: Omit<Settings, 'entries'> = {
    ...modes(layers),
    ...models(layers, trusted(layers.workspace.config)),
    maxToolCalls: maxToolCalls(layers),
    instructions: instructions(layers, trusted(layers.workspace.config)),
    humanInTheLoop: humanInTheLoop(layers),
    keepSessionsDays: keepSessionsDays(layers),
    toolRules: rules.filter((rule) => rule.tool !== '*'),
    defaultRules: rules.filter((rule) => rule.tool === '*'),
    commandRules: LAYERS.flatMap((layer) => commandRules(layers[layer], layer, trusted)),
    constraints: LAYERS.flatMap((layer) => constraints(layers[layer].policy, layer)),
    pathRules: LAYERS.flatMap((layer) => pathRules(layers, layer)),
    sandbox: sandboxSettings(layers),
  };
  return { ...settings, entries: entriesOf(layers, settings) };
}

/** What a layer's config says of one key, with its place; null where it says nothing. */
export function said<T>(layers: Layers, layer: FileLayer, key: AgentKey | SecurityKey | AuditKey): Setting<T> | null {
  const config = layers[layer].config;
  const [table = '', name = ''] = key.split('.');
  const tables: Record<string, Record<string, unknown> | undefined> = config?.value ?? {};
  const held = tables[table] ?? {};
  if (!config || !Object.hasOwn(held, name) || held[name] === undefined) return null;
  // The schema has checked the value; the caller names the key and its type together.
  return { value: held[name] as T, origin: { layer, source: config.at([table, name]) } };
}

type AgentKey = 'agent.mode' | 'agent.model' | 'agent.max_tool_calls' | 'agent.instructions';
type AuditKey = 'audit.keep_sessions_days';
type SecurityKey = 'security.human_in_the_loop' | 'security.sensitive_paths' | 'security.protected_paths';

const builtin = (name: string): Origin => ({ layer: 'builtin', source: `builtin/${name}` });

/** The organisation's mode is the loosest that may be chosen; a workspace's counts where it is stricter than the user's. */
function modes(layers: Layers): Pick<Settings, 'mode' | 'loosestMode'> {
  const loosestMode = said<Mode>(layers, 'organisation', 'agent.mode') ?? {
    value: 'contained' as const,
    origin: builtin('modes'),
  };
  const own = said<Mode>(layers, 'user', 'agent.mode') ?? { value: 'ask' as const, origin: builtin('agent.mode') };
  const asked = [own, said<Mode>(layers, 'workspace', 'agent.mode'), loosestMode].filter((mode) => mode !== null);
  return { mode: asked.reduce((a, b) => (LOOSENESS[b.value] < LOOSENESS[a.value] ? b : a)), loosestMode };
}

function models(layers: Layers, trusted: boolean): Pick<Settings, 'model' | 'workspaceModel'> {
  const own = said<string>(layers, 'user', 'agent.model') ?? said<string>(layers, 'organisation', 'agent.model');
  return {
    model: own ?? { value: null, origin: builtin('agent.model') },
    workspaceModel: trusted ? said<string>(layers, 'workspace', 'agent.model') : null,
  };
}

/** The user's own number, and the least that the organisation or the workspace says. */
function maxToolCalls(layers: Layers): Setting<number> {
  const own = said<number>(layers, 'user', 'agent.max_tool_calls') ?? {
    value: LIMITS.toolCallsPerTurn.value,
    origin: builtin('agent.max_tool_calls'),
  };
  const others = (['organisation', 'workspace'] as const).map((layer) =>
    said<number>(layers, layer, 'agent.max_tool_calls'),
  );
  return [own, ...others.filter((one) => one !== null)].reduce((a, b) => (b.value < a.value ? b : a));
}

/** The user's list (else the organisation's, else the usual names); a trusted workspace adds to it. */
function instructions(layers: Layers, trusted: boolean): Setting<string[]> {
  const key = 'agent.instructions';
  const own = said<string[]>(layers, 'user', key) ??
    said<string[]>(layers, 'organisation', key) ?? { value: [...INSTRUCTION_FILES], origin: builtin(key) };
  const added = trusted ? said<string[]>(layers, 'workspace', key) : null;
  return added === null ? own : { value: [...new Set([...own.value, ...added.value])], origin: added.origin };
}

/** Every name that any layer would have read as instructions, those that sleep too: what trust must show. */
export function instructionNames(layers: Layers): string[] {
  const named = LAYERS.flatMap((layer) => said<string[]>(layers, layer, 'agent.instructions')?.value ?? []);
  return [...new Set([...INSTRUCTION_FILES, ...named])];
}

/** The organisation's word, else the user's; a workspace has none. Null: for good. */
const keepSessionsDays = (layers: Layers): Setting<number | null> =>
  said<number>(layers, 'organisation', 'audit.keep_sessions_days') ??
  said<number>(layers, 'user', 'audit.keep_sessions_days') ?? {
    value: null,
    origin: builtin('audit.keep_sessions_days'),
  };

/** One `true` is enough, of any layer; a `false` changes nothing but the user's own default. */
function humanInTheLoop(layers: Layers): Setting<boolean> {
  const all = LAYERS.map((layer) => said<boolean>(layers, layer, 'security.human_in_the_loop'));
  const own = said<boolean>(layers, 'user', 'security.human_in_the_loop');
  const policy = layers.organisation.policy;
  if (policy?.value.requireExplicit === true)
    return { value: true, origin: { layer: 'organisation', source: policy.at(['requireExplicit']) } };
  return (
    all.find((one) => one?.value === true) ?? own ?? { value: false, origin: builtin('security.human_in_the_loop') }
  );
}

function rulesOf(layers: Layers, layer: FileLayer, trusted: (file: Sourced<unknown> | null) => boolean): ToolRule[] {
  const { config, policy } = layers[layer];
  const rule = (file: Sourced<unknown>, path: readonly string[], decision: Decision): ToolRule => {
    const trustedOnly = layer === 'workspace' && decision === 'allow';
    const isDefault = path.at(-1) === 'default_policy';
    return {
      rule: `${layer}/${path.join('.')}`,
      tool: isDefault ? '*' : path.at(-1)!,
      decision,
      layer,
      source: file.at(path),
      why: `${WHOSE[layer]} ${isDefault ? 'says this of all that no rule names' : 'says this of the tool'}`,
      trustedOnly,
      inForce: !trustedOnly || trusted(file),
    };
  };
  const fallback = config?.value.tools?.default_policy;
  return [
    ...Object.entries(config?.value.tools?.policies ?? {}).map(([tool, decision]) =>
      rule(config!, ['tools', 'policies', tool], decision),
    ),
    ...Object.entries(policy?.value.policies ?? {}).map(([tool, decision]) =>
      rule(policy!, ['policies', tool], decision),
    ),
    ...(fallback === undefined ? [] : [rule(config!, ['tools', 'default_policy'], fallback)]),
  ];
}

const WHOSE: Record<FileLayer, string> = {
  organisation: 'the organisation',
  user: "the user's own setting",
  workspace: 'the workspace',
};

function pathRules(layers: Layers, layer: FileLayer): PathRule[] {
  const config = layers[layer].config;
  return (['sensitive', 'protected'] as const).flatMap((kind) =>
    (config?.value.security?.[`${kind}_paths`] ?? []).map((pattern, i) => ({
      rule: `${layer}/security.${kind}_paths.${i}`,
      kind,
      pattern,
      layer,
      source: config!.at(['security', `${kind}_paths`, i]),
    })),
  );
}

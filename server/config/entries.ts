/** Every value of every settings file, with what came of it: what `vtcode config explain` prints. */
import { LIMIT_KEYS } from './sandbox.ts';
import type { Layers } from './layers.ts';
import type { Sourced } from './parse.ts';
import type { FileLayer, Setting, SettingEntry, Settings } from './settings.ts';

type Resolved = Omit<Settings, 'entries'>;

/** The built-in values first, then each file's, in the order of the layers and of the file. */
export function entriesOf(layers: Layers, resolved: Resolved): SettingEntry[] {
  const files = (['organisation', 'user', 'workspace'] as const).flatMap((layer) => [
    ...fileEntries(layer, layers[layer].config, resolved),
    ...fileEntries(layer, layers[layer].policy, resolved),
  ]);
  return [...builtinEntries(resolved), ...files];
}

/** The settings that have one value: key, what holds, and what is said where a file's value does not hold. */
const single = (resolved: Resolved): { key: string; setting: Setting<unknown> }[] => [
  { key: 'agent.mode', setting: resolved.mode },
  { key: 'agent.model', setting: resolved.workspaceModel ?? resolved.model },
  { key: 'agent.max_tool_calls', setting: resolved.maxToolCalls },
  { key: 'agent.instructions', setting: resolved.instructions },
  { key: 'security.human_in_the_loop', setting: resolved.humanInTheLoop },
  { key: 'audit.keep_sessions_days', setting: resolved.keepSessionsDays },
  { key: 'sandbox.network', setting: resolved.sandbox.network },
  { key: 'sandbox.git', setting: resolved.sandbox.git },
  ...Object.entries(LIMIT_KEYS).map(([name, key]) => ({
    key: `sandbox.limits.${key}`,
    setting: resolved.sandbox.limits[name as keyof typeof LIMIT_KEYS], // its keys are those of LIMIT_KEYS
  })),
];

/** Lists of which every layer's part counts. */
const lists = ({ sandbox }: Resolved): { key: string; isNamed: boolean }[] => [
  { key: 'sandbox.hosts', isNamed: sandbox.hosts.length > 0 },
  { key: 'sandbox.read_roots', isNamed: sandbox.readRoots.value.length > 0 },
];

function builtinEntries(resolved: Resolved): SettingEntry[] {
  const values = single(resolved)
    .filter(({ setting }) => setting.origin.layer === 'builtin')
    .map(({ key, setting }) => ({ key, value: setting.value, origin: setting.origin, inForce: true, note: '' }));
  const empty = lists(resolved).filter(({ isNamed }) => !isNamed);
  const builtin = (key: string) => ({ layer: 'builtin' as const, source: `builtin/${key}` });
  return [...values, ...empty.map(({ key }) => ({ key, value: [], origin: builtin(key), inForce: true, note: '' }))];
}

function fileEntries(layer: FileLayer, file: Sourced<unknown> | null, resolved: Resolved): SettingEntry[] {
  if (file === null) return [];
  const leaves = leavesOf(file.value, []).filter(({ path }) => path[0] !== '$schema' && path[0] !== 'version');
  return leaves.map(({ path, value }) => {
    const key = path.join('.');
    const origin = { layer, source: file.at(path) };
    return { key, value, origin, ...standing({ layer, key, source: origin.source }, resolved) };
  });
}

/** Tables are entered, lists are values. */
function leavesOf(value: unknown, path: readonly string[]): { path: string[]; value: unknown }[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ path: [...path], value }];
  return Object.entries(value).flatMap(([key, held]) => leavesOf(held, [...path, key]));
}

interface Where {
  layer: FileLayer;
  key: string;
  source: string;
}

function standing(where: Where, resolved: Resolved): Pick<SettingEntry, 'inForce' | 'note'> {
  const rule = [...resolved.toolRules, ...resolved.defaultRules].find((one) => one.source === where.source);
  if (rule) return { inForce: rule.inForce, note: rule.inForce ? '' : SLEEPS };
  const setting = single(resolved).find((one) => one.key === where.key)?.setting;
  if (!setting || setting.origin.source === where.source) return { inForce: true, note: noteOf(where, resolved) };
  if (where.key === 'agent.mode' && where.layer === 'organisation')
    return { inForce: true, note: noteOf(where, resolved) };
  return { inForce: false, note: losesTo(where, setting.origin.source) };
}

const SLEEPS = 'sleeps: it loosens, and counts once this file is trusted as it is';

function noteOf(where: Where, resolved: Resolved): string {
  if (where.layer === 'organisation' && where.key === 'agent.mode') return 'no looser mode can be chosen';
  if (where.layer === 'workspace' && where.key === 'sandbox.hosts')
    return 'narrows: of the other hosts only these count';
  if (where.layer === 'workspace' && where.key === 'sandbox.read_roots')
    return 'narrows: of the other folders only these count';
  if (where.key === 'sandbox.network' && resolved.sandbox.network.value === 'host')
    return 'each command of the agent then asks';
  if (where.layer === 'workspace' && where.key === 'agent.model') return 'counts where a provider of yours offers it';
  return '';
}

function losesTo(where: Where, source: string): string {
  if (where.layer !== 'workspace') return `${source} holds instead`;
  switch (where.key) {
    case 'agent.model':
    case 'agent.instructions':
      return SLEEPS;
    case 'security.human_in_the_loop':
      return 'a workspace can set it to true only';
    default:
      return `${source} is at least as strict, and holds`;
  }
}

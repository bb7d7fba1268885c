/** The `[sandbox]` table of all layers: yours loosens, the organisation's bounds yours, a workspace's can only tighten. */
import type { UserConfig } from '../../shared/config.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { GitMode, NetworkMode, SandboxLimits } from '../../shared/sandbox.ts';
import { formatPattern, type HostPattern, intersection, parsePattern } from '../base/host-pattern.ts';
import type { Layers } from './layers.ts';
import type { FileLayer, HostRule, Origin, SandboxSettings, Setting } from './settings.ts';

type Table = NonNullable<UserConfig['sandbox']>;

/** Those that may say what is let through; a workspace narrows it. */
const LOOSENING: readonly FileLayer[] = ['organisation', 'user'];
const NETWORKS: readonly NetworkMode[] = ['none', 'proxy', 'host'];
const GITS: readonly GitMode[] = ['readonly', 'guarded'];

/** Each bound as the settings call it. */
export const LIMIT_KEYS = {
  pids: 'pids',
  nofile: 'nofile',
  fileBytes: 'file_bytes',
  dataBytes: 'data_bytes',
  wallMs: 'wall_ms',
  outputBytes: 'output_bytes',
} as const satisfies Record<keyof SandboxLimits, keyof NonNullable<Table['limits']>>;

const DEFAULT_LIMITS: SandboxLimits = {
  pids: LIMITS.commandPids.value,
  nofile: LIMITS.commandFiles.value,
  fileBytes: LIMITS.commandFileBytes.value,
  dataBytes: LIMITS.commandDataBytes.value,
  wallMs: LIMITS.commandMs.value,
  outputBytes: LIMITS.commandOutputBytes.value,
};

export function sandboxSettings(layers: Layers): SandboxSettings {
  const hosts = hostRules(layers);
  return {
    network: network(layers, hosts),
    hosts,
    git: strictestOf(layers, { path: ['git'], of: ({ git }) => git, order: GITS, without: 'readonly' }),
    most: {
      network: said(layers, 'organisation', { path: ['network'], of: (table) => table.network }),
      git: said(layers, 'organisation', { path: ['git'], of: (table) => table.git }),
    },
    readRoots: readRoots(layers),
    limits: limits(layers),
  };
}

const builtin = (name: string): Origin => ({ layer: 'builtin', source: `builtin/sandbox.${name}` });

/** What a layer says of one key, with its place. */
function said<T>(
  layers: Layers,
  layer: FileLayer,
  { path, of }: { path: readonly string[]; of: (table: Table) => T | undefined },
): Setting<T> | null {
  const { config } = layers[layer];
  const value = config?.value.sandbox === undefined ? undefined : of(config.value.sandbox);
  if (config === null || value === undefined) return null;
  return { value, origin: { layer, source: config.at(['sandbox', ...path]) } };
}

interface Ordered<T> {
  path: readonly string[];
  of: (table: Table) => T | undefined;
  /** The strictest first. */
  order: readonly T[];
  without: T;
}

/** Yours, else the organisation's, else ours; and of the organisation's and the workspace's what is stricter. */
function strictestOf<T>(layers: Layers, key: Ordered<T>): Setting<T> {
  const { order, without, path } = key;
  const [organisation, user, workspace] = (['organisation', 'user', 'workspace'] as const).map((layer) =>
    said(layers, layer, key),
  );
  const own = user ?? organisation ?? { value: without, origin: builtin(path.join('.')) };
  const others = [organisation, workspace].filter((one) => one !== null && one !== undefined);
  return others.reduce((a, b) => (order.indexOf(b.value) < order.indexOf(a.value) ? b : a), own);
}

/** Who names hosts wants them reached: without a word on the network that is `proxy`. */
function network(layers: Layers, hosts: readonly HostRule[]): Setting<NetworkMode> {
  const found = strictestOf<NetworkMode>(layers, {
    path: ['network'],
    of: (table) => table.network,
    order: NETWORKS,
    without: hosts.length > 0 ? 'proxy' : 'none',
  });
  const [first] = hosts;
  return found.origin.layer === 'builtin' && first !== undefined
    ? { value: found.value, origin: { layer: first.layer, source: first.source } }
    : found;
}

/** Every host of yours and of the organisation; where a workspace names some, what both let through. */
function hostRules(layers: Layers): HostRule[] {
  const named = LOOSENING.flatMap((layer) => hostsOf(layers, layer));
  if (said(layers, 'workspace', { path: ['hosts'], of: ({ hosts }) => hosts }) === null) return named;
  const narrowing = hostsOf(layers, 'workspace');
  return named.flatMap((rule) =>
    narrowing.flatMap((other) => {
      const both = intersection(patternOf(rule.pattern), patternOf(other.pattern));
      return both === null ? [] : [{ ...rule, pattern: formatPattern(both) }];
    }),
  );
}

function hostsOf(layers: Layers, layer: FileLayer): HostRule[] {
  const { config } = layers[layer];
  return (config?.value.sandbox?.hosts ?? []).map((text, i) => ({
    rule: `${layer}/sandbox.hosts.${i}`,
    pattern: formatPattern(patternOf(text)),
    layer,
    source: config!.at(['sandbox', 'hosts', i]),
  }));
}

/** The file was checked when it was read. */
function patternOf(text: string): HostPattern {
  const parsed = parsePattern(text);
  if (!parsed.ok) throw new Error(`the settings hold the host ${text}: ${parsed.why}`);
  return parsed.pattern;
}

/** The folders of yours and of the organisation; where a workspace names some, those of them that it names. */
function readRoots(layers: Layers): Setting<string[]> {
  const key = { path: ['read_roots'], of: (table: Table) => table.read_roots };
  const named = LOOSENING.map((layer) => said(layers, layer, key)).filter((one) => one !== null);
  const narrowing = said(layers, 'workspace', key);
  const all = [...new Set(named.flatMap(({ value }) => value))];
  const value = narrowing === null ? all : all.filter((path) => narrowing.value.includes(path));
  return { value, origin: (narrowing ?? named.at(-1))?.origin ?? builtin('read_roots') };
}

function limits(layers: Layers): SandboxSettings['limits'] {
  const of = (name: keyof SandboxLimits): Setting<number> => {
    const key = LIMIT_KEYS[name];
    const at = { path: ['limits', key], of: (table: Table) => table.limits?.[key] };
    const own = said(layers, 'user', at) ??
      said(layers, 'organisation', at) ?? { value: DEFAULT_LIMITS[name], origin: builtin(`limits.${key}`) };
    const others = (['organisation', 'workspace'] as const).map((layer) => said(layers, layer, at));
    return others.filter((one) => one !== null).reduce((a, b) => (b.value < a.value ? b : a), own);
  };
  return {
    pids: of('pids'),
    nofile: of('nofile'),
    fileBytes: of('fileBytes'),
    dataBytes: of('dataBytes'),
    wallMs: of('wallMs'),
    outputBytes: of('outputBytes'),
  };
}

/** The bounds alone, as a command is given them. */
export const limitsOf = ({ limits: held }: SandboxSettings): SandboxLimits => ({
  pids: held.pids.value,
  nofile: held.nofile.value,
  fileBytes: held.fileBytes.value,
  dataBytes: held.dataBytes.value,
  wallMs: held.wallMs.value,
  outputBytes: held.outputBytes.value,
});

/** Which room may import which: the house of ARCHITECTURE.md, as a table. */
import { builtinModules } from 'node:module';
import { circles, edgesOf, type Edge } from './imports.ts';
import { isProduct, type Offence, type Source } from './sources.ts';

/** What a room of the server may import at run time, besides itself, `shared` and `base`. Downwards only. */
const SERVER: Record<string, readonly string[]> = {
  base: [],
  config: ['policy'],
  trust: ['policy'],
  policy: [],
  store: [],
  llm: [],
  sandbox: ['policy'],
  search: ['policy'],
  mcp: [],
  tools: ['search'],
  run: ['sandbox', 'search'],
  gate: ['policy', 'run', 'store', 'config'],
  agent: ['gate', 'tools', 'llm', 'store', 'mcp'],
  changes: ['gate', 'policy', 'store', 'tools'],
  share: ['store'],
  collector: ['store'],
  routes: ['agent', 'gate', 'store', 'search', 'share'],
  guard: ['routes'],
  app: ['routes', 'guard'],
  'share-app': ['routes', 'guard'],
  http: ['app', 'guard', 'routes'],
  control: [],
  lock: [],
};
/** The composition root and the command line wire everything. */
const WIRES = [
  'desk',
  ...[
    'serve',
    'ground',
    'sharing',
    'doors',
    'exec',
    'house',
    'audit',
    'wire',
    'confine',
    'models',
    'person',
    'terminals',
    'standing',
    'workspace',
  ],
  ...['cli', 'main'],
];

/** Packages, and Node's own modules, that open a door: who may import them at run time. The rest is free to the server. */
const DOORS: [pattern: RegExp, rooms: readonly RegExp[], why: string][] = [
  [/^(node:)?child_process$/, [/^server\/run\/spawn\.ts$/], 'every process is started through server/run/spawn.ts'],
  [/^(node:)?cluster$/, [], 'every process is started through server/run/spawn.ts'],
  [/^node-pty$/, [/^server\/run\/spawn\.ts$/], 'every process is started through server/run/spawn.ts'],
  [
    /^(better-sqlite3|drizzle-orm)(\/|$)/,
    [/^server\/store\//, /^server\/lock\.ts$/],
    'only the store and the lock know what keeps the records',
  ],
  [/^undici$/, [/^server\/(llm|mcp)\//], 'only llm/ and mcp/ go out to the network'],
  [/^@anthropic-ai\/sdk(\/|$)/, [/^server\/llm\//], 'only llm/ speaks to a model'],
  [
    /^(node:)?(https|http2|dgram|tls)$/,
    [/^server\/(llm|collector)\//],
    'only llm/ and collector/ go out to the network',
  ],
  [
    /^(node:)?http$/,
    [/^server\/http\.ts$/, /^server\/routes\//, /^server\/guard\.ts$/, /^server\/run\/proxy\//, /^server\/collector\//],
    'one place listens; what goes out goes through llm/, collector/ and the proxy of commands',
  ],
  [
    /^(node:)?net$/,
    [
      /^server\/control(\.ts|\/)/,
      /^server\/http\.ts$/,
      /^server\/guard\.ts$/,
      /^server\/sandbox\/canary\.ts$/,
      /^server\/run\/proxy\//,
      /^server\/(cli|config|llm)\//,
    ],
    'only the control socket and the port are ours to open',
  ],
];

/** From text to a tree, and nothing besides: no I/O, no dependencies. */
const PARSER = 'unbash';
const SHARED_PACKAGES = ['zod'];
const NODE = new Set(builtinModules);

export function directions(sources: Source[]): Offence[] {
  return edgesOf(sources.filter(isProduct)).flatMap((edge) => {
    const why = wrong(edge);
    return why === null ? [] : [`${edge.from}:${edge.line} imports ${edge.to}: ${why}`];
  });
}

export const importCircles = (sources: Source[]): Offence[] =>
  circles(sources).map((group) => `These import each other in a circle: ${group.sort().join(', ')}`);

function wrong(edge: Edge): string | null {
  const [from, to] = [roomOf(edge.from), roomOf(edge.to)];
  if (to === null) return wrongPackage(edge, from!);
  if (to === 'outside') return 'it stands outside server/, shared/ and web/';
  if (from === 'shared') return to === 'shared' ? null : 'shared/ imports nothing of the server or the page';
  if (from === 'web') return to === 'web' || to === 'shared' ? null : 'the page knows web/ and shared/ alone';
  if (to === 'web') return 'the server knows nothing of the page';
  if (edge.typeOnly || from === to || to === 'shared' || to === 'base' || WIRES.includes(from!)) return null;
  const allowed = SERVER[from!];
  if (!allowed) return `${from} is no room of the house; add it to test/tidy/rooms.ts and to ARCHITECTURE.md`;
  return allowed.includes(to) ? null : `${from} may import ${['shared', 'base', ...allowed].join(', ')}`;
}

function wrongPackage(edge: Edge, from: string): string | null {
  const node = NODE.has(edge.to.replace(/^node:/, ''));
  if (from === 'shared') return SHARED_PACKAGES.includes(edge.to) ? null : 'shared/ imports zod and nothing else';
  if (from === 'web') return node ? 'the page runs in a browser' : null;
  if (node && !edge.to.startsWith('node:')) return 'write node: before it';
  if (edge.typeOnly) return null;
  if (from === 'policy' && edge.to !== 'zod' && edge.to !== PARSER)
    return 'the policy is pure: it imports neither I/O nor packages';
  const door = DOORS.find(([pattern, rooms]) => pattern.test(edge.to) && !rooms.some((room) => room.test(edge.from)));
  return door ? door[2] : null;
}

/** `shared`, `web`, a room of the server, `outside` for other paths; null for a package. */
function roomOf(path: string): string | null {
  const server = /^server\/([^/]+?)(\.ts)?(\/|$)/.exec(path);
  if (server) return server[1]!;
  if (path.startsWith('shared/')) return 'shared';
  if (path.startsWith('web/')) return 'web';
  return /^(\.\.|scripts|test|bench|docs)\//.test(path) || path === 'package.json' ? 'outside' : null;
}

/** `vtcode sandbox`: what confinement is in force here, and a command of the person's own behind it. */
import { constants } from 'node:os';
import type { SandboxLimits, SandboxStatus } from '../../shared/sandbox.ts';
import { GitMode, NetworkMode } from '../../shared/sandbox.ts';
import { didYouMean } from '../base/nearest.ts';
import { takeEnvironment } from '../config/environment.ts';
import { homesOf } from '../config/dirs.ts';
import { limitsOf } from '../config/sandbox.ts';
import type { SandboxSettings } from '../config/settings.ts';
import { rulesOf } from '../gate/rules.ts';
import { attachConfined, createSpawn } from '../run/spawn.ts';
import { childEnv, stripInjected } from '../sandbox/env.ts';
import { openConfinement } from '../sandbox/open.ts';
import type { Confinement } from '../sandbox/sandbox.ts';
import { type Args, usage } from './args.ts';
import { type Io, shown } from './io.ts';
import { findPlace } from './place.ts';
import { type CliNetwork, openNetwork } from './sandbox-network.ts';
import { readSettings } from './settings.ts';

/** Nothing was run: the sandbox could not be set up. */
const NOT_CONFINED = 126;

export async function statusCommand(args: Args, io: Io): Promise<number> {
  const { confinement, sandbox } = await openHere(args.flags.get('dir') ?? '.', io, 'write');
  try {
    const status = confinement.status();
    await io.out(args.flags.has('json') ? `${JSON.stringify(status)}\n` : table(status) + networkLines(sandbox));
    return status.tier === 'none' ? 1 : 0;
  } finally {
    await confinement.close();
  }
}

export async function runCommand(args: Args, io: Io): Promise<number> {
  const git = choice(GitMode, 'git', args.flags.get('git') ?? 'readonly');
  const mode = choice(NetworkMode, 'network', args.flags.get('network') ?? 'none');
  const hosts = args.flags.get('hosts') ?? null;
  if (hosts !== null && mode !== 'proxy')
    throw usage('--hosts is expected together with --network proxy.', 'What it takes: vtcode sandbox run --help');
  const access = args.flags.has('read-only') ? 'read' : 'write';
  const { confinement, sandbox } = await openHere(args.flags.get('dir') ?? '.', io, access);
  try {
    const way = await openNetwork({ mode, rules: sandbox.hosts, hosts, io });
    try {
      return await run(confinement, io, { git, way, limits: limitsOf(sandbox), command: args.rest });
    } finally {
      await way.close();
    }
  } finally {
    await confinement.close();
  }
}

interface Asked {
  git: GitMode;
  way: CliNetwork;
  limits: SandboxLimits;
  command: readonly string[];
}

async function run(confinement: Confinement, io: Io, { git, way, limits, command }: Asked): Promise<number> {
  const { tier, why } = confinement.status();
  if (tier === 'none') return notConfined(io, why);
  const prepared = await confinement
    .prepare({
      cwd: '.',
      env: {},
      git,
      network: way.network,
      limits,
      pty: null,
      session: 'command-line',
    })
    .catch((error: Error & { hint?: string }) => error);
  if (prepared instanceof Error)
    return notConfined(io, `${prepared.message} ${'hint' in prepared ? prepared.hint : ''}`);
  try {
    const { bar } = way;
    const show = {
      stdout: bar !== null && io.terminal.stdout ? bar.show : null,
      stderr: bar === null ? null : bar.show,
    };
    const stdin = bar === null ? ('inherit' as const) : ('ignore' as const);
    const attached = { argv: prepared.argv(command), env: prepared.env, stdin, show };
    const end = await attachConfined(attached, ['SIGTERM', 'SIGHUP', 'SIGINT']);
    bar?.end();
    if (end.startError !== '') return notConfined(io, end.startError);
    // What it was has been said on stderr already, by the launcher or by bubblewrap.
    if (!end.begun && (bar !== null || end.code !== NOT_CONFINED))
      return notConfined(io, 'the sandbox could not be set up; nothing was run.');
    if (end.uncovered !== '')
      io.err(`vtcode: ended, for ${shown(end.uncovered)} was replaced outside and uncovered.\n`);
    return end.code ?? 128 + (end.signal === null ? 0 : constants.signals[end.signal]);
  } finally {
    for (const { path, why: found } of await prepared.done()) io.err(`vtcode: ${shown(path)}: ${shown(found)}\n`);
  }
}

function notConfined(io: Io, why: string): number {
  io.err(`vtcode-sandbox: ${shown(why.trim())}\n`);
  return NOT_CONFINED;
}

export async function openHere(
  dir: string,
  io: Io,
  access: 'read' | 'write',
): Promise<{ confinement: Confinement; sandbox: SandboxSettings }> {
  const { variables } = takeEnvironment(io.env);
  stripInjected(io.env);
  const place = await findPlace({ env: variables, cwd: io.cwd }, dir, 'make');
  const { settings } = await readSettings(place);
  const rules = rulesOf(settings).paths;
  const { sandbox } = settings;
  const confinement = await openConfinement({
    root: place.root,
    stateDir: place.stateDir,
    configDir: place.configDir,
    homes: homesOf(variables),
    variables: childEnv(variables, place.root),
    spawn: createSpawn(),
    access,
    rules: () => rules,
    readRoots: () => sandbox.readRoots.value,
  });
  return { confinement, sandbox };
}

function choice<T extends string>(from: { options: readonly T[] }, flag: string, text: string): T {
  const found = from.options.find((option) => option === text);
  if (found !== undefined) return found;
  const message = `--${flag} is expected to be one of ${from.options.join(', ')}; came ${JSON.stringify(text)}.`;
  throw usage(message + didYouMean(text, from.options), 'What it takes: vtcode sandbox run --help');
}

/** What the agent's commands reach, by the settings. */
function networkLines({ network, hosts }: SandboxSettings): string {
  const named = hosts.map(({ pattern }) => `  ${shown(pattern)}\n`);
  const others = network.value === 'proxy' ? '  every other host asks\n' : '';
  return `\nnetwork        ${NETWORK_WORDS[network.value]} (${shown(network.origin.source)})\n${network.value === 'proxy' ? named.join('') : ''}${others}`;
}

const NETWORK_WORDS: Record<NetworkMode, string> = {
  none: 'none: commands have a loopback of their own',
  proxy: 'proxy: named hosts, each request checked and recorded',
  host: "host: the machine's, and each command of the agent asks for it",
};

function table({ tier, why, layers, missing, checks }: SandboxStatus): string {
  const layer = (name: string, isOn: boolean, detail = '') => `  ${name.padEnd(13)} ${isOn ? 'yes' : 'no'}${detail}\n`;
  return [
    `tier           ${tier}: ${shown(why)}\n\nlayers\n`,
    layer('namespaces', layers.namespaces),
    layer('Landlock', layers.landlock > 0, layers.landlock > 0 ? `, ABI ${layers.landlock}` : ''),
    layer('seccomp', layers.seccomp),
    layer('process limit', layers.pidLimit),
    missing.length === 0 ? '' : '\nmissing\n',
    ...missing.map(({ what, means }) => `  ${shown(what)}: ${shown(means)}\n`),
    checks.length === 0 ? '' : '\ntried now\n',
    ...checks.map(
      ({ name, blocked, detail }) => `  ${blocked ? 'stopped ' : 'OPEN    '} ${shown(name)} (${shown(detail)})\n`,
    ),
  ].join('');
}

/** `vtcode doctor`: one screen on what works here, and how to mend what does not. */
import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { rgPath } from '@vscode/ripgrep';
import { resolveCollector } from '../config/collector.ts';
import { takeEnvironment } from '../config/environment.ts';
import { homesOf } from '../config/dirs.ts';
import { resolveProviders } from '../config/providers.ts';
import type { SandboxSettings } from '../config/settings.ts';
import { rulesOf } from '../gate/rules.ts';
import { createSpawn, loadPty } from '../run/spawn.ts';
import { childEnv, forKeyCommand, stripInjected } from '../sandbox/env.ts';
import { openConfinement } from '../sandbox/open.ts';
import type { Args } from './args.ts';
import { type Io, shown } from './io.ts';
import { collectorLines } from './doctor-collector.ts';
import { findPlace, type Place } from './place.ts';
import { readSettings } from './settings.ts';

export interface Line {
  what: string;
  /** `warn`: it works without. */
  state: 'good' | 'warn' | 'bad';
  found: string;
  /** Empty where there is nothing to mend. */
  mend: string;
}

/** 0 where all that is needed works, else 1. */
export async function doctorCommand(args: Args, io: Io): Promise<number> {
  const environment = takeEnvironment(io.env);
  stripInjected(io.env);
  const { variables } = environment;
  const place = await findPlace({ env: variables, cwd: io.cwd }, args.rest[0] ?? '.', 'make');
  const { layers, settings } = await readSettings(place);
  const spawn = createSpawn();
  const plain = childEnv(variables, place.root);
  const commandEnv = { ...plain, ...environment.pick(forKeyCommand) };
  const signal = new AbortController().signal;
  const sources = { environment, layers, spawn, commandEnv, signal };
  const providers = await resolveProviders(sources);
  const collector = await resolveCollector(sources);
  const confinement = await openConfinement({
    root: place.root,
    stateDir: place.stateDir,
    configDir: place.configDir,
    homes: homesOf(variables),
    variables: plain,
    spawn,
    access: 'write',
    rules: () => rulesOf(settings).paths,
    readRoots: () => settings.sandbox.readRoots.value,
  });
  const status = confinement.status();
  await confinement.close();
  const lines = [
    nodeLine(),
    ...sandboxLines(status),
    networkLine(settings.sandbox),
    await program('C compiler', ['/usr/bin/cc', '/usr/bin/gcc', '/usr/bin/clang'], {
      without: 'the launcher that came with the program is used',
      mend: 'apt-get install gcc libc6-dev',
    }),
    await program('git', ['/usr/bin/git', '/usr/local/bin/git', '/opt/homebrew/bin/git'], {
      without: 'the agent can neither commit nor switch branches',
      mend: 'apt-get install git',
    }),
    await program('ripgrep', [rgPath], { without: 'text cannot be searched', mend: 'npm rebuild @vscode/ripgrep' }),
    await terminalLine(),
    await browserLine(variables),
    ...(await dirLines(place)),
    ...providerLines(providers),
    ...collectorLines(collector, place.stateDir),
  ];
  if (args.flags.has('json')) await io.out(`${JSON.stringify({ checks: lines })}\n`);
  else await io.out(lines.map(show).join(''));
  return lines.some(({ state }) => state === 'bad') ? 1 : 0;
}

const SIGNS = { good: 'ok  ', warn: 'note', bad: 'BAD ' } as const;

const show = ({ what, state, found, mend }: Line): string =>
  `${SIGNS[state]}  ${what.padEnd(12)}  ${shown(found)}\n${mend === '' ? '' : `${' '.repeat(20)}to mend it: ${shown(mend)}\n`}`;

function nodeLine(): Line {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > 20 || (major === 20 && minor >= 19);
  return {
    what: 'node',
    state: fits ? 'good' : 'bad',
    found: `${process.version} at ${process.execPath}`,
    mend: fits ? '' : 'install Node 20.19 or newer',
  };
}

/** What the agent's commands reach, by the settings. */
function networkLine({ network, hosts }: SandboxSettings): Line {
  const { value, origin } = network;
  const named = hosts.map(({ pattern }) => pattern).join(', ') || 'no host is named, so each asks';
  const found = value === 'proxy' ? `proxy: ${named}` : value === 'none' ? 'none' : "the machine's; each command asks";
  return { what: 'network', state: value === 'host' ? 'warn' : 'good', found: `${found} (${origin.source})`, mend: '' };
}

type Status = ReturnType<Awaited<ReturnType<typeof openConfinement>>['status']>;

function sandboxLines({ tier, why, layers, missing, checks }: Status): Line[] {
  const isOff = tier === 'none';
  const { namespaces, landlock, seccomp, pidLimit } = layers;
  const inForce = [
    ...(namespaces ? ['namespaces'] : []),
    ...(landlock > 0 ? [`Landlock ${landlock}`] : []),
    ...(seccomp ? ['seccomp'] : []),
    ...(pidLimit ? ['process limit'] : []),
  ];
  const stopped = checks.filter(({ blocked }) => blocked).length;
  return [
    {
      what: 'sandbox',
      state: isOff ? 'bad' : 'good',
      found: isOff ? why : `${tier}: ${inForce.join(', ')}; ${stopped} of ${checks.length} attacks stopped`,
      mend: isOff ? 'as it says; the page on it is docs/sandbox.md' : '',
    },
    ...missing.map(({ what, means }) => ({
      what: '',
      state: 'warn' as const,
      found: `without ${what}: ${means}`,
      mend: '',
    })),
  ];
}

async function program(
  what: string,
  paths: readonly string[],
  { without, mend }: { without: string; mend: string },
): Promise<Line> {
  for (const path of paths) if (await runs(path)) return { what, state: 'good', found: path, mend: '' };
  return { what, state: 'warn', found: `not found: ${without}`, mend };
}

const runs = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** Native, and built when vtcode was installed, where npm let it. */
async function terminalLine(): Promise<Line> {
  const problem = await loadPty().then(
    () => '',
    () => 'node-pty was not built: there are no terminals',
  );
  const mend = problem === '' ? '' : 'npm rebuild node-pty, with -g where vtcode was installed so';
  return { what: 'terminals', state: problem === '' ? 'good' : 'warn', found: problem || 'node-pty loads', mend };
}

async function browserLine(variables: Readonly<Record<string, string>>): Promise<Line> {
  const hasScreen = Boolean(variables['DISPLAY'] ?? variables['WAYLAND_DISPLAY']) || process.platform === 'darwin';
  if (!hasScreen)
    return {
      what: 'browser',
      state: 'warn',
      found: 'no screen here: the link is printed, and opened elsewhere',
      mend: '',
    };
  return program('browser', ['/usr/bin/xdg-open', '/usr/bin/open'], {
    without: 'the link is printed, not opened',
    mend: 'apt-get install xdg-utils',
  });
}

/** Made and checked already: had one been unsafe, that would have been told in place of all this. */
async function dirLines({ configDir, stateDir, root }: Place): Promise<Line[]> {
  const owner = (await stat(root)).uid;
  const isOurs = owner === (process.getuid?.() ?? owner);
  return [
    {
      what: 'workspace',
      state: isOurs ? 'good' : 'bad',
      found: isOurs ? root : `${root} belongs to user ${owner}`,
      mend: isOurs ? '' : `run vtcode as its owner: sudo -u '#${owner}' vtcode`,
    },
    { what: 'settings', state: 'good', found: join(configDir, 'config.toml'), mend: '' },
    { what: 'records', state: 'good', found: stateDir, mend: '' },
  ];
}

function providerLines({ providers, problems }: Awaited<ReturnType<typeof resolveProviders>>): Line[] {
  const named = providers.map(({ name, kind }) => `${name} (${kind})`);
  const none = 'none is set up: local model servers are looked for at start, and `vtcode serve --demo` needs none';
  return [
    {
      what: 'providers',
      state: named.length > 0 ? 'good' : 'warn',
      found: named.join(', ') || none,
      mend:
        named.length > 0 ? '' : 'set ANTHROPIC_API_KEY or OPENAI_API_KEY, or [providers.NAME] in the settings above',
    },
    ...problems.map(({ message, hint }) => ({ what: '', state: 'bad' as const, found: message, mend: hint })),
  ];
}

/** `vtcode serve`: closes the process off, reads the settings, starts the server, prints the link, ends when told to. */
import { resolve } from 'node:path';
import { LIMITS } from '../../shared/limits.ts';
import { Mode } from '../../shared/verdict.ts';
import { createLogger, type Logger } from '../base/log.ts';
import { didYouMean } from '../base/nearest.ts';
import { createRedactor, type Redactor } from '../base/redact.ts';
import { type Environment, takeEnvironment } from '../config/environment.ts';
import { type ProvidersFound, proxyOf, resolveProviders } from '../config/providers.ts';
import { createSpawn } from '../run/spawn.ts';
import { childEnv, forBrowser, forKeyCommand, stripInjected } from '../sandbox/env.ts';
import { harden, type StartWarning } from '../sandbox/hardening.ts';
import { type Args, usage } from './args.ts';
import { openBrowser, removePages, type Screen } from './browser.ts';
import { type Io, shown, tellWarning } from './io.ts';
import { readListenFlags } from './listen-flags.ts';
import { findPlace, type Place } from './place.ts';
import type { RunningServer, ServeOptions } from './serve-options.ts';
import { readSettings } from './settings.ts';
import { untilStopped } from './stop.ts';
import { readVersion } from './version.ts';

export async function serveCommand(args: Args, io: Io): Promise<number> {
  const flags = readFlags(args, io);
  const spawn = createSpawn();
  const environment = takeEnvironment(io.env);
  const warnings = await harden({ variables: environment.variables, spawn });
  stripInjected(io.env);
  const place = await findPlace({ env: environment.variables, cwd: io.cwd }, args.rest[0] ?? '.', 'make');
  const { layers, settings } = await readSettings(place);
  const plainEnv = childEnv(environment.variables, place.root);
  const commandEnv = { ...plainEnv, ...environment.pick(forKeyCommand) };
  const found = await resolveProviders({
    environment,
    layers,
    spawn,
    commandEnv,
    signal: new AbortController().signal,
  });
  const redactor = createRedactor(found.providers.flatMap(({ apiKey }) => apiKey ?? []));
  const logger = loggerFor(io, redactor);
  for (const warning of [...warnings, ...providerWarnings(found)]) tellWarning(io, warning);
  const { serve } = await import('../serve.ts');
  const server = await serve({
    ...placeOptions(place, environment),
    ...flags,
    version: readVersion(),
    layers,
    settings,
    providers: found.providers,
    proxy: proxyOf(environment.variables),
    childEnv: plainEnv,
    logger,
  });
  const stopped = untilStopped({ server, logger });
  await announce(server, { io, place, hosts: flags.hostsExtra, json: args.flags.has('json') });
  if (!args.flags.has('no-open')) {
    const env = { ...plainEnv, ...environment.pick(forBrowser) };
    const link = () => server.link();
    const screen = { variables: environment.variables, platform: process.platform, uid: process.getuid?.() ?? -1 };
    await open({ link, io, spawn, env, place, screen });
  }
  const code = await stopped;
  await removePages(place.stateDir);
  return code;
}

type FlagOptions = Pick<ServeOptions, 'host' | 'port' | 'hostsExtra' | 'mode' | 'demo' | 'script'>;

function readFlags(args: Args, io: Pick<Io, 'cwd'>): FlagOptions {
  const { flags } = args;
  const script = flags.get('script');
  if (script !== undefined && flags.has('demo')) {
    throw usage(
      '--demo and --script cannot both be obeyed: each names what plays in place of a model.',
      'Give one of them.',
    );
  }
  const mode = flags.get('mode');
  return {
    ...readListenFlags(args),
    mode: mode === undefined ? null : readMode(mode),
    demo: flags.has('demo'),
    script: script === undefined ? null : resolve(io.cwd, script),
  };
}

function readMode(text: string): Mode {
  const mode = Mode.safeParse(text);
  if (mode.success) return mode.data;
  const message = `--mode is expected to be one of ${Mode.options.join(', ')}; came ${JSON.stringify(text)}.`;
  throw usage(
    message + didYouMean(text, Mode.options),
    'What each lets run without a question stands beside the composer.',
  );
}

const placeOptions = ({ root, stateDir, configDir }: Place, { variables }: Environment) => ({
  root,
  stateDir,
  configDir,
  runtimeDir: variables['XDG_RUNTIME_DIR'] ?? null,
});

/** On a terminal only what a person must know; into a file or a collector, all of it. */
function loggerFor(io: Io, redactor: Redactor): Logger {
  return createLogger({ level: io.person ? 'warn' : 'info', redactor, write: (line) => io.err(line) });
}

const providerWarnings = ({ problems }: ProvidersFound): StartWarning[] =>
  problems.map(({ message, hint }) => ({ code: 'provider', message, hint }));

interface Announcing {
  io: Io;
  place: Place;
  /** What it answers to besides the loopback names. */
  hosts: readonly string[];
  json: boolean;
}

/** The link, and nothing else, on stdout; with `--json` one line that says what there is. */
async function announce(server: RunningServer, to: Announcing): Promise<void> {
  const { io, place, hosts, json } = to;
  const { url, port, trust, sandbox, provider } = server;
  if (hosts.length > 0) io.err(`vtcode: answers, with port ${port}, also to: ${shown(hosts.join(', '))}\n`);
  if (json) {
    const facts = { ready: true, url, port, pid: process.pid, workspace: place.root, trust, sandbox, provider };
    return io.out(`${JSON.stringify(facts)}\n`);
  }
  const model = provider.model === '' ? provider.name : `${provider.name}/${provider.model}`;
  io.err(`vtcode: ${shown(place.root)}\n`);
  io.err(`  trust    ${trust.trusted ? 'yes' : 'no'}: ${shown(trust.reason)}\n`);
  io.err(`  sandbox  ${shown(sandbox.tier)}: ${shown(sandbox.why)}\n`);
  io.err(`  model    ${shown(model)}${provider.note === '' ? '' : `, ${shown(provider.note)}`}\n`);
  io.err(
    `Open this link within ${LIMITS.loginCodeMs.value / 1_000} s; it works once. For another: vtcode link. To stop: Ctrl+C.\n`,
  );
  return io.out(`${url}\n`);
}

interface Opening {
  link: () => string;
  io: Io;
  spawn: ReturnType<typeof createSpawn>;
  env: Readonly<Record<string, string>>;
  place: Place;
  screen: Screen;
}

/** The browser gets a link of its own: the printed one stays good. */
async function open({ link, io, spawn, env, place, screen }: Opening): Promise<void> {
  const why = await openBrowser({ link: link(), stateDir: place.stateDir, spawn, env, screen });
  if (why !== '') io.err(`vtcode: no browser is opened: ${shown(why)}.\n`);
}

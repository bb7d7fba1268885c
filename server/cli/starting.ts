/** What every command that opens a workspace does first: closes the process off, reads the settings, finds the providers. */
import { resolve } from 'node:path';
import { Mode } from '../../shared/verdict.ts';
import { createLogger } from '../base/log.ts';
import { didYouMean } from '../base/nearest.ts';
import { createRedactor } from '../base/redact.ts';
import type { Spawn } from '../base/spawn.ts';
import { type CollectorFound, resolveCollector } from '../config/collector.ts';
import { type Environment, secretValues, takeEnvironment } from '../config/environment.ts';
import { type ProvidersFound, proxyOf, resolveProviders } from '../config/providers.ts';
import { createSpawn } from '../run/spawn.ts';
import { childEnv, forKeyCommand, stripInjected } from '../sandbox/env.ts';
import { harden, type StartWarning } from '../sandbox/hardening.ts';
import { type Args, usage } from './args.ts';
import { type Io, tellWarning } from './io.ts';
import { findPlace, type Place } from './place.ts';
import type { HouseOptions } from './serve-options.ts';
import { readSettings } from './settings.ts';
import { readVersion } from './version.ts';

export interface Started {
  environment: Environment;
  spawn: Spawn;
  place: Place;
  house: Omit<HouseOptions, keyof Played>;
}

/** Call it once a process, before anything else. `level`: what of the server's own log goes to stderr. */
export async function prepareStart(io: Io, { dir, level }: { dir: string; level: 'info' | 'warn' }): Promise<Started> {
  const spawn = createSpawn();
  const environment = takeEnvironment(io.env);
  const { variables } = environment;
  const { warnings, core } = await harden({ variables, spawn });
  stripInjected(io.env);
  const place = await findPlace({ env: variables, cwd: io.cwd }, dir, 'make');
  const { layers, settings } = await readSettings(place);
  warnings.push(...(await core));
  const plainEnv = childEnv(variables, place.root);
  const commandEnv = { ...plainEnv, ...environment.pick(forKeyCommand) };
  const { signal } = new AbortController();
  const sources = { environment, layers, spawn, commandEnv, signal };
  const found = await resolveProviders(sources);
  const collector = await resolveCollector(sources);
  const keys = found.providers.flatMap(({ apiKey }) => apiKey ?? []);
  const headers = collector.kind === 'found' ? collector.setup.secrets : [];
  const redactor = createRedactor([...keys, ...headers]);
  const told = [...warnings, ...providerWarnings(found), ...collectorWarnings(collector)];
  for (const warning of told) tellWarning(io, warning);
  const house = {
    ...place,
    runtimeDir: variables['XDG_RUNTIME_DIR'] ?? null,
    version: readVersion(),
    ...{ layers, settings },
    providers: found.providers,
    collector,
    secrets: [...keys, ...headers, ...secretValues(environment.pick(() => true))],
    proxy: proxyOf(variables),
    childEnv: plainEnv,
    logger: createLogger({ level, redactor, write: (line) => io.err(line) }),
  };
  return { environment, spawn, place, house };
}

const providerWarnings = ({ problems }: ProvidersFound): StartWarning[] =>
  problems.map(({ message, hint }) => ({ code: 'provider', message, hint }));

const collectorWarnings = (found: CollectorFound): StartWarning[] =>
  found.kind === 'unusable' ? [{ code: 'collector', message: found.problem.message, hint: found.problem.hint }] : [];

export type Played = Pick<HouseOptions, 'mode' | 'demo' | 'script'>;

/** Which mode, and what plays in place of a model. */
export function readPlayed({ flags }: Pick<Args, 'flags'>, io: Pick<Io, 'cwd'>): Played {
  const script = flags.get('script');
  if (script !== undefined && flags.has('demo')) {
    throw usage(
      '--demo and --script cannot both be obeyed: each names what plays in place of a model.',
      'Give one of them.',
    );
  }
  const mode = flags.get('mode');
  return {
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

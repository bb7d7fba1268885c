/** The providers that the user set up: from the environment and from `[providers.NAME]` of their own config. */
import type { ProviderConfig } from '../../shared/config.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Spawn } from '../base/spawn.ts';
import { baseUrlProblem } from './check-url.ts';
import type { Environment } from './environment.ts';
import type { Layers } from './layers.ts';

/** One provider with its key. The key lives in this object and in the redactor, and nowhere else. */
export interface ProviderSetup {
  name: string;
  kind: 'anthropic' | 'openai';
  /** null: the provider's own address. */
  baseUrl: string | null;
  /** null: a server that takes no key. */
  apiKey: string | null;
  /** As a person knows it: `ANTHROPIC_API_KEY`, `api_key_command of providers.work`; empty without one. */
  keyFrom: string;
  /** Empty: what the provider lists, or its usual one. */
  models: string[];
  thinking: 'auto';
}

/** Proxies for requests to providers, as the environment has them; empty where it has none. */
export interface ProxySetup {
  https: string;
  http: string;
  noProxy: string;
}

/** A provider that was named and cannot be used: told at start, never silently another one in its place. */
export interface ProviderProblem {
  name: string;
  message: string;
  hint: string;
}

export interface ProvidersFound {
  providers: ProviderSetup[];
  problems: ProviderProblem[];
}

export interface Sources {
  environment: Environment;
  layers: Layers;
  spawn: Spawn;
  /** The environment of a key command: the user's own program, with what password stores need to find themselves. */
  commandEnv: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/** Config's first, in its order; then those of the environment that config does not name. Runs the key commands. */
export async function resolveProviders(sources: Sources): Promise<ProvidersFound> {
  const config = sources.layers.user.config;
  const named = Object.entries(config?.value.providers ?? {});
  const found: (ProviderSetup | ProviderProblem)[] = [];
  for (const [name, provider] of named) found.push(await fromConfig(name, provider, sources));
  for (const kind of ['anthropic', 'openai'] as const) {
    const one = named.some(([name]) => name === kind) ? null : fromEnvironment(kind, sources.environment);
    if (one !== null) found.push(one);
  }
  return {
    providers: found.filter((one) => 'kind' in one),
    problems: found.filter((one) => 'message' in one),
  };
}

export function proxyOf(variables: Readonly<Record<string, string>>): ProxySetup {
  // Lower case first, as curl reads them; HTTP_PROXY in upper case is unsafe only where a web server sets it (httpoxy).
  const either = (name: string) => variables[name.toLowerCase()] || variables[name] || '';
  return { https: either('HTTPS_PROXY'), http: either('HTTP_PROXY'), noProxy: either('NO_PROXY') };
}

function fromEnvironment(
  kind: 'anthropic' | 'openai',
  environment: Environment,
): ProviderSetup | ProviderProblem | null {
  const prefix = kind.toUpperCase();
  const baseUrl = environment.variables[`${prefix}_BASE_URL`] || null;
  const key = environment.secret(`${prefix}_API_KEY`);
  // A base URL alone sets up a server without keys; Anthropic's format always asks for one.
  if (key === null && (baseUrl === null || kind === 'anthropic')) return null;
  const wrong = baseUrl === null ? '' : baseUrlProblem(baseUrl);
  if (wrong !== '') return { name: kind, message: `${prefix}_BASE_URL: ${wrong}.`, hint: `Mend it, or unset it.` };
  const keyFrom = key === null ? '' : `${prefix}_API_KEY`;
  return withKey({ name: kind, kind, baseUrl, keyFrom, models: [], thinking: 'auto' }, key);
}

async function fromConfig(
  name: string,
  config: ProviderConfig,
  sources: Sources,
): Promise<ProviderSetup | ProviderProblem> {
  const setup = {
    name,
    kind: config.kind,
    baseUrl: config.base_url ?? null,
    models: config.models ?? [],
    thinking: 'auto' as const,
  };
  if (config.api_key_env !== undefined) {
    const key = sources.environment.secret(config.api_key_env);
    if (key !== null) return withKey({ ...setup, keyFrom: config.api_key_env }, key);
    const message = `providers.${name}: the variable ${config.api_key_env} (api_key_env) is not set.`;
    return { name, message, hint: `Set it and start again: export ${config.api_key_env}=…` };
  }
  if (config.api_key_command === undefined) return withKey({ ...setup, keyFrom: '' }, null);
  const asked = await askCommand(config.api_key_command, sources);
  const keyFrom = `api_key_command of providers.${name}`;
  if (asked.ok) return withKey({ ...setup, keyFrom }, asked.key);
  const command = config.api_key_command[0];
  return { name, message: `${keyFrom}: ${asked.why}.`, hint: `Run it by hand to see what it says: ${command}` };
}

type Setup = Omit<ProviderSetup, 'apiKey'>;

function withKey(setup: Setup, key: string | null): ProviderSetup | ProviderProblem {
  const apiKey = key?.trim() ?? null;
  if (apiKey === null || /^[\x21-\x7e]+$/.test(apiKey)) return { ...setup, apiKey };
  const message = `${setup.keyFrom}: expected one word of printable ASCII, as an HTTP header can carry; came something else.`;
  return { name: setup.name, message, hint: 'Look for a line break, a quote mark or a second word in it.' };
}

/** The first line that a command of the person's prints, or why there is none. */
export async function askCommand(
  argv: readonly string[],
  sources: Pick<Sources, 'spawn' | 'commandEnv' | 'signal'>,
): Promise<{ ok: true; key: string } | { ok: false; why: string }> {
  const result = await sources.spawn.run('key-command', argv, {
    signal: sources.signal,
    timeoutMs: LIMITS.keyCommandMs.value,
    maxOutputBytes: LIMITS.keyCommandBytes.value,
    cwd: '/',
    env: sources.commandEnv,
    stdin: 'none',
  });
  if (result.startError !== '') return { ok: false, why: `it could not be started (${result.startError})` };
  if (result.timedOut) return { ok: false, why: `it did not end within ${LIMITS.keyCommandMs.value / 1000} s` };
  if (result.truncated) return { ok: false, why: `it printed more than ${LIMITS.keyCommandBytes.value} bytes` };
  if (result.code !== 0) return { ok: false, why: `it ended with ${result.signal ?? `exit code ${result.code}`}` };
  // A password store may print notes below the first line.
  const key = result.stdout.toString('utf8').split('\n')[0]!.trim();
  return key === '' ? { ok: false, why: 'its first line is empty' } : { ok: true, key };
}

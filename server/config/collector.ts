/** The collector that records are sent to, where the person's own config names one, with what its headers hold. */
import { askCommand, type ProviderProblem, type Sources } from './providers.ts';

export interface CollectorSetup {
  endpoint: string;
  /** By their names. */
  headers: Readonly<Record<string, string>>;
  /** What they hold that is secret, whole and in words; in no log, no event, no child. */
  secrets: readonly string[];
}

/** `none`: no file names one. `unusable`: one is named, and nothing is sent until what is wrong is mended. */
export type CollectorFound =
  { kind: 'none' } | { kind: 'found'; setup: CollectorSetup } | { kind: 'unusable'; problem: ProviderProblem };

/** Runs the commands that print headers. A collector is never used without a header that was named. */
export async function resolveCollector(sources: Sources): Promise<CollectorFound> {
  const config = sources.layers.user.config?.value.audit?.otlp;
  if (config === undefined) return { kind: 'none' };
  const secret: Record<string, string> = {};
  for (const [name, variable] of Object.entries(config.headers_env ?? {})) {
    const value = sources.environment.secret(variable)?.trim() ?? '';
    const from = `the variable ${variable} (headers_env)`;
    if (value === '') return unusable(`${from} is not set`, `Set it and start again: export ${variable}=…`);
    if (!fitsHeader(value)) return unusable(`${from} ${NO_HEADER}`, 'Look for a line break in it.');
    secret[name] = value;
  }
  for (const [name, argv] of Object.entries(config.headers_command ?? {})) {
    const asked = await askCommand(argv, sources);
    const byHand = `Run it by hand to see what it says: ${argv[0]}`;
    const from = `headers_command of ${name}`;
    if (!asked.ok) return unusable(`${from}: ${asked.why}`, byHand);
    if (!fitsHeader(asked.key)) return unusable(`${from} ${NO_HEADER}`, byHand);
    secret[name] = asked.key;
  }
  const secrets = Object.values(secret).flatMap((value) => [value, ...value.split(/[\s,;=]+/)]);
  const headers = { ...config.headers, ...secret };
  return { kind: 'found', setup: { endpoint: config.endpoint, headers, secrets: [...new Set(secrets)] } };
}

const NO_HEADER = 'holds what no HTTP header can carry: one line of printable ASCII was expected';

const fitsHeader = (value: string) => /^[\x20-\x7e]+$/.test(value);

const unusable = (what: string, hint: string): CollectorFound => ({
  kind: 'unusable',
  problem: { name: 'audit.otlp', message: `audit.otlp: ${what}. No record is sent.`, hint },
});

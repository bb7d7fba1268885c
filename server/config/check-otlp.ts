/** What a schema cannot say of `[audit.otlp]`: where records may go, and what may stand in a file of the headers that go with them. */
import type { OtlpConfig } from '../../shared/config.ts';
import { baseUrlProblem } from './check-url.ts';
import { type Problem, show } from './problems.ts';

const AT = ['audit', 'otlp'];

export function checkOtlp(config: OtlpConfig): Problem[] {
  const wrong = endpointProblem(config.endpoint);
  return [
    ...(wrong === '' ? [] : [{ path: [...AT, 'endpoint'], at: 'value' as const, message: `${wrong}.` }]),
    ...TABLES.flatMap((table) => Object.keys(config[table] ?? {}).flatMap((name) => checkName(config, table, name))),
    ...Object.entries(config.headers_command ?? {}).flatMap(([name, [program = '']]) => checkProgram(name, program)),
  ];
}

const TABLES = ['headers', 'headers_env', 'headers_command'] as const;
type Table = (typeof TABLES)[number];

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Records are what was said and done: nobody on the way may read them. */
function endpointProblem(text: string): string {
  const wrong = baseUrlProblem(text, '`headers_env` or `headers_command`');
  if (wrong !== '') return wrong;
  const { protocol, hostname } = new URL(text);
  if (protocol === 'https:' || LOOPBACK.test(hostname)) return '';
  return `expected an address that begins with https://, came ${show(text)}: plain http is for a collector on this machine`;
}

/** Ours: what they say of a request is not a person's to set. */
const OURS = new Set(
  ['connection', 'content-encoding', 'content-length', 'content-type', 'expect', 'host', 'keep-alive']
    .concat(['te', 'trailer', 'transfer-encoding', 'upgrade', 'user-agent'])
    .concat(['proxy-authorization', 'proxy-connection']),
);
/** By its name; the last two are what makers of collectors call their keys. */
const SECRET = /auth|key|token|secret|password|cookie|credential|honeycomb-team|-dsn$/i;

function checkName(config: OtlpConfig, table: Table, name: string): Problem[] {
  const path = [...AT, table, name];
  const lower = name.toLowerCase();
  const all = TABLES.flatMap((one) => Object.keys(config[one] ?? {}).map((held) => ({ one, held })));
  const first = all.find(({ held }) => held.toLowerCase() === lower)!;
  if (OURS.has(lower)) return [{ path, at: 'key', message: `the header ${show(name)} is vtcode's own to set.` }];
  if (first.one !== table || first.held !== name)
    return [{ path, at: 'key', message: `the header ${show(name)} a second time: it stands in \`${first.one}\` too.` }];
  if (table !== 'headers' || !SECRET.test(name)) return [];
  const message = `the header ${show(name)} reads like a secret, which no file holds: name a variable in \`headers_env\`, or a command in \`headers_command\`.`;
  return [{ path, at: 'key', message }];
}

function checkProgram(name: string, program: string): Problem[] {
  if (program.startsWith('/')) return [];
  const message = `expected the absolute path of a program, came ${show(program)}: what a name on PATH means can change.`;
  return [{ path: [...AT, 'headers_command', name], at: 'value', message }];
}

/** Reads the words after a command: known flags, each once, with a value where it takes one. */
import { parseArgs } from 'node:util';
import { Fault } from '../base/fault.ts';
import { didYouMean } from '../base/nearest.ts';
import type { CommandSpec, FlagSpec } from './spec.ts';

export interface Args {
  /** By the flag's name; a flag without a value is the empty text. */
  flags: ReadonlyMap<string, string>;
  rest: readonly string[];
}

/** Used wrongly: exit code 2. */
export const usage = (message: string, hint: string): Fault => new Fault({ status: 400, code: 'usage', message, hint });

const COMMON: readonly FlagSpec[] = [
  { name: 'help', value: '', help: 'Say what the command takes' },
  { name: 'version', value: '', help: 'Print the version' },
];

export const flagsOf = (spec: Pick<CommandSpec, 'flags'>): readonly FlagSpec[] => [...spec.flags, ...COMMON];

/** Throws a Fault of `usage` that names the word, what was expected and the nearest flag. */
export function readArgs(spec: CommandSpec, words: readonly string[]): Args {
  const known = new Map(flagsOf(spec).map((flag) => [flag.name, flag]));
  const options = [...known.values()].map(
    ({ name, value }) => [name, { type: value === '' ? ('boolean' as const) : ('string' as const) }] as const,
  );
  // Not strict: its errors know no nearest flag. Its tokens tell all that is needed to be stricter.
  const { tokens } = parseArgs({
    args: words.map((word) => (word === '-h' ? '--help' : word)),
    options: Object.fromEntries(options),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const flags = new Map<string, string>();
  const rest: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') rest.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = known.get(token.name);
    if (!flag || token.rawName !== `--${token.name}`) throw unknownFlag(spec, token.rawName);
    if (flags.has(flag.name)) throw wrong(spec, `--${flag.name} is given twice; it is expected once.`);
    flags.set(flag.name, valueOf(spec, flag, token));
  }
  if (!flags.has('help') && !flags.has('version')) checkRest(spec, rest);
  return { flags, rest };
}

function valueOf(
  spec: CommandSpec,
  flag: FlagSpec,
  token: { value?: string | undefined; inlineValue?: boolean | undefined },
): string {
  const { value, inlineValue } = token;
  if (flag.value === '') {
    if (value === undefined) return '';
    throw wrong(spec, `--${flag.name} takes no value; came ${JSON.stringify(value)}.`);
  }
  // A number below zero is a wrong value, not a flag: what takes it says what it takes.
  const isFlag = inlineValue !== true && value !== undefined && /^-(?!\d)/.test(value);
  if (value === undefined || value === '' || isFlag) {
    const came = isFlag ? `came ${value}` : 'came nothing';
    throw wrong(spec, `--${flag.name} is expected to be followed by ${flag.value}; ${came}.`);
  }
  return value;
}

function checkRest(spec: CommandSpec, rest: readonly string[]): void {
  const needed = spec.args.filter((arg) => !arg.startsWith('['));
  const missing = needed[rest.length];
  if (missing !== undefined) throw wrong(spec, `\`vtcode ${spec.name}\` expects ${missing}; it came without.`);
  // The words of another program: how many, and whether one is empty, is its affair.
  if (/…\]?$/.test(spec.args.at(-1) ?? '')) return;
  if (rest.includes('')) throw wrong(spec, 'an argument is empty: was a variable of your shell not set?');
  const extra = rest[spec.args.length];
  if (extra === undefined) return;
  const takes = spec.args.length === 0 ? 'no argument' : spec.args.join(' ');
  throw wrong(spec, `\`vtcode ${spec.name}\` takes ${takes}; ${JSON.stringify(extra)} is one too many.`);
}

function unknownFlag(spec: CommandSpec, raw: string): Fault {
  const meant = didYouMean(
    raw,
    flagsOf(spec).map(({ name }) => `--${name}`),
  );
  return wrong(spec, `unknown flag ${JSON.stringify(raw)} of \`vtcode ${spec.name}\`.${meant}`);
}

const wrong = (spec: CommandSpec, message: string): Fault =>
  usage(message, `What it takes: vtcode ${spec.name} --help`);

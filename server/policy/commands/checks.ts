/** What the words of some programs say to them: programs of their own, which may write and run. */
import { type Arg, shownArg, textsOf } from '../shell/script.ts';
import { assignmentProblem } from '../shell/variables.ts';
import { ARCHIVES } from './archives.ts';
import { awkProblem } from './awk.ts';
import type { Effect, Given } from './effects.ts';
import { sedProblem } from './sed.ts';

export type Check = (operands: readonly Arg[], given: readonly Given[]) => Effect[];

export const CHECKS: Readonly<Record<string, Check>> = {
  sed: (operands, given) => scripts(operands, { given, flags: ['-e', '--expression'], problem: sedProblem }),
  awk: (operands, given) => scripts(operands, { given, flags: ['-e', '--source'], problem: awkProblem }),
  jq: (operands, given) => scripts(operands, { given, flags: [], problem: jqProblem }),
  yq: (operands, given) => scripts(operands, { given, flags: [], problem: yqProblem }),
  ...ARCHIVES,
  log: (_operands, given) => signatures(given),
  config: (operands, given) => settings(operands, given),
  printf: (operands) => printfProblem(operands),
  shuf: (operands, given) => shuffled(operands, given),
  pager: (operands) =>
    operands.filter((arg) => startsWith(arg, '+') && !isCount(arg)).map(() => unclear('`+` begins a command for it.')),
  lists: (operands) =>
    operands.filter((arg) => startsWith(arg, '@')).map(() => unclear('It would take words from a file.')),
  test: (operands) => testProblem(operands),
  date: (operands) => operands.filter((arg) => !startsWith(arg, '+')).map(() => unclear('It would set the clock.')),
  variables: (operands) => operands.flatMap(setsVariable),
  listing: (operands, given) => listing(operands, given),
  options: (operands, given) => options(operands, given),
  printenv: (operands) => printenv(operands),
  ps: (operands) =>
    operands
      .filter(({ kind, ...arg }) => kind !== 'text' || /e/.test('text' in arg ? arg.text : 'e'))
      .map(() => unclear('With `e` it would show the variables of other programs.')),
};

const unclear = (why: string): Effect => ({ kind: 'unclear', why });

interface Scripts {
  given: readonly Given[];
  /** Those whose value is a script; without any of them it is the first operand. */
  flags: readonly string[];
  problem: (script: string) => string;
}

function scripts(operands: readonly Arg[], { given, flags, problem }: Scripts): Effect[] {
  const named = given.filter(({ flag, value }) => flags.includes(flag) && value !== null).map(({ value }) => value!);
  const fromFile = given.some(({ flag }) => ['-f', '--file', '--from-file'].includes(flag));
  const all = named.length > 0 ? named : fromFile ? [] : operands.slice(0, 1);
  if (all.length === 0 && !fromFile) return [unclear('It is not said what to do.')];
  return all.flatMap((arg) => {
    if (arg.kind !== 'text') return [unclear(`Nobody knows what \`${shownArg(arg)}\` will tell it to do.`)];
    const why = problem(arg.text);
    return why === '' ? [] : [{ kind: 'ask', cause: 'runs', why } as const];
  });
}

/** Variables hold keys, and modules are programs in other files. `.env` is a field. */
function jqProblem(script: string): string {
  // Texts say nothing, where it is plain which signs are theirs.
  const code = /#|\\\(/.test(script) ? script : script.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return JQ_READS.test(code) ? 'The filter reads variables of the environment, or other files.' : '';
}

const JQ_READS =
  /(?<!(?<!\.)\.)\benv\b|\b(?:import|include|input_filename|getpath_env|get_search_list)\b|\$(?:ENV|__prog_args)\b/;

function yqProblem(script: string): string {
  return /\b(?:load|strenv|envsubst|system|filename|eval)/.test(script)
    ? 'The filter reads other files or variables, or runs something.'
    : jqProblem(script);
}

/** `%G?` and its like have a program look at signatures. */
function signatures(given: readonly Given[]): Effect[] {
  const formats = given.filter(({ flag }) => flag === '--format' || flag === '--pretty');
  return formats.some(({ value }) => value?.kind === 'text' && value.text.includes('%G'))
    ? [{ kind: 'ask', cause: 'runs', why: 'It runs the program that checks signatures.' }]
    : [];
}

/** One that is asked for by `--get`, of those that hold no secret. */
function settings(operands: readonly Arg[], given: readonly Given[]): Effect[] {
  const keys = given.filter(({ flag, value }) => ['--get', '--get-all'].includes(flag) && value !== null);
  const isPlain = keys.length === 1 && keys[0]!.value?.kind === 'text' && PLAIN_SETTING.test(keys[0]!.value.text);
  return isPlain && operands.length === 0
    ? []
    : [{ kind: 'ask', cause: 'tells', why: 'Settings of git can hold addresses with passwords, and be set.' }];
}

const PLAIN_SETTING = /^(?:user|core|init|branch|color|diff|merge|pull|push|rebase|fetch|commit|tag)\.[\w./-]+$/i;

/** `%n` sets a variable by its name, which then is in nobody's sight. */
function printfProblem([format, ...values]: readonly Arg[]): Effect[] {
  if (format === undefined || values.length === 0) return [];
  const texts = textsOf(format);
  const isPlain = texts !== null && !texts.some((text) => /%[^a-zA-Z%]*n/.test(text));
  return isPlain ? [] : [unclear('Its format could set a variable.')];
}

/** With `-e` its words are its lines. */
function shuffled(operands: readonly Arg[], given: readonly Given[]): Effect[] {
  if (given.some(({ flag }) => flag === '-e' || flag === '--echo')) return [];
  return operands.length > 1
    ? [unclear('It takes one file.')]
    : operands.map((path) => ({ kind: 'read', path, below: null }));
}

const isCount = (arg: Arg) => arg.kind === 'text' && /^\+(?:\d+|G)$/.test(arg.text);

const startsWith = (arg: Arg, start: string) =>
  (arg.kind === 'text' && arg.text.startsWith(start)) || (arg.kind === 'unknown' && arg.start.startsWith(start));

/** `declare x=1`, `read x`: its name must stand there, and be nobody's but the script's. */
function setsVariable(arg: Arg): Effect[] {
  const known = arg.kind === 'text' ? arg.text : arg.kind === 'unknown' ? arg.start : '';
  const name = /^([A-Za-z_]\w*)(?:\+?=[^]*)?$/.exec(known)?.[1];
  if (name === undefined || (arg.kind !== 'text' && !known.includes('=')))
    return [unclear(`\`${shownArg(arg)}\` is no plain name.`)];
  const why = assignmentProblem(name);
  return why === '' ? [] : [unclear(why)];
}

function printenv(operands: readonly Arg[]): Effect[] {
  if (operands.length === 0)
    return [{ kind: 'ask', cause: 'tells', why: 'It shows every variable of the environment.' }];
  return operands
    .filter((arg) => arg.kind !== 'text' || SECRET.test(arg.text))
    .map((arg) => ({ kind: 'ask', cause: 'tells', why: `\`${shownArg(arg)}\` may hold a secret.` }) as const);
}

/** Options of the shell that change no command: they end it earlier, or say more of it. */
function options(operands: readonly Arg[], given: readonly Given[]): Effect[] {
  if (operands.length === 0 && given.length === 0)
    return [{ kind: 'ask', cause: 'tells', why: 'It shows every variable.' }];
  const named = given.flatMap(({ value }) => (value === null ? [] : [value]));
  return [...named, ...operands]
    .filter(
      (arg) =>
        arg.kind !== 'text' ||
        !/^(?:pipefail|errexit|nounset|xtrace|verbose|noclobber|noglob|\+[euxfvC]+)$/.test(arg.text),
    )
    .map((arg) => unclear(`\`${shownArg(arg)}\` may change what other commands do.`));
}

const SECRET = /KEY|TOKEN|SECRET|PASS|AUTH|COOKIE|CREDENTIAL|PRIVATE/i;

/** `git branch x` makes one, `git branch --list x` looks for it. */
function listing(operands: readonly Arg[], given: readonly Given[]): Effect[] {
  const isList = given.some(({ flag }) => LISTS.has(flag));
  return operands.length === 0 || isList
    ? []
    : [{ kind: 'ask', cause: 'writes', why: 'It would make or move what it names.' }];
}

const LISTS = new Set([
  '-l',
  '--list',
  '-n',
  '--contains',
  '--no-contains',
  '--merged',
  '--no-merged',
  '--points-at',
  '--show-current',
]);

/** `-v a[$(x)]` runs x: operators must stand there to the letter, where a word of which nothing is known could be one. */
function testProblem(operands: readonly Arg[]): Effect[] {
  const words = operands.filter((arg, i) => {
    const word = arg.kind === 'text' ? arg.text : '';
    return word !== '!' && !(word === ']' && i === operands.length - 1);
  });
  const texts = words.map((arg) => (arg.kind === 'text' ? arg.text : null));
  const named = texts.findIndex((word) => word === '-v' || word === '-R');
  if (named >= 0 && !/^\w+$/.test(texts[named + 1] ?? '')) return [unclear('`-v` evaluates what follows it.')];
  if (texts.every((word) => word !== null)) return [];
  if (words.some((arg) => arg.kind === 'glob' || (arg.kind === 'unknown' && !arg.single)))
    return [unclear(UNKNOWN_TEST)];
  if (words.length === 1) return [];
  if (words.length === 2) return texts[0] === null ? [unclear(UNKNOWN_TEST)] : [];
  return words.length === 3 && texts[1] !== null ? [] : [unclear(UNKNOWN_TEST)];
}

const UNKNOWN_TEST = 'A word of which nothing is known could be an operator that evaluates the next one.';

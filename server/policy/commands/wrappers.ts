/** Programs that start the program that their words name: which words are theirs, and what then runs. */
import { type Arg, type Simple, unknown } from '../shell/script.ts';
import type { Effect } from './effects.ts';
import { effectsOf, wordsRead } from './match.ts';
import { findParts } from './find.ts';
import { producerOf } from './producers.ts';
import { specOf } from './programs.ts';
import { compiled } from './spec.ts';
import { FOREIGN, SHELLS, WRAPPERS, type Wrapper } from './data/wrappers.ts';

export type Inner =
  /** `isElsewhere`: nobody knows in which folder. */
  | { kind: 'command'; args: readonly Arg[]; isFed: boolean; isElsewhere: boolean }
  /** `isForeign`: of another shell than bash, which may see more in it. */
  | { kind: 'script'; source: string; isForeign: boolean };

/** What it does by itself, and what it starts. */
export interface Unwrapped {
  effects: Effect[];
  inner: Inner[];
}

/** Null for what is no wrapper. `args` with the name first, as its base name. */
export function unwrap(args: readonly Arg[], from: Pick<Simple, 'feed' | 'isFed'>): Unwrapped | null {
  const [first, ...words] = args;
  const name = first?.kind === 'text' ? first.text : '';
  if (SHELLS.has(name)) return shell(words, { ...from, isForeign: FOREIGN.has(name) });
  if (name === 'find') return find(words, from);
  const wrapper = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name]! : null;
  if (wrapper === null) return null;
  const { own, rest } = split(wrapper, words);
  if (wrapper.told && own.some((arg) => arg.kind === 'text' && wrapper.told!.test(arg.text))) return null;
  const assigned = wrapper.assigns ? rest.findIndex((arg) => !isAssignment(arg)) : 0;
  const start = assigned < 0 ? rest.length : assigned;
  const effects = effectsOf(wrapper.spec, own, from.isFed);
  if (start > 0) effects.push({ kind: 'ask', cause: 'runs', why: 'It sets variables that the command would obey.' });
  const command = rest.slice(start);
  if (command.length === 0) return { effects: [...effects, ...bare(wrapper)], inner: [] };
  if (name === 'xargs') return { effects, inner: [xargs(own, command, from)] };
  if (wrapper.joins) return joined(effects, command);
  return { effects, inner: [{ kind: 'command', args: command, isFed: from.isFed, isElsewhere: false }] };
}

const isAssignment = (arg: Arg) =>
  (arg.kind === 'text' && /^\w+=/.test(arg.text)) || (arg.kind === 'unknown' && /^\w+=/.test(arg.start));

const bare = ({ alone }: Wrapper): Effect[] => (alone === null ? [] : [alone]);

/** Its own words end before the first that is no flag, after as many operands as it takes. */
function split({ spec, operands }: Wrapper, words: readonly Arg[]): { own: Arg[]; rest: Arg[] } {
  const { flags } = compiled(spec);
  let left = operands;
  let i = 0;
  while (i < words.length) {
    const arg = words[i]!;
    const word = arg.kind === 'text' ? arg.text : '';
    if (word === '--') {
      i++;
      if (left === 0) break;
    } else if (/^-./.test(word)) i += 1 + (takesNext(word, flags) ? 1 : 0);
    else if (left > 0) [left, i] = [left - 1, i + 1];
    else break;
  }
  return { own: words.slice(0, i), rest: words.slice(i) };
}

function takesNext(word: string, flags: ReturnType<typeof compiled>['flags']): boolean {
  if (word.startsWith('--')) {
    const found = flags.get(word);
    return found !== undefined && found.value !== 'none' && found.value !== 'optional';
  }
  for (let i = 1; i < word.length; i++) {
    const found = flags.get(`-${word[i]!}`);
    if (!found || found.value === 'none') continue;
    return found.value !== 'optional' && i === word.length - 1;
  }
  return false;
}

/** `watch` hands its words to a shell as one text. */
function joined(effects: Effect[], command: readonly Arg[]): Unwrapped {
  const words = command.map((arg) => (arg.kind === 'text' ? arg.text : null));
  if (words.every((word) => word !== null))
    return { effects, inner: [{ kind: 'script', source: words.join(' '), isForeign: false }] };
  return {
    effects: [...effects, { kind: 'unclear', why: 'A shell would read words of which nothing is known.' }],
    inner: [],
  };
}

/** What xargs puts into the words of its command, or behind them. */
function xargs(own: readonly Arg[], command: readonly Arg[], { feed }: Pick<Simple, 'feed'>): Inner {
  const { given } = wordsRead(WRAPPERS['xargs']!.spec, own, false);
  const marks = given.flatMap(({ flag, value }) => (flag === '-I' || flag === '--replace' ? [value] : []));
  const ends = given.flatMap(({ flag, value }) => (['-d', '--delimiter'].includes(flag) ? [value] : []));
  const isWhole = given.some(({ flag }) => flag === '-0' || flag === '--null') || ends.length > 0;
  const isOther = ends.some((value) => value !== null && !isText(value, ['\\n', '\\0', '\n']));
  const isFile = given.some(({ flag }) => flag === '-a' || flag === '--arg-file');
  const put: Arg = (isFile || isOther ? null : producerOf(feed, isWhole)) ?? unknown();
  const base = { kind: 'command', isFed: false, isElsewhere: false } as const;
  if (marks.length === 0) return { ...base, args: [...command, put] };
  const last = marks.findLast((value) => value !== null);
  const mark = last?.kind === 'text' && last.text !== '' ? last.text : '{}';
  return { ...base, args: command.map((arg) => filled(arg, mark, put)) };
}

const isText = (arg: Arg, texts: readonly string[]) => arg.kind === 'text' && texts.includes(arg.text);

function filled(arg: Arg, mark: string, put: Arg): Arg {
  if (arg.kind !== 'text' || !arg.text.includes(mark)) return arg;
  return arg.text === mark ? put : unknown(arg.text.slice(0, arg.text.indexOf(mark)), true);
}

function find(words: readonly Arg[], from: Pick<Simple, 'feed' | 'isFed'>): Unwrapped | null {
  const { roots, filter, runs, own } = findParts(words);
  if (runs.length === 0) return null;
  const put: Arg = { kind: 'found', roots, filter, isParted: false, isBare: false, from: null };
  const inner = runs.map(({ args, isElsewhere }): Inner => ({
    kind: 'command',
    args: args.map((arg) => filled(arg, '{}', put)),
    isFed: from.isFed,
    isElsewhere,
  }));
  return { effects: effectsOf(specOf('find')!, own, from.isFed), inner };
}

/** `-c TEXT`, or a file or its input, which nobody has read. */
function shell(words: readonly Arg[], { isFed, isForeign }: { isFed: boolean; isForeign: boolean }): Unwrapped {
  for (let i = 0; i < words.length; i++) {
    const arg = words[i]!;
    if (arg.kind !== 'text') break;
    if (/^-[elux]*c[elux]*$/.test(arg.text)) return shellText(words[i + 1], isForeign);
    if (['--version', '--help'].includes(arg.text) && words.length === 1) return { effects: [], inner: [] };
    if (/^-[elux]+$/.test(arg.text) || ['--norc', '--noprofile', '--login', '--posix'].includes(arg.text)) continue;
    if (
      arg.text === '-o' &&
      words[i + 1]?.kind === 'text' &&
      /^(?:pipefail|errexit|nounset|xtrace)$/.test(textOf(words[i + 1]))
    )
      i++;
    else break;
  }
  const why = isFed ? 'A shell would run what it is given as input.' : 'A shell would run a file, or its input.';
  return { effects: [{ kind: 'ask', cause: 'runs', why }], inner: [] };
}

const textOf = (arg: Arg | undefined) => (arg?.kind === 'text' ? arg.text : '');

function shellText(arg: Arg | undefined, isForeign: boolean): Unwrapped {
  if (arg?.kind === 'text') return { effects: [], inner: [{ kind: 'script', source: arg.text, isForeign }] };
  const why = 'A shell would run a text that is put together when it runs.';
  return { effects: [{ kind: 'unclear', why }], inner: [] };
}

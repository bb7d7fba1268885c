/** The words of find: where it looks, what it leaves out, and what it starts. */
import { onlyNames } from './filter.ts';
import { type Arg, type Filter, NO_FILTER, text } from '../shell/script.ts';

export interface FindParts {
  roots: Arg[];
  filter: Filter;
  /** Of each `-exec`: its command, and whether it runs where what is found lies (`-execdir`). */
  runs: { args: Arg[]; isElsewhere: boolean }[];
  /** Its words without those. */
  own: Arg[];
}

const STARTERS = new Set(['-exec', '-execdir', '-ok', '-okdir']);

export function findParts(words: readonly Arg[]): FindParts {
  const runs: FindParts['runs'] = [];
  const own: Arg[] = [];
  for (let i = 0; i < words.length; i++) {
    const arg = words[i]!;
    if (arg.kind !== 'text' || !STARTERS.has(arg.text)) {
      own.push(arg);
      continue;
    }
    const run: Arg[] = [];
    for (i++; i < words.length; i++) {
      const next = words[i]!;
      const isEnd = next.kind === 'text' && (next.text === ';' || (next.text === '+' && isPlace(run.at(-1))));
      if (isEnd) break;
      run.push(next);
    }
    runs.push({ args: run, isElsewhere: arg.text.endsWith('dir') });
  }
  return { roots: rootsOf(own), filter: filterOf(own, untilAction(words)), runs, own };
}

const isPlace = (arg: Arg | undefined) => arg?.kind === 'text' && arg.text === '{}';

function rootsOf(words: readonly Arg[]): Arg[] {
  const start = words.findIndex((arg) => !(arg.kind === 'text' && /^-[HPL]$/.test(arg.text)));
  const rest = start < 0 ? [] : words.slice(start);
  const end = rest.findIndex((arg) => arg.kind === 'text' && /^(?:-.|[!(),]$)/.test(arg.text));
  const roots = end < 0 ? rest : rest.slice(0, end);
  return roots.length === 0 ? [text('.')] : [...roots];
}

/** What stands behind the first thing that is done holds for what comes later. */
function untilAction(words: readonly Arg[]): readonly Arg[] {
  const at = words.findIndex((arg) => arg.kind === 'text' && (STARTERS.has(arg.text) || arg.text.startsWith('-print')));
  return at < 0 ? words : words.slice(0, at);
}

/** A `-name` holds for all that is found where nothing else is said with or, or not. */
function filterOf(words: readonly Arg[], before: readonly Arg[]): Filter {
  const texts = words.map((arg) => (arg.kind === 'text' ? arg.text : ''));
  const follows = texts.includes('-L') || texts.includes('-follow');
  if (texts.some((word) => ['-o', '-or', '!', '-not', ',', '-files0-from'].includes(word)))
    return { ...NO_FILTER, follows };
  const at = before.findIndex((arg) => arg.kind === 'text' && arg.text === '-name');
  const name = before[at + 1];
  return { ...NO_FILTER, follows, ...onlyNames(at >= 0 && name?.kind === 'text' ? [name.text] : []) };
}

/** Programs whose output is a list of paths: what xargs then gets is what they find. */
import { type Arg, NO_FILTER, type Simple, text } from '../shell/script.ts';
import type { Given } from './effects.ts';
import { findParts } from './find.ts';
import { onlyNames } from './filter.ts';
import { wordsRead } from './match.ts';
import { specOf } from './programs.ts';

/** What is found, or null where nobody knows what comes. `isWhole`: parted by NUL or line breaks, not at blanks. */
export function producerOf(feed: Simple | null, isWhole: boolean): Arg | null {
  if (feed === null || !feed.redirects.every(isQuiet)) return null;
  const [first, ...words] = feed.args;
  const name = first?.kind === 'text' ? first.text : '';
  if (words.some(({ kind }) => kind !== 'text')) return null;
  const texts = words.map((arg) => (arg.kind === 'text' ? arg.text : ''));
  if (name === 'find') return found(words, texts, isWhole);
  if (name === 'git' && texts[0] === 'ls-files') return tracked(texts.slice(1), isWhole);
  if (LISTS.has(name)) {
    const listed = searched(name, words, { isWhole, feed });
    if (listed !== 'lines') return listed;
  }
  return LINES[name]?.(texts) ? producerOf(feed.feed, isWhole) : null;
}

/** Its errors go where nothing is kept. Elsewhere they could be among what it finds. */
const isQuiet = ({ kind, target }: Simple['redirects'][number]) =>
  kind === 'write' && target.kind === 'text' && target.text === '/dev/null';

/** With these flags they print the names of files, whatever else they are told to print; with others, lines that anybody wrote. */
const LISTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['grep', ['-l', '-L', '--files-with-matches', '--files-without-match']],
  ['rg', ['-l', '--files', '--files-with-matches', '--files-without-match']],
]);
const NOT_LISTS = new Set([
  '-c',
  '--count',
  '--count-matches',
  '--json',
  '--help',
  '-h',
  '-V',
  '--version',
  '--type-list',
  '--path-separator',
  '--stats',
  '--debug',
]);

/** They hand lines on as they are, or leave some out. */
const LINES: Readonly<Record<string, ((words: string[]) => boolean) | undefined>> = Object.assign(Object.create(null), {
  grep: (words: string[]) => words.every((word) => /^-[vEFiwxP]+$|^[^-]/.test(word)) && operandsOf(words) === 1,
  sort: (words: string[]) => words.every((word) => /^-[urnVz]+$/.test(word)),
  uniq: (words: string[]) => words.length === 0,
  head: (words: string[]) => words.every((word) => /^-n?\d*$|^\d+$/.test(word)),
  tail: (words: string[]) => words.every((word) => /^-n?\d*$|^\d+$/.test(word)),
});

const operandsOf = (words: readonly string[]) => words.filter((word) => !word.startsWith('-')).length;

/** `-printf` and its like write lines of their own. */
function found(words: readonly Arg[], texts: readonly string[], isWhole: boolean): Arg | null {
  const { roots, filter, runs } = findParts(words);
  if (runs.length > 0 || texts.some((word) => /^-(?:printf|ls|fprint|fls|delete)/.test(word))) return null;
  return { kind: 'found', roots, filter, isParted: !isWhole, isBare: false, from: null };
}

function tracked(words: readonly string[], isWhole: boolean): Arg | null {
  if (words.some((word) => word.startsWith('-') && !['-z', '--', '-c', '--cached'].includes(word))) return null;
  const globs = words.filter((word) => !word.startsWith('-'));
  const filter = {
    ...NO_FILTER,
    isTracked: true,
    ...onlyNames(globs.every((glob) => /^\*\.\w+$/.test(glob)) ? globs : []),
  };
  return { kind: 'found', roots: [text('.')], filter, isParted: !isWhole, isBare: true, from: null };
}

/** `lines`: it prints no names. */
function searched(
  name: string,
  words: readonly Arg[],
  { isWhole, feed }: { isWhole: boolean; feed: Simple },
): Arg | null | 'lines' {
  const spec = specOf(name);
  if (spec === undefined) return null;
  const { effects, given } = wordsRead(spec, words, feed.isFed);
  if (!given.some(({ flag }) => LISTS.get(name)!.includes(flag))) return 'lines';
  const isOther = ({ flag }: Given) => NOT_LISTS.has(flag) && !(name === 'grep' && flag === '-h');
  const reads = effects.filter((effect) => effect.kind === 'read');
  if (reads.length === 0 || reads.length !== effects.length || given.some(isOther)) return null;
  return {
    kind: 'found',
    roots: reads.map(({ path }) => path),
    filter: reads[0]!.below ?? NO_FILTER,
    isParted: !isWhole,
    isBare: true,
    from: null,
  };
}

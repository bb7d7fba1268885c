/** Programs whose output is a list of paths: what xargs then gets is what they find. */
import { type Arg, NO_FILTER, type Simple, text } from '../shell/script.ts';
import { findParts } from './find.ts';
import { effectsOf } from './match.ts';
import { specOf } from './programs.ts';

/** What is found, or null where nobody knows what comes. `isWhole`: parted by NUL or line breaks, not at blanks. */
export function producerOf(feed: Simple | null, isWhole: boolean): Arg | null {
  if (feed === null || feed.redirects.some(({ kind }) => kind === 'open')) return null;
  const [first, ...words] = feed.args;
  const name = first?.kind === 'text' ? first.text : '';
  if (words.some(({ kind }) => kind !== 'text')) return null;
  const texts = words.map((arg) => (arg.kind === 'text' ? arg.text : ''));
  if (name === 'find') return found(words, texts, isWhole);
  if (name === 'git' && texts[0] === 'ls-files') return tracked(texts.slice(1), isWhole);
  const lists = LISTS[name];
  if (lists && texts.some((word) => lists.test(word))) return searched(name, words, { isWhole, feed });
  return LINES[name]?.(texts) ? producerOf(feed.feed, isWhole) : null;
}

const LISTS: Readonly<Record<string, RegExp | undefined>> = Object.assign(Object.create(null), {
  grep: /^-[a-zA-Z]*[lL]/,
  rg: /^(?:-[a-zA-Z]*l|--files|--files-with-matches)$/,
});

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
  return { kind: 'found', roots, filter, isParted: !isWhole };
}

function tracked(words: readonly string[], isWhole: boolean): Arg | null {
  if (words.some((word) => word.startsWith('-') && !['-z', '--', '-c', '--cached'].includes(word))) return null;
  const globs = words.filter((word) => !word.startsWith('-'));
  const filter = { ...NO_FILTER, isTracked: true, include: globs.every((glob) => /^\*\.\w+$/.test(glob)) ? globs : [] };
  return { kind: 'found', roots: [text('.')], filter, isParted: !isWhole };
}

function searched(
  name: string,
  words: readonly Arg[],
  { isWhole, feed }: { isWhole: boolean; feed: Simple },
): Arg | null {
  const spec = specOf(name);
  const effects = spec ? effectsOf(spec, words, feed.isFed) : [];
  const reads = effects.filter((effect) => effect.kind === 'read');
  if (reads.length === 0 || reads.length !== effects.length) return null;
  return {
    kind: 'found',
    roots: reads.map(({ path }) => path),
    filter: reads[0]!.below ?? NO_FILTER,
    isParted: !isWhole,
  };
}

/** Patterns of command rules: words, `*` for one word, `**` for the rest. */
import type { Arg } from './shell/script.ts';
import { textsOf } from './shell/script.ts';

/** What a rule says of a command. The first of `words` names the program. */
export type Fit = 'yes' | 'no' | 'maybe';

/** `maybe`: a word of which too little is known could be the one that the pattern names. */
export function fitOf(words: readonly string[], args: readonly Arg[]): Fit {
  let fit: Fit = 'yes';
  for (const [i, word] of words.entries()) {
    if (word === '**') return fit;
    const arg = args[i];
    if (arg === undefined) return 'no';
    if (isMany(arg)) return 'maybe';
    const found = wordFit(word, arg);
    if (found === 'no') return 'no';
    if (found === 'maybe') fit = 'maybe';
  }
  if (args.length === words.length) return fit;
  return args.slice(words.length).every(isMany) ? 'maybe' : 'no';
}

/** It can become none, one or several words. */
const isMany = (arg: Arg) => (arg.kind === 'unknown' && !arg.single) || arg.kind === 'found' || arg.kind === 'glob';

function wordFit(word: string, arg: Arg): Fit {
  if (word === '*') return 'yes';
  const texts = textsOf(arg);
  if (texts === null) return arg.kind === 'unknown' && !word.startsWith(arg.start) ? 'no' : 'maybe';
  const equal = texts.filter((text) => text === word).length;
  return equal === 0 ? 'no' : equal === texts.length ? 'yes' : 'maybe';
}

/** The words of `npm run *` as they stand in a list. Null where a quote does not end, or `**` is not last. */
export function wordsOf(pattern: string): string[] | null {
  const words: string[] = [];
  const each = /\s*(?:"((?:[^"\\]|\\[^])*)"|'([^']*)'|([^\s"']+))(?=\s|$)/y;
  const text = pattern.trim();
  while (each.lastIndex < text.length) {
    const found = each.exec(text);
    if (!found) return null;
    words.push(found[1]?.replace(/\\([^])/g, '$1') ?? found[2] ?? found[3]!);
  }
  return words.length > 0 ? words : null;
}

/** What is wrong with the words of a rule; empty where nothing is. */
export function wordsProblem(words: readonly string[]): string {
  const rest = words.indexOf('**');
  if (rest >= 0 && rest < words.length - 1) return 'expected `**` as the last word, for it stands for all that follow';
  if (words.some((word) => /[\0-\x1f\x7f]/.test(word))) return 'expected words without control characters';
  return '';
}

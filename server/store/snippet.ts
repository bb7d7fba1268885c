/** The words around a match. Our own: SQLite's `snippet` runs the whole query again for each text that it is asked for. */
import { LIMITS } from '../../shared/limits.ts';
import type { SearchMatch } from '../../shared/records-api.ts';

const TOKEN = /[\p{L}\p{N}\p{Co}\p{M}]+/gu;
/** Words shown before the first match. */
const BEFORE = 4;

/** As the index has them: small letters without accents. */
const folded = (word: string): string => word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** What is looked for, word by word. `isOpen`: the last one may go on. */
export interface Wanted {
  words: string[];
  isOpen: boolean;
}

export function wantedIn(query: string): Wanted {
  const words = (query.match(TOKEN) ?? []).map(folded);
  return { words, isOpen: words.length > 0 && !/\s$/.test(query) };
}

/** A piece of the text from a few words before the first match on, and where the matches stand in it. */
export function snippetOf(text: string, { words, isOpen }: Wanted): Pick<SearchMatch, 'text' | 'spans'> {
  const whole = new Set(words);
  const last = words.at(-1);
  const fits = (word: string) => whole.has(word) || (isOpen && last !== undefined && word.startsWith(last));
  const tokens: { from: number; to: number; found: boolean }[] = [];
  let first = -1;
  for (const match of text.matchAll(TOKEN)) {
    const token = { from: match.index, to: match.index + match[0].length, found: fits(folded(match[0])) };
    if (token.found && first < 0) first = tokens.length;
    tokens.push(token);
    if (first >= 0 && tokens.length >= Math.max(0, first - BEFORE) + LIMITS.snippetWords.value) break;
  }
  const shown = tokens.slice(Math.max(0, first - BEFORE)).slice(0, LIMITS.snippetWords.value);
  const [head, tail] = [shown[0], shown.at(-1)];
  if (head === undefined || tail === undefined) return { text: '', spans: [] };
  const [from, to] = [head === tokens[0] ? 0 : head.from, edge(text, tail.to)];
  const lead = from === 0 ? '' : '…';
  const shift = lead.length - from;
  const spans = shown.filter(({ found }) => found).map((token) => ({ from: token.from + shift, to: token.to + shift }));
  return { text: `${lead}${text.slice(from, to)}${to < text.length ? '…' : ''}`, spans };
}

/** What follows the last word without a blank belongs to it: a full stop, a bracket. */
const edge = (text: string, at: number): number => at + (/^\S{0,8}/.exec(text.slice(at, at + 8))?.[0].length ?? 0);

/** Where an exact text stands in a file; and where it does not, what is near it and how it differs. */
import { occurrences } from '../base/occurrences.ts';
import { visible } from '../base/visible.ts';

/** Longer texts are searched for by a way that takes linear time whatever they are; short ones by the faster built-in one. */
const SHORT = 64;

/** Places (offsets) where `wanted` stands, overlapping ones too; at most `most`. */
export function placesOf(text: string, wanted: string, most = 1_000): number[] {
  if (wanted.length > SHORT) return occurrences(text, wanted, { most });
  const places: number[] = [];
  for (let at = text.indexOf(wanted); at >= 0 && places.length < most; at = text.indexOf(wanted, at + 1))
    places.push(at);
  return places;
}

/** The line that an offset is in, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** Says how the file differs from what was looked for: only in spaces, in characters that look alike, or where the nearest line is. */
export function nearText(text: string, wanted: string): string {
  const lines = text.split('\n', SCANNED);
  const sought = wanted.replace(/\n$/, '').split('\n', SCANNED);
  for (const [plain, what] of FORMS) {
    const at = sequenceAt(lines.map(plain), sought.map(plain));
    if (at >= 0)
      return `The same text stands at ${span(at, sought.length)}, but ${what}:\n${quoted(lines, at, sought.length)}`;
  }
  const near = nearestLines(lines, sought);
  if (near.length === 0) return 'No line of the file is near it. Read the file and copy the text from there.';
  return `The nearest lines are:\n${near.map((at) => quoted(lines, at, 1)).join('\n')}`;
}

/** Lines in which something near is looked for; a hint need not come from further down. */
const SCANNED = 50_000;

/** How two texts may differ, the least first. */
const FORMS: [plain: (line: string) => string, what: string][] = [
  [(line) => line.replace(/\r$/, ''), 'with other line ends (carriage returns)'],
  [(line) => line.trimEnd(), 'with other spaces at the ends of lines'],
  [(line) => line.trim(), 'with another indentation'],
  [(line) => line.trim().replace(/\s+/g, ' '), 'with other spaces'],
  [(line) => alike(line), 'with other characters that look alike (quotes, dashes, spaces)'],
  [(line) => alike(line).toLowerCase(), 'in another case'],
];

const alike = (line: string) =>
  line
    .normalize('NFKC')
    .replace(/[\u2018\u2019\u201a\u201b\u2032\u0060\u00b4]/g, "'")
    .replace(/[\u201c\u201d\u201e\u2033]/g, '"')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();

/** Where one list of lines stands in another; -1 where it does not. A list of nothing but empty lines is found nowhere. */
function sequenceAt(lines: readonly string[], sought: readonly string[]): number {
  if (sought.every((line) => line === '')) return -1;
  return occurrences(lines, sought, { most: 1 })[0] ?? -1;
}

const SHOWN = 3;

/** The lines that share the most words with the first telling line of what was sought. */
function nearestLines(lines: readonly string[], sought: readonly string[]): number[] {
  const telling = sought.find((line) => wordsOf(line).size > 1) ?? sought.find((line) => line.trim() !== '') ?? '';
  const words = wordsOf(telling);
  if (words.size === 0) return [];
  const scored = lines.map((line, at) => ({ at, score: likeness(words, wordsOf(line)) }));
  const near = scored.filter(({ score }) => score >= 0.5).sort((a, b) => b.score - a.score || a.at - b.at);
  return near.slice(0, SHOWN).map(({ at }) => at);
}

const wordsOf = (line: string): Set<string> =>
  new Set(
    line
      .slice(0, 500)
      .toLowerCase()
      .match(/[\p{L}\p{N}_]+/gu) ?? [],
  );

function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of a) if (b.has(word)) shared++;
  return shared === 0 ? 0 : (2 * shared) / (a.size + b.size);
}

const span = (at: number, count: number) => (count === 1 ? `line ${at + 1}` : `lines ${at + 1} to ${at + count}`);

const MOST = 12;

/** Lines with their numbers, hidden characters shown; tabs stay, for the model must copy them. */
function quoted(lines: readonly string[], at: number, count: number): string {
  const shown = lines.slice(at, at + Math.min(count, MOST));
  const rest = count > MOST ? `\n… and ${count - MOST} more` : '';
  const text = shown.map(
    (line, i) =>
      `${at + i + 1}\t${line
        .split('\t')
        .map((part) => visible(part))
        .join('\t')}`,
  );
  return text.join('\n') + rest;
}

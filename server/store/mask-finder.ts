/** Finds what must not leave in a text: what is held, what has a shape, names and places of this machine; encoded and in pieces too. */
import { formsOf } from '../base/redact.ts';
import { encodedRuns } from './encoded-runs.ts';
import type { RedactionOptions } from './redaction.ts';
import { SHAPES, type MaskKind, type Shape } from './secret-shapes.ts';

/** A place in a text, in UTF-16 units, and what stands there. */
export interface Span {
  from: number;
  to: number;
  kind: MaskKind;
  name: string;
}

export type Find = (text: string) => Span[];

/** The places as they are found: in any order, over one another. */
export function finder({ known, home, root, host, user, keep }: RedactionOptions, words: readonly string[]): Find {
  const secrets = [...new Set(known.filter((value) => value.length >= 8).flatMap(allForms))];
  const isKept = ({ kind, name }: { kind: MaskKind; name: string }) => keep.includes(kind) || keep.includes(name);
  const shapes = SHAPES.filter((shape) => !isKept(shape));
  const own = words.map(wordShape);
  const places = [
    ...(root.length > 1 ? [{ text: root, kind: 'home' as const, name: 'path of the workspace' }] : []),
    ...(home.length > 1 ? [{ text: home, kind: 'home' as const, name: 'home directory' }] : []),
  ].filter((place) => !isKept(place));
  const names = [
    ...(host.length > 2 && host !== 'localhost'
      ? [{ text: host, kind: 'host' as const, name: 'name of this machine' }]
      : []),
    ...(user.length > 2 && !COMMON_USERS.has(user)
      ? [{ text: user, kind: 'user' as const, name: 'name of the user' }]
      : []),
  ].filter((name) => !isKept(name));
  const plain: Find = (text) => [
    ...secrets.flatMap((form) => occurrences(text, form).map((from) => held(from, form.length))),
    ...places.flatMap((place) => inPath(text, place)),
    ...names.flatMap((one) => asWord(text, one)),
    ...shapesIn(text, shapes),
    ...own.flatMap((shape) => matches(text, shape)),
  ];
  return (text) => [
    ...plain(text),
    ...inPieces(text, secrets),
    ...encodedRuns(text, (decoded) => named(plain(decoded))),
  ];
}

/** JSON within JSON too: what a tool printed, as a message holds it. */
const allForms = (value: string) => [...formsOf(value), ...formsOf(JSON.stringify(value).slice(1, -1))];

const held = (from: number, length: number): Span => ({
  from,
  to: from + length,
  kind: 'secret',
  name: 'key that is held',
});
function shapesIn(text: string, shapes: readonly Shape[]): Span[] {
  const lower = text.toLowerCase();
  const likely = ({ needles }: Shape) => needles.length === 0 || needles.some((needle) => lower.includes(needle));
  return shapes.filter(likely).flatMap((shape) => matches(text, shape));
}

const COMMON_USERS = new Set(['root', 'user', 'admin', 'node', 'test', 'dev', 'ubuntu', 'debian', 'vscode', 'runner']);

/** In what is decoded only secrets and addresses count: anything that reads like a host is everywhere. */
const named = (spans: Span[]) =>
  spans.find(({ kind }) => kind === 'secret' || kind === 'email' || kind === 'word') ?? null;

/** A word of the person's own, as it is written and in any other case. */
const wordShape = (word: string): Shape => ({
  name: 'word of your own',
  kind: 'word',
  needles: [],
  pattern: new RegExp(word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'giu'),
});

function matches(text: string, { pattern, kind, name }: { pattern: RegExp; kind: MaskKind; name: string }): Span[] {
  const found: Span[] = [];
  // Not matchAll, which copies the pattern for each text; none of them matches nothing, so each match goes on.
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const group = match.at(-1);
    const inner = match.length > 1 && group !== undefined ? match[0].lastIndexOf(group) : 0;
    const from = match.index + inner;
    found.push({ from, to: from + (inner > 0 ? group!.length : match[0].length), kind, name });
  }
  return found;
}

function inPath(text: string, { text: path, name }: { text: string; name: string }): Span[] {
  const ends = (from: number) => !/[\w.-]/.test(text[from + path.length] ?? '');
  return occurrences(text, path)
    .filter(ends)
    .map((from) => ({ from, to: from + path.length, kind: 'home' as const, name }));
}

function asWord(text: string, { text: word, kind, name }: { text: string; kind: MaskKind; name: string }): Span[] {
  const free = (sign: string | undefined) => sign === undefined || !/[A-Za-z0-9_-]/.test(sign);
  return occurrences(text, word)
    .filter((from) => free(text[from - 1]) && free(text[from + word.length]))
    .map((from) => ({ from, to: from + word.length, kind, name }));
}

function occurrences(text: string, part: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) found.push(at);
  return found;
}

/** Between the pieces of a secret: line ends, also as JSON writes them, colours of a terminal, invisible signs, `+` of code. */
const BETWEEN =
  /(?:\s|\\[nrt]|\u001b\[[0-9;]{0,20}m|[\u200b-\u200d\u2060\ufeff\u00ad]|["'`]\s{0,20}[+.]?\s{0,20}["'`])+/g;

/** A key that is held, wrapped over lines or put together of pieces. */
function inPieces(text: string, secrets: readonly string[]): Span[] {
  if (secrets.length === 0) return [];
  const bare = text.replace(BETWEEN, '');
  if (bare.length === text.length) return []; // in one piece
  const found = secrets.flatMap((form) =>
    occurrences(bare, form).map((from) => ({ from, to: from + form.length - 1 })),
  );
  if (found.length === 0) return [];
  const places = placesOf(text);
  return found.map(({ from, to }) => held(places[from]!, places[to]! + 1 - places[from]!));
}

/** Where each unit of the bare text stands in the whole one. */
function placesOf(text: string): number[] {
  const places: number[] = [];
  let at = 0;
  const take = (to: number) => {
    for (; at < to; at++) places.push(at);
  };
  for (const gap of text.matchAll(BETWEEN)) {
    take(gap.index);
    at = gap.index + gap[0].length;
  }
  take(text.length);
  return places;
}

/** Masks what must not leave: secrets that are held and those that look like one, addresses, homes, hosts; encoded ones too. */
import { formsOf } from '../base/redact.ts';
import { encodedRuns } from './encoded-runs.ts';
import { SHAPES, type MaskKind, type Shape } from './secret-shapes.ts';

export interface RedactionOptions {
  /** Values that are held: keys of providers, tokens. Shorter than eight characters, one would hide half of every text. */
  known: readonly string[];
  /** The person's home and the workspace, absolute; empty for none. */
  home: string;
  root: string;
  /** As the system knows this machine and this person; empty for none. */
  host: string;
  user: string;
  /** What is left as it is: kinds, or single names of what is found. Never a value that is held. */
  keep: readonly string[];
}

/** What was masked so far: what it was, and how often. */
export interface Finding {
  kind: MaskKind;
  name: string;
  count: number;
}

export interface Redaction {
  text(text: string): string;
  /** Texts that follow each other without a gap: what is spread over several of them is found too. As many as came. */
  parts(parts: readonly string[]): string[];
  /** A copy of plain data with each text in it masked, and each key. */
  data<T>(value: T): T;
  findings(): Finding[];
}

/** Said wherever something was redacted: a mask is no promise. */
export const NOT_MASKED = [
  'the names of those who acted, the paths of files in the workspace, and public addresses',
  'what only a person would know to be secret: it has no form of its own and is not held by vtcode',
  'what is inside pictures, archives or other encodings than base64, hex, URL, JSON and HTML escapes',
  'a text that was cut in two by other words',
] as const;

interface Span {
  from: number;
  to: number;
  kind: MaskKind;
  name: string;
}

export interface RedactionExtras {
  /** Texts that are masked besides, in whatever case, and encoded as well. */
  words: readonly string[];
  /** Called with each place that is masked: `from` and `to` in the text as it came. */
  onFound(found: Found): void;
}

export interface Found {
  kind: MaskKind;
  name: string;
  text: string;
  from: number;
  to: number;
}

const NOTHING_BESIDES: RedactionExtras = { words: [], onFound: () => undefined };

export function createRedaction(options: RedactionOptions, extras: RedactionExtras = NOTHING_BESIDES): Redaction {
  const find = finder(options, extras.words);
  const shortest = Math.min(SHORTEST, ...extras.words.map((word) => word.length));
  const counts = new Map<string, Finding>();
  const note = ({ kind, name }: Span) => {
    const found = counts.get(`${kind} ${name}`) ?? { kind, name, count: 0 };
    counts.set(`${kind} ${name}`, { ...found, count: found.count + 1 });
  };
  const spansIn = (text: string): Span[] => {
    const spans = merged(find(text));
    for (const span of spans) {
      note(span);
      extras.onFound({ ...span, text });
    }
    return spans;
  };
  const text = (whole: string) => (whole.length < shortest ? whole : (cover([whole], spansIn(whole))[0] ?? ''));
  const parts = (list: readonly string[]) => cover(list, spansIn(list.join('')));
  const data = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return list(value);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, held]) => [text(key), data(held)]));
  };
  const list = (values: readonly unknown[]): unknown[] => {
    if (values.every((value) => typeof value === 'string')) return lines(values);
    const masked = values.map(data);
    if (!values.some(hasText)) return masked;
    const texts = parts(values.map((value) => (hasText(value) ? value.text : '')));
    return masked.map((value, i) => (hasText(value) ? { ...value, text: texts[i]! } : value));
  };
  // Lines of a diff, words of a command: what one begins another may end, so they are looked at as one text.
  const lines = (values: readonly string[]): string[] => {
    const joined = values.flatMap((value, i) => (i === 0 ? [value] : ['\n', value]));
    return parts(joined).filter((_, i) => i % 2 === 0);
  };
  return {
    text,
    parts,
    data: <T>(value: T): T => data(value) as T, // the same shape: only texts are others
    findings: () => [...counts.values()].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)),
  };
}

const SHORTEST = 6;

const hasText = (value: unknown): value is { text: string } =>
  typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string';

type Find = (text: string) => Span[];

function finder({ known, home, root, host, user, keep }: RedactionOptions, words: readonly string[]): Find {
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
  return [...text.matchAll(pattern)].map((match) => {
    const group = match.at(-1);
    const inner = match.length > 1 && group !== undefined ? match[0].lastIndexOf(group) : 0;
    const from = match.index + inner;
    return { from, to: from + (inner > 0 ? group!.length : match[0].length), kind, name };
  });
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

/** Rising, none within or over another; of two that overlap the earlier gives the name. */
function merged(spans: Span[]): Span[] {
  const sorted = spans.sort((a, b) => a.from - b.from || b.to - a.to);
  const found: Span[] = [];
  for (const span of sorted) {
    const last = found.at(-1);
    if (last && span.from < last.to) last.to = Math.max(last.to, span.to);
    else found.push({ ...span });
  }
  return found;
}

const MASKS: Record<MaskKind, string> = {
  secret: '[redacted secret]',
  email: '[redacted e-mail]',
  home: '~',
  host: '[redacted host]',
  user: '[redacted user]',
  word: '[redacted]',
};

/** The mask stands where a span begins; in the parts that it goes on into, its piece is taken out. */
function cover(parts: readonly string[], spans: readonly Span[]): string[] {
  if (spans.length === 0) return [...parts];
  let start = 0;
  return parts.map((part) => {
    const end = start + part.length;
    let made = '';
    let at = start;
    for (const { from, to, kind, name } of spans) {
      if (to <= start || from >= end) continue;
      made += part.slice(at - start, Math.max(from, start) - start);
      if (from >= start) made += name === 'path of the workspace' ? '[workspace]' : MASKS[kind];
      at = Math.min(to, end);
    }
    made += part.slice(at - start);
    start = end;
    return made;
  });
}

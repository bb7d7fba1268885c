/** Masks what must not leave: secrets that are held and those that look like one, addresses, homes, hosts; encoded ones too. */
import { type Find, finder, type Span } from './mask-finder.ts';
import type { MaskKind } from './secret-shapes.ts';

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
  /** Plain data with each text in it masked, and each key; the very same where there was nothing to mask. */
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
  const find = remembered(finder(options, extras.words));
  const shortest = Math.min(SHORTEST, ...extras.words.map((word) => word.length));
  const counts = new Map<string, Finding>();
  const told = (text: string, spans: readonly Span[]): readonly Span[] => {
    for (const span of spans) {
      const { kind, name } = span;
      const found = counts.get(`${kind} ${name}`) ?? { kind, name, count: 0 };
      counts.set(`${kind} ${name}`, { ...found, count: found.count + 1 });
      extras.onFound({ ...span, text });
    }
    return spans;
  };
  const masking: Masking = {
    text: (text) => (text.length < shortest ? text : (cover([text], told(text, find(text)))[0] ?? '')),
    // Each by itself as well: what stands before a secret can make another thing of it.
    parts(list) {
      const whole = list.join('');
      const alone = list.length < 2 ? [] : list.flatMap((part, i) => shifted(find(part), lengthOf(list.slice(0, i))));
      return cover(list, told(whole, merged([...find(whole), ...alone])));
    },
    // Lines of a diff, words of a command: what one begins another may end, so they are looked at as one text.
    lines(list) {
      const joined = list.flatMap((line, i) => (i === 0 ? [line] : ['\n', line]));
      const whole = joined.join('');
      return cover(joined, told(whole, find(whole))).filter((_, i) => i % 2 === 0);
    },
  };
  return {
    text: masking.text,
    parts: masking.parts,
    data: <T>(value: T): T => masked(value, masking) as T, // the same shape: only texts are others
    findings: () => [...counts.values()].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)),
  };
}

interface Masking {
  text(text: string): string;
  parts(list: readonly string[]): string[];
  lines(list: readonly string[]): string[];
}

/** Texts that are not looked at twice, for names of fields and of tools come again and again: how long one may be, and how many. */
const MEMO_CHARS = 64;
const MEMO_TEXTS = 2_000;

/** The places in a text, in order and apart from each other. */
function remembered(find: Find): (text: string) => readonly Span[] {
  const short = new Map<string, readonly Span[]>();
  return (text) => {
    if (text.length > MEMO_CHARS) return merged(find(text));
    const known = short.get(text);
    if (known) return known;
    if (short.size === MEMO_TEXTS) short.clear();
    const spans = merged(find(text));
    short.set(text, spans);
    return spans;
  };
}

const SHORTEST = 6;

/** The very same value where nothing of it was masked. */
function masked(value: unknown, masking: Masking): unknown {
  if (typeof value === 'string') return masking.text(value);
  if (Array.isArray(value)) return maskedList(value, masking);
  if (value === null || typeof value !== 'object') return value;
  return maskedFields(value, masking, (held) => masked(held, masking));
}

function maskedFields(value: object, { text }: Masking, of: (held: unknown, key: string) => unknown): object {
  let isSame = true;
  const entries = Object.entries(value).map(([key, held]) => {
    const entry = [text(key), of(held, key)] as const;
    if (entry[0] !== key || entry[1] !== held) isSame = false;
    return entry;
  });
  return isSame ? value : Object.fromEntries(entries);
}

function maskedList(values: readonly unknown[], masking: Masking): unknown[] {
  const one = (value: unknown) => masked(value, masking);
  if (values.every((value) => typeof value === 'string')) return sameOr(values, masking.lines(values));
  if (!values.some(hasText)) return sameOr(values, values.map(one));
  const texts = masking.parts(values.map((value) => (hasText(value) ? value.text : '')));
  const whole = values.map((value, i) =>
    hasText(value) ? maskedFields(value, masking, (held, key) => (key === 'text' ? texts[i] : one(held))) : one(value),
  );
  return sameOr(values, whole);
}

const lengthOf = (list: readonly string[]) => list.reduce((sum, part) => sum + part.length, 0);

const shifted = (spans: readonly Span[], by: number): Span[] =>
  spans.map((span) => ({ ...span, from: span.from + by, to: span.to + by }));

/** The list itself where nothing of it was masked. */
const sameOr = (before: readonly unknown[], after: unknown[]): unknown[] =>
  after.every((value, i) => value === before[i]) ? (before as unknown[]) : after; // nobody writes in what was masked

const hasText = (value: unknown): value is { text: string } =>
  typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string';

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

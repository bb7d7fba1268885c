/** Globs over paths, in a time that no pattern can blow up: no regular expression is made of them. */

/** One element of a name's pattern: a character, any one, any number of them, or a set. */
type Token =
  | { kind: 'char'; char: string }
  | { kind: 'one' }
  | { kind: 'many' }
  | { kind: 'set'; not: boolean; ranges: [string, string][] };

/** A pattern of a whole path: a pattern for each name, or `folders`: any number of names, also none. */
export type Glob = readonly (readonly Token[] | 'folders')[];

/**
 * Reads a pattern, names parted by `/`: `*` any characters of a name, `?` one, `[a-z]` and `[!a-z]` one of a set, `\` takes the
 * next one as it is, and `**` as a whole name any number of folders.
 */
export function parseGlob(pattern: string): Glob {
  return pattern.split('/').map((part) => (part === '**' ? 'folders' : tokensOf(part)));
}

/**
 * True where the whole path fits. Like the well-known matcher of `*`, it goes back only to the last `**`: its time is at most
 * the product of the two lengths.
 */
export function fits(glob: Glob, names: readonly string[]): boolean {
  const one = (g: number, n: number) => {
    const part = glob[g];
    return part !== undefined && part !== 'folders' && nameFits(part, names[n]!);
  };
  return backtrack({ length: glob.length, many: (g) => glob[g] === 'folders', one }, names.length);
}

/** True where one name fits one name's pattern. */
function nameFits(tokens: readonly Token[], name: string): boolean {
  const one = (t: number, n: number) => {
    const token = tokens[t];
    return token !== undefined && token.kind !== 'many' && charFits(token, name[n]!);
  };
  return backtrack({ length: tokens.length, many: (t) => tokens[t]!.kind === 'many', one }, name.length);
}

/** A pattern in which some elements (`many`) take any number of items and the others one each. */
interface Pattern {
  length: number;
  many(p: number): boolean;
  /** False at the end of the pattern too. */
  one(p: number, i: number): boolean;
}

function backtrack({ length, many, one }: Pattern, items: number): boolean {
  let [p, i] = [0, 0];
  let [star, resume] = [-1, 0];
  while (i < items) {
    if (p < length && many(p)) [star, resume, p] = [p, i, p + 1];
    else if (one(p, i)) [p, i] = [p + 1, i + 1];
    else if (star >= 0) [p, i, resume] = [star + 1, resume + 1, resume + 1];
    else return false;
  }
  while (p < length && many(p)) p++;
  return p === length;
}

function charFits(token: Exclude<Token, { kind: 'many' }>, char: string): boolean {
  switch (token.kind) {
    case 'char':
      return token.char === char;
    case 'one':
      return true;
    case 'set':
      return token.ranges.some(([from, to]) => from <= char && char <= to) !== token.not;
  }
}

function tokensOf(part: string): Token[] {
  const tokens: Token[] = [];
  for (let i = 0; i < part.length; i++) {
    const char = part[i]!;
    const set = char === '[' ? setAt(part, i) : null;
    if (set !== null) {
      tokens.push(set.token);
      i = set.end;
    } else if (char === '*') {
      if (tokens[tokens.length - 1]?.kind !== 'many') tokens.push({ kind: 'many' });
    } else if (char === '?') tokens.push({ kind: 'one' });
    else if (char === '\\' && i + 1 < part.length) tokens.push({ kind: 'char', char: part[++i]! });
    else tokens.push({ kind: 'char', char });
  }
  return tokens;
}

/** The set that begins at `[`, and where it ends; null where it never does: the bracket is then a bracket. */
function setAt(part: string, start: number): { token: Token; end: number } | null {
  const not = part[start + 1] === '!' || part[start + 1] === '^';
  const first = start + (not ? 2 : 1);
  const ranges: [string, string][] = [];
  for (let i = first; i < part.length; i++) {
    if (part[i] === ']' && i > first) return { token: { kind: 'set', not, ranges }, end: i };
    const named = /^\[:([a-z]+):\]/.exec(part.slice(i, i + 12));
    if (named && CLASSES[named[1]!]) {
      ranges.push(...CLASSES[named[1]!]!);
      i += named[0].length - 1;
      continue;
    }
    if (part[i] === '\\' && i + 1 < part.length) i++;
    const from = part[i]!;
    const isRange = part[i + 1] === '-' && part[i + 2] !== undefined && part[i + 2] !== ']';
    if (isRange) i += part[i + 2] === '\\' && part[i + 3] !== undefined ? 3 : 2;
    ranges.push([from, part[i]!]);
  }
  return null;
}

/** The classes of POSIX, as far as ASCII goes. */
const CLASSES: Readonly<Record<string, readonly [string, string][]>> = Object.assign(Object.create(null), {
  alnum: [
    ['0', '9'],
    ['A', 'Z'],
    ['a', 'z'],
  ],
  alpha: [
    ['A', 'Z'],
    ['a', 'z'],
  ],
  blank: [
    [' ', ' '],
    ['\t', '\t'],
  ],
  cntrl: [
    ['\0', '\x1f'],
    ['\x7f', '\x7f'],
  ],
  digit: [['0', '9']],
  graph: [['!', '~']],
  lower: [['a', 'z']],
  print: [[' ', '~']],
  punct: [
    ['!', '/'],
    [':', '@'],
    ['[', '`'],
    ['{', '~'],
  ],
  space: [
    [' ', ' '],
    ['\t', '\r'],
  ],
  upper: [['A', 'Z']],
  xdigit: [
    ['0', '9'],
    ['A', 'F'],
    ['a', 'f'],
  ],
});

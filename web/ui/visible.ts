/** Finds what a reader could not see, or could take for something else, so that it can be drawn as what it is. */

export type Piece =
  | { kind: 'text'; text: string }
  /** A character without a shape of its own, or one that changes how its neighbours are drawn. */
  | { kind: 'hidden'; text: string; code: string; name: string }
  /** A letter that can be taken for another; it is drawn with its code. */
  | { kind: 'lookalike'; text: string; code: string; name: string }
  /** So many blanks that what follows them could be pushed out of sight. */
  | { kind: 'run'; text: string; label: string };

export interface VisibleOptions {
  /** In a name a line break or a tab is itself a surprise. */
  inline: boolean;
}

/** Blanks in a row that are drawn as a chip: in the middle of a line, at its start (indentation), empty lines, tabs. */
const RUN = { inner: 24, indent: 64 } as const;

const PLAIN = /^[\x20-\x7e\n\t]*$/;
const LONG = / {24}|\t{16}|\n{24}/;

/**
 * What is drawn as a chip. General categories Cc, Cf, Cs, Co, Cn, Zl, Zp and the property Default_Ignorable_Code_Point are from
 * the Unicode Character Database (UAX #44); blank Braille and the spaces other than U+0020 only look empty.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/u;
/** Marks with no letter below them, and those piled on one letter: scripts need up to three, more hide what stands around. */
const LOOSE_MARK = /^\p{M}|(?<=\p{M}{3})\p{M}/u;
/** Signs and letters that are made to look like ASCII: full width, mathematical, slashes, dots, hyphens, a Greek question mark. */
const COSTUME =
  /[\uff0f\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u{1d400}-\u{1d7ff}\u2044\u2215\u29f8\ufe68\u2024\ua789\u02d0\u037e\u2010\u2011\u2212\u01c3]/u;
const SPECIAL = new RegExp(
  [` {${RUN.inner},}|\\t{16,}|\\n{24,}`, HIDDEN.source, LOOSE_MARK.source, COSTUME.source].join('|'),
  'gu',
);
const PICTURE = /\p{Extended_Pictographic}|\p{Emoji_Modifier}/u;
const WORD = /[\p{L}\p{M}\p{N}_]+/gu;
const LATIN = /\p{Script=Latin}/u;
/** Scripts whose letters are taken for Latin ones (UTS #39, confusables). */
const RIVAL =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/u;
const RIVAL_TWINS = /^[аеорсухіјѕһԁԛԝӏгвкмнтαονρτυχкΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕЅІЈКМНОРСТХУ]+$/u;

const NAMES: Record<number, string> = {
  0x00: 'null',
  0x07: 'bell',
  0x08: 'backspace',
  0x09: 'tab',
  0x0a: 'line break',
  0x0d: 'carriage return',
  0x1b: 'escape',
  0x7f: 'delete',
  0xa0: 'no-break space',
  0xad: 'soft hyphen',
  0x200b: 'zero width space',
  0x200c: 'zero width non-joiner',
  0x200d: 'zero width joiner',
  0x200e: 'left-to-right mark',
  0x200f: 'right-to-left mark',
  0x202a: 'left-to-right embedding',
  0x202b: 'right-to-left embedding',
  0x202c: 'end of a direction',
  0x202d: 'left-to-right override',
  0x202e: 'right-to-left override',
  0x2060: 'word joiner',
  0x2066: 'left-to-right isolate',
  0x2067: 'right-to-left isolate',
  0x2068: 'first strong isolate',
  0x2069: 'end of an isolate',
  0x3000: 'ideographic space',
  0xfeff: 'byte order mark',
};

/** The text as pieces, in order; the pieces' texts joined are the text. Never throws, whatever the text. */
export function pieces(text: string, options: VisibleOptions = { inline: false }): Piece[] {
  if (text === '') return [];
  const out: Piece[] = [];
  let at = 0;
  for (const [index, piece] of specials(text, options)) {
    if (index > at) out.push({ kind: 'text', text: text.slice(at, index) });
    out.push(piece);
    at = index + piece.text.length;
  }
  if (at < text.length) out.push({ kind: 'text', text: text.slice(at) });
  return out;
}

/** How many characters of the text are drawn as chips for being hidden. */
export function hiddenCount(text: string): number {
  return specials(text, { inline: false }).filter(([, piece]) => piece.kind === 'hidden').length;
}

/** The text as one safe line, for a title, a label or the name of a tab: `U+202E` in place of what is hidden. */
export function spelled(text: string): string {
  return pieces(text, { inline: true })
    .map((piece) =>
      piece.kind === 'text' ? piece.text : piece.kind === 'run' ? `[${piece.label}]` : `[${piece.code}]`,
    )
    .join('');
}

/** `U+` and at least four hex digits. */
export function codeOf(char: string): string {
  return `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Where something stands that is not drawn as plain text, in order. */
function specials(text: string, options: VisibleOptions): [number, Piece][] {
  if (PLAIN.test(text) && !LONG.test(text) && !(options.inline && /[\n\t]/.test(text))) return [];
  const found = new Map<number, Piece>();
  for (const match of text.matchAll(SPECIAL)) {
    const piece = judge(match[0], { text, at: match.index, inline: options.inline });
    if (piece !== null) found.set(match.index, piece);
  }
  for (const [index, char] of lookalikes(text)) found.set(index, lookalike(char));
  return [...found].sort(([a], [b]) => a - b);
}

/** Where a match stands. */
interface Spot {
  text: string;
  at: number;
  inline: boolean;
}

function judge(match: string, spot: Spot): Piece | null {
  const { text, at, inline } = spot;
  if (match.length > 2) return run(match, spot);
  if (!inline && (match === '\n' || match === '\t' || (match === '\r' && text[at + 1] === '\n'))) return null;
  if (COSTUME.test(match)) return lookalike(match);
  return HIDDEN.test(match) && partOfPicture(match, text, at) ? null : hidden(match);
}

/** A joiner or a variation selector that only shapes the emoji before it hides nothing. */
function partOfPicture(char: string, text: string, at: number): boolean {
  const before = characterBefore(text, at);
  if (char === '\ufe0f') return PICTURE.test(before);
  if (char !== '\u200d') return false;
  const base = before === '\ufe0f' ? characterBefore(text, at - 1) : before;
  const after = text.codePointAt(at + 1);
  return PICTURE.test(base) && after !== undefined && PICTURE.test(String.fromCodePoint(after));
}

function characterBefore(text: string, at: number): string {
  if (at <= 0) return '';
  const unit = text.charCodeAt(at - 1);
  const low = unit >= 0xdc00 && unit <= 0xdfff && at > 1;
  return low ? text.slice(at - 2, at) : text.slice(at - 1, at);
}

function hidden(char: string): Piece {
  const code = char.codePointAt(0)!;
  const tag = code >= 0xe0000 && code <= 0xe007f;
  return {
    kind: 'hidden',
    text: char,
    code: codeOf(char),
    name: tag ? 'tag character' : (NAMES[code] ?? 'not visible'),
  };
}

function lookalike(char: string): Piece {
  return { kind: 'lookalike', text: char, code: codeOf(char), name: 'looks like another character' };
}

function run(blanks: string, { text, at, inline }: Spot): Piece | null {
  const indent = !inline && blanks[0] === ' ' && (at === 0 || text[at - 1] === '\n');
  if (indent && blanks.length < RUN.indent) return null;
  const name = blanks[0] === '\n' ? 'line break' : blanks[0] === '\t' ? 'tab' : 'space';
  return { kind: 'run', text: blanks, label: `${name} × ${blanks.length}` };
}

/**
 * Where letters stand that could be taken for Latin ones: those of another script inside a word that has Latin letters too, and
 * words made of twins only, in a text that is otherwise Latin.
 */
function lookalikes(text: string): Map<number, string> {
  const found = new Map<number, string>();
  if (!RIVAL.test(text)) return found;
  const words = [...text.matchAll(WORD)];
  const latinText = words.some(([word]) => LATIN.test(word));
  const honest = words.some(([word]) => RIVAL.test(word) && !LATIN.test(word) && !RIVAL_TWINS.test(word));
  for (const match of words) {
    const word = match[0];
    const mixed = LATIN.test(word) && RIVAL.test(word);
    const twins = latinText && !honest && RIVAL_TWINS.test(word);
    if (!mixed && !twins) continue;
    let at = match.index;
    for (const char of word) {
      if (RIVAL.test(char)) found.set(at, char);
      at += char.length;
    }
  }
  return found;
}

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

/** Blanks in a row: in the middle of a line, at its start (indentation), and empty lines. */
const RUN = { inner: 24, indent: 64, lines: 24, tabs: 16 } as const;
/** Marks on one letter: scripts need up to three, more hide what stands around. */
const MARKS = 3;

const PLAIN = /^[\x20-\x7e\n\t]*$/;
const LONG = / {24}|\t{16}|\n{24}/;

/**
 * What is drawn as a chip. General categories Cc, Cf, Cs, Co, Cn, Zl, Zp and the property Default_Ignorable_Code_Point are from
 * the Unicode Character Database (UAX #44); blank Braille and the spaces other than U+0020 only look empty.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/u;
const PICTURE = /\p{Extended_Pictographic}|\p{Emoji_Modifier}/u;
const MARK = /\p{M}/u;
const WORD = /[\p{L}\p{M}\p{N}_]+/gu;
const LATIN = /\p{Script=Latin}/u;
/** Scripts whose letters are taken for Latin ones (UTS #39, confusables). */
const RIVAL =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]/u;
const RIVAL_TWINS = /^[аеорсухіјѕһԁԛԝӏгвкмнтαονρτυχкΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕЅІЈКМНОРСТХУ]+$/u;
/** Signs and letters that are made to look like ASCII: full width, mathematical, slashes, dots, hyphens, a Greek question mark. */
const COSTUME =
  /[\uff0f\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u{1d400}-\u{1d7ff}\u2044\u2215\u29f8\ufe68\u2024\ua789\u02d0\u037e\u2010\u2011\u2212\u01c3]/u;

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
  if (PLAIN.test(text) && !LONG.test(text) && !(options.inline && /[\n\t]/.test(text))) return [{ kind: 'text', text }];
  const suspects = lookalikes(text);
  const out: Piece[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') out.push({ kind: 'text', text: plain });
    plain = '';
  };
  let marks = 0;
  for (let at = 0; at < text.length;) {
    const run = runAt(text, at, options);
    if (run !== null) {
      flush();
      out.push(run);
      at += run.text.length;
      continue;
    }
    const char = String.fromCodePoint(text.codePointAt(at)!);
    marks = MARK.test(char) ? marks + 1 : 0;
    const special = marks > MARKS ? hidden(char) : judge(char, text, at, options);
    const piece = special ?? (suspects.has(at) || COSTUME.test(char) ? lookalike(char) : null);
    if (piece === null) plain += char;
    else {
      flush();
      out.push(piece);
    }
    at += char.length;
  }
  flush();
  return out;
}

/** How many characters of the text are drawn as chips for being hidden. */
export function hiddenCount(text: string): number {
  return pieces(text).filter((piece) => piece.kind === 'hidden').length;
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

function judge(char: string, text: string, at: number, options: VisibleOptions): Piece | null {
  if (char === '\n' || char === '\t') return options.inline ? hidden(char) : null;
  if (!HIDDEN.test(char)) return at === 0 && MARK.test(char) ? hidden(char) : null;
  return partOfPicture(char, text, at) ? null : hidden(char);
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

function runAt(text: string, at: number, options: VisibleOptions): (Piece & { kind: 'run' }) | null {
  const char = text[at];
  if (char !== ' ' && char !== '\t' && char !== '\n') return null;
  if (at > 0 && text[at - 1] === char) return null;
  let end = at;
  while (text[end] === char) end++;
  const count = end - at;
  const indent = !options.inline && (at === 0 || text[at - 1] === '\n');
  const least = char === '\n' ? RUN.lines : char === '\t' ? RUN.tabs : indent ? RUN.indent : RUN.inner;
  if (count < least) return null;
  const name = char === '\n' ? 'line break' : char === '\t' ? 'tab' : 'space';
  return { kind: 'run', text: text.slice(at, end), label: `${name} × ${count}` };
}

/**
 * Where letters stand that could be taken for Latin ones: those of another script inside a word that has Latin letters too, and
 * words made of twins only, in a text that is otherwise Latin.
 */
function lookalikes(text: string): Set<number> {
  const found = new Set<number>();
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
      if (RIVAL.test(char)) found.add(at);
      at += char.length;
    }
  }
  return found;
}

/** What a terminal would show of a program's output: lines with ink, carriage returns taken as writing over the line. */

export interface Span {
  text: string;
  /** Classes of its ink: `c0` to `c15`, `bold`, `dim`, `under`, `inverse`. Empty for plain. */
  ink: string;
}
export type Line = Span[];

/** CSI, OSC, other strings, other escapes; then single controls, plain text, and an escape that is not whole yet. */
const ESC = '\\u001b';
const TOKEN = new RegExp(
  [
    `${ESC}\\[([0-?]*)[ -/]*([@-~])`,
    `${ESC}\\[[0-?]*[ -/]*$`,
    `${ESC}\\][^\\u0007${ESC}]*(?:\\u0007|${ESC}\\\\|$)`,
    `${ESC}[PX^_][^${ESC}]*(?:${ESC}\\\\|$)`,
    `${ESC}[ -/]*[0-~]`,
    ESC,
    '[\\r\\n\\b\\u0007]',
    `[^${ESC}\\r\\n\\b\\u0007]+`,
  ].join('|'),
  'g',
);

/** How far a cursor may be moved to the right of what is written. */
const COLUMNS = 500;

/** Colours other than the sixteen, backgrounds, and movements to other lines are left out. Never throws. */
export function linesOf(text: string): Line[] {
  const pen: Pen = { colour: -1, bold: false, dim: false, under: false, inverse: false };
  let row = new Row();
  const rows = [row];
  for (const [token, parameters = '', final = ''] of text.matchAll(TOKEN)) {
    if (token === '\n') rows.push((row = new Row()));
    else if (token === '\r') row.column = 0;
    else if (token === '\b') row.column = Math.max(0, row.column - 1);
    else if (final === 'm') paint(pen, parameters);
    else if (final !== '') row.control(final, Number.parseInt(parameters, 10) || 0);
    else if (token[0] !== '\x1b' && token !== '\x07') row.write(token, inkOf(pen));
  }
  return rows.map((one) => one.line());
}

/** One line as it is written; it is taken apart into characters only when something is written over. */
class Row {
  column = 0;
  #spans: Line = [];
  #length = 0;
  #cells: Span[] | null = null;

  write(text: string, ink: string): void {
    if (this.#cells === null && this.column === this.#length) {
      put(this.#spans, { text, ink });
      this.#length += lengthOf(text);
      this.column = this.#length;
      return;
    }
    const cells = this.#apart();
    while (cells.length < this.column) cells.push(BLANK);
    for (const char of text) cells[this.column++] = { text: char, ink };
  }

  control(final: string, n: number): void {
    if (final === 'K') this.#erase(n);
    else if (final === 'G') this.column = Math.min(Math.max(1, n) - 1, COLUMNS);
    else if (final === 'C') this.column = Math.max(this.column, Math.min(this.column + Math.max(1, n), COLUMNS));
    else if (final === 'D') this.column = Math.max(0, this.column - Math.max(1, n));
  }

  line(): Line {
    if (this.#cells === null) return this.#spans;
    const line: Line = [];
    for (const cell of this.#cells) put(line, cell);
    return line;
  }

  /** To the end, from the beginning, or all. */
  #erase(n: number): void {
    const cells = this.#apart();
    if (n !== 1) cells.length = Math.min(cells.length, n === 2 ? 0 : this.column);
    else for (let i = 0; i < Math.min(cells.length, this.column + 1); i++) cells[i] = BLANK;
  }

  #apart(): Span[] {
    this.#cells ??= this.#spans.flatMap(({ text, ink }) => [...text].map((char) => ({ text: char, ink })));
    return this.#cells;
  }
}

const BLANK: Span = { text: ' ', ink: '' };

function put(line: Line, { text, ink }: Span): void {
  const last = line.at(-1);
  if (last?.ink === ink) last.text += text;
  else line.push({ text, ink });
}

/** In characters: a pair of surrogates is one. */
const lengthOf = (text: string) => (/[\ud800-\udfff]/.test(text) ? [...text].length : text.length);

interface Pen {
  /** 0 to 15; -1 for the text's own. */
  colour: number;
  bold: boolean;
  dim: boolean;
  under: boolean;
  inverse: boolean;
}

/** SGR (ECMA-48, 8.3.117). */
function paint(pen: Pen, parameters: string): void {
  if (!/^[\d;:]*$/.test(parameters)) return;
  const codes = parameters.split(';');
  for (let i = 0; i < codes.length; i++) {
    const [code = 0, ...parts] = codes[i]!.split(':').map(Number);
    if (code === 38 || code === 48) {
      const given = parts.length > 0 ? parts : codes.slice(i + 1).map(Number);
      if (parts.length === 0) i += given[0] === 5 ? 2 : given[0] === 2 ? 4 : 0;
      if (code === 38) pen.colour = given[0] === 5 && given[1]! < 16 ? given[1]! : -1;
    } else dip(pen, code, parts[0]);
  }
}

function dip(pen: Pen, code: number, style: number | undefined): void {
  if (code === 0) Object.assign(pen, { colour: -1, bold: false, dim: false, under: false, inverse: false });
  else if (code === 1) pen.bold = true;
  else if (code === 2) pen.dim = true;
  else if (code === 4) pen.under = style !== 0;
  else if (code === 7) pen.inverse = true;
  else if (code === 22) pen.bold = pen.dim = false;
  else if (code === 24) pen.under = false;
  else if (code === 27) pen.inverse = false;
  else if (code >= 30 && code <= 37) pen.colour = code - 30;
  else if (code >= 90 && code <= 97) pen.colour = code - 90 + 8;
  else if (code === 39) pen.colour = -1;
}

const WORDS = ['bold', 'dim', 'under', 'inverse'] as const;

const inkOf = (pen: Pen): string =>
  [pen.colour < 0 ? '' : `c${pen.colour}`, ...WORDS.filter((word) => pen[word])]
    .filter((word) => word !== '')
    .join(' ');

/** The words of a line, without its ink. */
export const plainOf = (line: Line): string => line.map(({ text }) => text).join('');

export interface Bounded {
  head: Line[];
  tail: Line[];
  /** Of what stands between; 0 where nothing does. */
  lines: number;
  bytes: number;
}

/** At most so many lines of each end. A last line that is empty is none. */
export function bounded(all: readonly Line[], { head, tail }: { head: number; tail: number }): Bounded {
  const lines = all.length > 0 && all.at(-1)!.length === 0 ? all.slice(0, -1) : [...all];
  if (lines.length <= head + tail) return { head: lines, tail: [], lines: 0, bytes: 0 };
  const left = lines.slice(head, lines.length - tail);
  const bytes = left.reduce((sum, line) => sum + new TextEncoder().encode(plainOf(line)).length + 1, 0);
  return { head: lines.slice(0, head), tail: tail === 0 ? [] : lines.slice(-tail), lines: left.length, bytes };
}

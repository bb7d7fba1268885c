/** A line cut where its marks and its colours change, and the middle of a very long one set aside. */
import { pieces as visiblePieces, type Piece } from '../ui/visible.ts';
import type { Span } from './words.ts';

export type Colour = 'key' | 'string' | 'number' | 'note';

export interface ColourSpan extends Span {
  colour: Colour;
}

/** A stretch of one look. Its parts joined are its text; chips stand in them for what could not be seen. */
export interface Stretch {
  parts: Piece[];
  marked: boolean;
  colour: Colour | 'none';
}

/** The line in order, whole: the stretches joined are the text. Spans are sorted and do not overlap among their kind. */
export function stretchesOf(text: string, marks: readonly Span[], colours: readonly ColourSpan[]): Stretch[] {
  const cuts = [...new Set([...marks, ...colours].flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const out: Stretch[] = [];
  let at = 0;
  for (const piece of visiblePieces(text)) {
    for (const part of piece.kind === 'text' ? split(piece.text, at, cuts) : [piece]) {
      const over = (span: Span) => span.start <= at && at < span.end;
      push(out, { parts: [part], marked: marks.some(over), colour: colours.find(over)?.colour ?? 'none' });
      at += part.text.length;
    }
  }
  return out;
}

function push(out: Stretch[], next: Stretch): void {
  const last = out.at(-1);
  if (!last || last.marked !== next.marked || last.colour !== next.colour) return void out.push(next);
  for (const part of next.parts) {
    const before = last.parts.at(-1);
    if (before?.kind === 'text' && part.kind === 'text')
      last.parts[last.parts.length - 1] = { kind: 'text', text: before.text + part.text };
    else last.parts.push(part);
  }
}

function split(text: string, at: number, cuts: readonly number[]): Piece[] {
  const inside = cuts.map((cut) => cut - at).filter((cut) => cut > 0 && cut < text.length);
  const edges = [0, ...inside, text.length];
  return edges.slice(0, -1).map((start, i) => ({ kind: 'text', text: text.slice(start, edges[i + 1]) }));
}

/** Drawn characters beyond which a line shows its head and its tail, and a button between them. */
const LONG = 1_000;
const HEAD = 600;
const TAIL = 240;

export interface CutLine {
  head: Stretch[];
  /** What the button shows when pressed; empty where nothing is held back. */
  middle: Stretch[];
  /** UTF-16 units in the middle. */
  left: number;
  tail: Stretch[];
}

/** The end of a line is always shown: what matters may stand there. A long run of blanks counts as the chip it is drawn as. */
export function cutLong(line: readonly Stretch[]): CutLine {
  const whole: CutLine = { head: [...line], middle: [], left: 0, tail: [] };
  if (drawnLength(line) <= LONG) return whole;
  const [head, rest] = take(line, HEAD);
  const [middle, tail] = take(rest, drawnLength(rest) - TAIL);
  const left = middle.flatMap((stretch) => stretch.parts).reduce((sum, part) => sum + part.text.length, 0);
  return { head, middle, left, tail };
}

const drawn = (part: Piece) => (part.kind === 'text' ? part.text.length : part.kind === 'run' ? part.label.length : 8);

const drawnLength = (line: readonly Stretch[]) =>
  line.reduce((sum, stretch) => sum + stretch.parts.reduce((inner, part) => inner + drawn(part), 0), 0);

/** The first so many drawn characters, and the rest. Chips and surrogate pairs stay whole. */
function take(line: readonly Stretch[], count: number): [Stretch[], Stretch[]] {
  const first: Stretch[] = [];
  const rest: Stretch[] = [];
  let room = count;
  for (const stretch of line) {
    for (const part of stretch.parts) {
      const look = { marked: stretch.marked, colour: stretch.colour };
      if (part.kind === 'text' && room > 0 && part.text.length > room) {
        const at = isLow(part.text, room) ? room + 1 : room;
        push(first, { ...look, parts: [{ kind: 'text', text: part.text.slice(0, at) }] });
        if (at < part.text.length) push(rest, { ...look, parts: [{ kind: 'text', text: part.text.slice(at) }] });
        room = 0;
        continue;
      }
      push(room > 0 ? first : rest, { ...look, parts: [part] });
      room -= drawn(part);
    }
  }
  return [first, rest];
}

const isLow = (text: string, at: number) => (text.charCodeAt(at) & 0xfc00) === 0xdc00;

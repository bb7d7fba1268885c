/** A long output: its head and its tail, and how much stands between them. */

const HEAD_LINES = 8;
const TAIL_LINES = 4;
/** Less than this between head and tail is shown at once: a button would take as much room. */
const LEAST_LINES = 4;
const WHOLE_CHARS = 4_000;
const HEAD_CHARS = 2_000;
const TAIL_CHARS = 1_000;

export interface Shortened {
  head: string;
  /** Empty where nothing is held back. */
  middle: string;
  lines: number;
  tail: string;
}

/** Cuts at line ends; a single long line is cut inside. Joined, head, middle and tail are the text. */
export function shortened(text: string): Shortened {
  const whole: Shortened = { head: text, middle: '', lines: 0, tail: '' };
  const lines = text.replace(/\n$/, '').split('\n');
  const long = lines.length > HEAD_LINES + TAIL_LINES + LEAST_LINES;
  if (!long && text.length <= WHOLE_CHARS) return whole;
  let headEnd = long ? lengthOf(lines.slice(0, HEAD_LINES)) : text.length;
  let tailStart = long ? lengthOf(lines.slice(0, -TAIL_LINES)) : text.length;
  if (headEnd > HEAD_CHARS) headEnd = notInPair(text, HEAD_CHARS);
  if (text.length - tailStart > TAIL_CHARS || tailStart === text.length)
    tailStart = notInPair(text, text.length - TAIL_CHARS);
  const middle = text.slice(headEnd, tailStart);
  return { head: text.slice(0, headEnd), middle, lines: middle.split('\n').length - 1, tail: text.slice(tailStart) };
}

/** With their line ends. */
const lengthOf = (lines: string[]) => lines.reduce((sum, line) => sum + line.length + 1, 0);

/** The next place that does not cut a surrogate pair. */
const notInPair = (text: string, at: number) => ((text.charCodeAt(at) & 0xfc00) === 0xdc00 ? at + 1 : at);

/** `871 bytes`, `1.2 kB`, `3.4 MB`: decimal units, as files are listed. */
export function bytesWord(bytes: number): string {
  if (bytes < 1_000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** UTF-8 bytes of a text. */
export const byteLength = (text: string) => new TextEncoder().encode(text).length;

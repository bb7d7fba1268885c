/** Reads some lines of a file of any size, with a bound on what is scanned, what is kept, and how long a line may be. */
import { readAt, readNow } from '../base/contained-read.ts';
import { partOf } from '../base/text.ts';
import { LIMITS } from '../../shared/limits.ts';

const CHUNK = 64 * 1024;
/** UTF-8 takes at most four bytes for what is two UTF-16 units, and three for what is one. */
const LINE_BYTES = LIMITS.lineChars.value * 4;

/** What stands before each line in an answer, and after it. */
const NUMBER_CHARS = 8;
/** One line at its longest, and the notes, still fit behind it. */
const ANSWER_CHARS = LIMITS.toolResultChars.value - LIMITS.lineChars.value - 500;

export interface Line {
  number: number;
  text: string;
  /** Bytes of the line that were left out at its end. */
  cut: number;
}

export interface Lines {
  lines: Line[];
  /** Why it stopped: at the end of the file, after the last line asked for, or at a bound. */
  stopped: 'end' | 'asked' | 'full' | 'scanned';
  /** How many lines were passed, those before the first included. */
  passed: number;
  /** A NUL stands at the beginning of the file, or in what was asked for. */
  binary: boolean;
  /** Bytes that are not UTF-8 stand as U+FFFD. */
  damaged: boolean;
}

/** `signal` ends it between two chunks, with the signal's reason. Lines end with LF; a CR before it is left in the text. */
export async function readLines(
  fd: number,
  { first, last, signal }: { first: number; last: number; signal: AbortSignal },
): Promise<Lines> {
  const scan = new Scan(first, last);
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (let position = 0; position < LIMITS.scanBytes.value;) {
    signal.throwIfAborted();
    // Most files end with the first piece.
    const read = position < CHUNK ? readNow(fd, buffer, position) : await readAt(fd, buffer, position);
    if (read === 0) return scan.finish();
    const chunk = buffer.subarray(0, read);
    if (position === 0 && chunk.subarray(0, 8_192).includes(0))
      return { ...scan.result('end'), lines: [], binary: true };
    if (scan.take(chunk)) return scan.result(scan.full ? 'full' : 'asked');
    position += read;
  }
  return scan.result('scanned');
}

class Scan {
  full = false;
  readonly #first: number;
  readonly #last: number;
  #number = 1;
  #parts: Buffer[] = [];
  #held = 0;
  #cut = 0;
  /** Characters of the answer, and bytes of the file. */
  #kept = 0;
  #keptBytes = 0;
  #damaged = false;
  #binary = false;
  #lines: Line[] = [];

  constructor(first: number, last: number) {
    this.#first = first;
    this.#last = last;
  }

  /** True when no more is wanted. */
  take(chunk: Buffer): boolean {
    for (let at = 0; at < chunk.length;) {
      const lf = chunk.indexOf(10, at);
      const end = lf < 0 ? chunk.length : lf;
      if (this.#number >= this.#first) this.#hold(chunk.subarray(at, end));
      if (lf < 0) return false;
      if (this.#endLine()) return true;
      at = lf + 1;
    }
    return false;
  }

  /** The file ended: what stands after its last LF is a line too. */
  finish(): Lines {
    if (this.#held > 0 || this.#cut > 0) this.#endLine();
    return this.result('end');
  }

  result(stopped: Lines['stopped']): Lines {
    return { lines: this.#lines, stopped, passed: this.#number - 1, binary: this.#binary, damaged: this.#damaged };
  }

  #hold(bytes: Buffer): void {
    const room = Math.max(0, LINE_BYTES - this.#held);
    const kept = bytes.subarray(0, room);
    if (kept.length > 0) this.#parts.push(Buffer.from(kept)); // a copy: the chunk is read into again
    this.#held += kept.length;
    this.#cut += bytes.length - kept.length;
  }

  #endLine(): boolean {
    if (this.#number >= this.#first) this.#keep();
    this.#number++;
    return this.full || this.#number > this.#last;
  }

  #keep(): void {
    const whole = Buffer.concat(this.#parts).toString('utf8');
    const text = partOf(whole, 0, LIMITS.lineChars.value);
    this.#damaged ||= whole.includes('\ufffd');
    this.#binary ||= whole.includes('\0');
    this.#lines.push({ number: this.#number, text, cut: this.#cut + Buffer.byteLength(whole.slice(text.length)) });
    this.#kept += text.length + NUMBER_CHARS;
    this.#keptBytes += Buffer.byteLength(text);
    this.full = this.#kept >= ANSWER_CHARS || this.#keptBytes >= LIMITS.readBytes.value;
    [this.#parts, this.#held, this.#cut] = [[], 0, 0];
  }
}

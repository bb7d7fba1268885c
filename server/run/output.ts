/** What a command prints, as it comes: pieces for who watches, its ends for the model, its beginning whole for the record. */
import { LIMITS } from '../../shared/limits.ts';

/** A part of an output, decoded. `from` and `to` count bytes. */
export interface Stretch {
  from: number;
  to: number;
  text: string;
}

export interface Output {
  /** Copies what it keeps. */
  take(chunk: Buffer): void;
  /** Nothing more will come: the last piece is told. */
  end(): void;
  /** Printed so far. */
  bytes(): number;
  /** All of it, or its beginning and its end. */
  ends(): { head: Stretch; tail: Stretch | null };
  /** What was printed from there on, as far as it is still held: of a long output, the newest. */
  since(offset: number): Stretch;
  /** The first bytes, up to a bound. */
  whole(): Buffer;
}

/** `onPiece` is called at most some thirty times a second, with at most some KiB; between two pieces there may be a gap. */
export function createOutput(onPiece: (offset: number, text: string) => void): Output {
  const [headMax, tailMax] = [LIMITS.outputHeadBytes.value, LIMITS.outputTailBytes.value];
  const first = createFirst(LIMITS.outputWholeBytes.value);
  const last = createLast(tailMax);
  let told = 0;
  let timer: NodeJS.Timeout | undefined;

  const tell = (final: boolean) => {
    timer = undefined;
    const from = Math.max(told, last.bytes() - LIMITS.outputPieceBytes.value);
    const piece = decode(last.slice(from), from, { gap: from > told, final });
    told = piece.to;
    if (piece.text !== '') onPiece(piece.from, piece.text);
  };

  return {
    take(chunk) {
      first.take(chunk);
      last.take(chunk);
      timer ??= setTimeout(tell, LIMITS.outputPieceMs.value, false);
    },
    end() {
      clearTimeout(timer);
      tell(true);
    },
    bytes: last.bytes,
    ends() {
      const bytes = last.bytes();
      const whole = { gap: false, final: true };
      if (bytes <= headMax + tailMax) return { head: decode(first.bytes().subarray(0, bytes), 0, whole), tail: null };
      const head = decode(first.bytes().subarray(0, headMax), 0, { gap: false, final: false });
      return { head, tail: decode(last.slice(bytes - tailMax), bytes - tailMax, { gap: true, final: true }) };
    },
    since(offset) {
      const from = Math.max(offset, last.bytes() - tailMax);
      return decode(last.slice(from), from, { gap: from > offset, final: false });
    },
    whole: first.bytes,
  };
}

/** The first `max` bytes, in a buffer that grows as they come. */
function createFirst(max: number) {
  let held = Buffer.alloc(0);
  let size = 0;
  return {
    bytes: () => held.subarray(0, size),
    take(chunk: Buffer): void {
      const part = chunk.subarray(0, max - size);
      if (part.length === 0) return;
      if (size + part.length > held.length) {
        const grown = Buffer.alloc(Math.min(max, Math.max(2 * held.length, size + part.length)));
        held.copy(grown);
        held = grown;
      }
      part.copy(held, size);
      size += part.length;
    },
  };
}

/** The last `max` bytes, in a ring. */
function createLast(max: number) {
  const ring = Buffer.alloc(max);
  let total = 0;
  return {
    bytes: () => total,
    take(chunk: Buffer): void {
      const part = chunk.subarray(Math.max(0, chunk.length - max));
      const at = (total + chunk.length - part.length) % max;
      const fits = Math.min(part.length, max - at);
      part.copy(ring, at, 0, fits);
      part.copy(ring, 0, fits);
      total += chunk.length;
    },
    /** From this offset on; it must be among the last `max`. */
    slice(from: number): Buffer {
      const [start, end] = [from % max, total % max];
      if (total === from) return Buffer.alloc(0);
      if (start < end) return Buffer.from(ring.subarray(start, end));
      return Buffer.concat([ring.subarray(start), ring.subarray(0, end)]);
    },
  };
}

/** After a gap it begins with a whole character; unless it is the final one it ends with one. */
function decode(bytes: Buffer, offset: number, { gap, final }: { gap: boolean; final: boolean }): Stretch {
  const start = gap ? continuation(bytes) : 0;
  const end = final ? bytes.length : wholeEnd(bytes);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(start, Math.max(start, end)));
  return { from: offset + start, to: offset + Math.max(start, end), text };
}

/** How many bytes at the start belong to a character that began before; at most three can. */
function continuation(bytes: Buffer): number {
  let count = 0;
  while (count < 3 && count < bytes.length && (bytes[count]! & 0xc0) === 0x80) count++;
  return count;
}

/** Where the last character that is whole ends. What is no UTF-8 at all counts as whole. */
function wholeEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

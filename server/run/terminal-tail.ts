/** Where a stream of terminal bytes was cut: what of it belongs to a sequence, or a character, that is not whole yet. */
import { LIMITS } from '../../shared/limits.ts';

export interface Tail {
  take(bytes: Buffer): void;
  /** The bytes since the last whole sequence; empty where all is whole. */
  rest(): Buffer;
}

/**
 * A screen that is drawn for who comes in between has all that was printed but these; with them first, what comes next reads as
 * it would have. A sequence longer than one frame is given up: the terminal ends it in its own way.
 */
export function createTail(): Tail {
  let rest: Buffer = Buffer.alloc(0);
  return {
    take(bytes) {
      const from = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes;
      const open = from.subarray(openFrom(from));
      rest = open.length > LIMITS.terminalFrameBytes.value ? Buffer.alloc(0) : Buffer.from(open);
    },
    rest: () => rest,
  };
}

const [ESC, CAN, SUB, BEL] = [0x1b, 0x18, 0x1a, 0x07];
/** OSC, DCS, APC, PM, SOS: they run until ST (or BEL). */
const STRINGS = new Set([...']P_^X'].map((letter) => letter.charCodeAt(0)));

function openFrom(bytes: Buffer): number {
  const start = bytes.lastIndexOf(ESC);
  if (start >= 0 && isOpen(bytes, start)) return start;
  return characterFrom(bytes);
}

function isOpen(bytes: Buffer, start: number): boolean {
  const kind = bytes[start + 1];
  if (kind === undefined) return true;
  if (STRINGS.has(kind)) return !has(bytes, start + 2, (byte) => byte === BEL || byte === CAN || byte === SUB);
  const isCsi = kind === 0x5b;
  // Of a sequence of parameters and intermediates the first byte above them is the end.
  return !has(bytes, start + (isCsi ? 2 : 1), (byte) => byte >= (isCsi ? 0x40 : 0x30) || byte === CAN || byte === SUB);
}

function has(bytes: Buffer, from: number, fits: (byte: number) => boolean): boolean {
  for (let i = from; i < bytes.length; i++) if (fits(bytes[i]!)) return true;
  return false;
}

/** Where the last character begins, if it is not whole; else the end. */
function characterFrom(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

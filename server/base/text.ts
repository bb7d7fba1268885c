/** Bytes of a file as text, exactly: what they are, how their lines end, and nothing lost on the way back. */

export type Decoded = { ok: true; text: string } | { ok: false; why: 'binary' | 'not_utf8' };

/** UTF-8 text as it is: a byte order mark stays (as U+FEFF), so that encoding it gives the same bytes. A NUL means binary. */
export function decodeText(bytes: Uint8Array): Decoded {
  if (bytes.includes(0)) return { ok: false, why: 'binary' };
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError) return { ok: false, why: 'not_utf8' }; // what `fatal` throws
    throw error;
  }
}

export const BOM = '\ufeff';

export type LineEnding = 'lf' | 'crlf' | 'mixed' | 'none';

/** How the lines end: all the same way, both ways, or there is but one line without an end. A lone carriage return is a character. */
export function lineEndingOf(text: string): LineEnding {
  let [crlf, lf] = [0, 0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    if (text[at - 1] === '\r') crlf++;
    else lf++;
  }
  if (crlf === 0 && lf === 0) return 'none';
  return crlf === 0 ? 'lf' : lf === 0 ? 'crlf' : 'mixed';
}

/** The lines with their line feeds; the last one has none where the text does not end with one. Of an empty text, none. */
export const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** Line feeds become carriage return and line feed, where they are not yet. */
export const toCrlf = (text: string): string => text.replace(/\r?\n/g, '\r\n');

/** A part of a text, without half a surrogate pair at either end. */
export function partOf(text: string, from: number, to: number): string {
  const isLow = (at: number) =>
    at > 0 && at < text.length && /[\udc00-\udfff]/.test(text[at]!) && /[\ud800-\udbff]/.test(text[at - 1]!);
  return text.slice(isLow(from) ? from + 1 : from, isLow(to) ? to - 1 : to);
}

/** Plain data as one line of JSON that stays one line, whoever splits lines. */

/** Line ends to some programs, though not to JSON: they are written as escapes. */
const SEPARATORS = /[\u0085\u2028\u2029\u007f-\u009f]/g;

export const jsonLine = (value: unknown): string =>
  JSON.stringify(value, wellFormed).replace(
    SEPARATORS,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A half of a pair that stands alone is no character: some readers refuse the line for it. */
const wellFormed = (_: string, held: unknown): unknown =>
  typeof held === 'string' ? held.replace(/\p{Cs}/gu, '\uFFFD') : held;

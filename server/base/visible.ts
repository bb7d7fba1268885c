/** Text as a line that shows what it holds: for names and patterns quoted in messages. */

/** Controls, line separators, formatting and invisible characters, lone surrogates, private use. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Every hidden character as `U+XXXX`, so that the text is one line and reads as it is; cut in the middle when it is long. */
export function visible(text: string, maxChars = 200): string {
  const points =
    text.length > 4 * maxChars ? [...text.slice(0, 2 * maxChars), ...text.slice(-2 * maxChars)] : [...text];
  const long = text.length > 4 * maxChars || points.length > maxChars;
  const half = Math.floor(maxChars / 2);
  const kept = long ? `${points.slice(0, half).join('')}…${points.slice(-half).join('')}` : text;
  return kept.replace(HIDDEN, (char) => `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`);
}

/** True where `visible` would write the text otherwise than it is. */
export const hasHidden = (text: string): boolean => text.search(HIDDEN) >= 0;

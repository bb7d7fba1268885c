/** Sets of characters in regular expressions, `[…]`: where one ends, if all programs that read it agree on that. */

const SET = /\[\^?\]?(?:[^\][\\\n]|\\[^\][\n]|\[:[a-z]+:\])*\]/y;

/** The place after the set that begins at `start`; -1 where a program could see another end. */
export function setEnd(text: string, start: number): number {
  SET.lastIndex = start;
  return SET.test(text) ? SET.lastIndex : -1;
}

/** The same within a larger expression. */
export const SET_SOURCE = SET.source;

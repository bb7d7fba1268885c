/** Makes foreign text inert in markdown, piece by piece: in a fence, in a code span, or as plain words. */

/** A fenced block that nothing inside can close. */
export function fenced(text: string, info: string): string {
  const fence = '`'.repeat(Math.max(2, longestRun(text)) + 1);
  return `${fence}${info}\n${text.endsWith('\n') ? text.slice(0, -1) : text}\n${fence}`;
}

/**
 * One line in a code span, with control and direction characters spelled out. Empty text is empty: two backticks would open a
 * span that the next pair closes. What a notebook would run (`= a query`) is plain words instead.
 */
export function inlineCode(text: string): string {
  const plain = spelled(text);
  if (plain === '') return '';
  if (/^\s*\$?=/.test(plain)) return plainLine(plain);
  const ticks = '`'.repeat(longestRun(plain) + 1);
  const edge = /^`|`$|^ .* $/.test(plain) && plain.trim() !== '' ? ' ' : '';
  return `${ticks}${edge}${plain}${edge}${ticks}`;
}

const longestRun = (text: string): number =>
  [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 0);

/** One line of plain text, for a heading, a list or a paragraph: nothing in it is markdown, wherever it stands. */
export function plainLine(text: string): string {
  return lineStart(plainWords(text));
}

/**
 * Text of which no sign is markup, for the middle of a line. What begins a tag, an entity or code becomes an entity, which no
 * viewer reads as that sign; the rest gets a backslash, and so does a backslash, so that none of theirs takes ours.
 */
export function plainWords(text: string): string {
  return spelled(text)
    .replace(/[\\*{}[\]#!|~$^]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (sign) => `\\${sign}`)
    .replace(/&(?=[#a-z])/gi, '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('`', '&#96;');
}

/** The same line, of text that is inert already, where it is not to begin a list, a quote, a heading or a definition. */
export function lineStart(line: string): string {
  return line
    .trim()
    .replace(/^[+\-=>:%]/, '\\$&')
    .replace(/^(\d{1,9})([.)])/, '$1\\$2');
}

/** Control, direction and invisible characters by their code points; a tab stays. */
function spelled(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) => {
    if (sign === '\t') return sign;
    return `U+${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
  });
}

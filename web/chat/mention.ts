/** `@` in a message: which word is being written as a file's name, and which files a message names. */

export interface Mention {
  /** Where the `@` stands. */
  start: number;
  query: string;
}

const MOST_CHARS = 200;

/** The mention that the caret stands in; null where it stands in none. */
export function mentionAt(text: string, caret: number): Mention | null {
  const start = text.lastIndexOf('@', caret - 1);
  if (start < 0 || caret - start > MOST_CHARS) return null;
  const before = start === 0 ? ' ' : text[start - 1]!;
  const query = text.slice(start + 1, caret);
  return /[\s([{"'`,]/.test(before) && !/\s/.test(query) ? { start, query } : null;
}

/** The text with the mention replaced by the path and a blank, and where the caret then stands. */
export function withMention(text: string, mention: Mention, path: string): { text: string; caret: number } {
  const end = mention.start + 1 + mention.query.length;
  const named = `@${path} `;
  const rest = text.slice(end);
  return { text: text.slice(0, mention.start) + named + rest.replace(/^ /, ''), caret: mention.start + named.length };
}

/** Of the files that were picked, those that the text still names, each once. */
export function named(text: string, picked: readonly string[]): string[] {
  return [...new Set(picked)].filter((path) => {
    const at = text.indexOf(`@${path}`);
    return at >= 0 && !/[\w/.-]/.test(text[at + path.length + 1] ?? ' ');
  });
}

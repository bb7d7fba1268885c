/** A person's own words as they wrote them: text, and code between backticks. Nothing else is read into them. */

export interface Words {
  code: boolean;
  text: string;
}

/** In order; a backtick without its fellow on the same line is a backtick. */
export function wordsOf(text: string): Words[] {
  const out: Words[] = [];
  let at = 0;
  for (const match of text.matchAll(/`([^`\n]+)`/g)) {
    if (match.index > at) out.push({ code: false, text: text.slice(at, match.index) });
    out.push({ code: true, text: match[1]! });
    at = match.index + match[0].length;
  }
  if (at < text.length) out.push({ code: false, text: text.slice(at) });
  return out;
}

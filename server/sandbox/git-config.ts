/** Reads what a git config file says, as far as it names other files: nothing is executed, no include is followed. */

export interface GitValue {
  /** `section.key` or `section.subsection.key`; section and key in lower case. */
  name: string;
  value: string;
}

const HEAD = /\[[ \t]*([A-Za-z0-9.-]+)(?:[ \t]+"((?:[^"\\\n]|\\[^\n])*)")?[ \t]*\]/y;
const KEY = /([A-Za-z][A-Za-z0-9-]*)[ \t]*(=?)/y;
const BETWEEN = /(?:\s|[#;].*)*/y;

/** All values in their order (git-config(1), "Syntax"). What is not understood is passed over, to the end of its line. */
export function parseGitConfig(text: string): GitValue[] {
  const whole = text.replace(/^\uFEFF/, '').replace(/\r\n/g, '\n');
  const values: GitValue[] = [];
  let section = '';
  let at = 0;
  const next = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(whole);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  for (next(BETWEEN); at < whole.length; next(BETWEEN)) {
    const head = next(HEAD);
    if (head !== null) {
      const name = head[1]!.toLowerCase();
      section = head[2] === undefined ? name : `${name}.${head[2].replace(/\\(.)/g, '$1')}`;
      continue;
    }
    const key = next(KEY);
    const [value, end] = key?.[2] === '=' ? valueAt(whole, at) : ['true', endOfLine(whole, at)];
    at = end;
    if (key !== null && section !== '') values.push({ name: `${section}.${key[1]!.toLowerCase()}`, value });
  }
  return values;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** A value without quotes and comments, and where its line ends: a backslash goes on in the next one, but for a comment's. */
function valueAt(text: string, from: number): [string, number] {
  let value = '';
  let isQuoted = false;
  let kept = 0;
  let at = from;
  for (; at < text.length && text[at] !== '\n'; at++) {
    const char = text[at]!;
    if (!isQuoted && (char === '#' || char === ';')) return [value.slice(0, kept), endOfLine(text, at)];
    if (char === '\\' && at + 1 < text.length) {
      const escaped = text[++at]!;
      if (escaped === '\n') continue;
      value += ESCAPES[escaped] ?? escaped;
      kept = value.length;
      continue;
    }
    if (char === '"') isQuoted = !isQuoted;
    else if (isQuoted || value !== '' || !/\s/.test(char)) value += char;
    if (isQuoted || !/\s/.test(char)) kept = value.length;
  }
  return [value.slice(0, kept), Math.min(at + 1, text.length)];
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b' };

/** The last value of a name; empty where there is none. */
export const lastValue = (values: readonly GitValue[], name: string): string =>
  values.findLast((one) => one.name === name)?.value ?? '';

/** A config file for the inside, of these values alone. */
export function writeGitConfig(values: readonly GitValue[]): string {
  return values
    .map(({ name, value }) => {
      const dot = name.lastIndexOf('.');
      const quoted = value.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\t/g, '\\t');
      return `[${name.slice(0, dot)}]\n\t${name.slice(dot + 1)} = "${quoted}"\n`;
    })
    .join('');
}

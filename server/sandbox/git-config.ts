/** Reads what a git config file says, as far as it names other files: nothing is executed, no include is followed. */

export interface GitValue {
  /** `section.key` or `section.subsection.key`; section and key in lower case. */
  name: string;
  value: string;
}

const SECTION = /^\s*\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/;
const KEY = /^\s*([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$/;

/** All values in their order (git-config(1), "Syntax"). What is not understood is passed over: it names nothing then. */
export function parseGitConfig(text: string): GitValue[] {
  const values: GitValue[] = [];
  let section = '';
  const lines = text.replace(/\r\n/g, '\n').replace(/\\\n/g, '').split('\n');
  for (const line of lines) {
    let rest = line;
    for (let head = SECTION.exec(rest); head !== null; head = SECTION.exec(rest)) {
      const name = head[1]!.toLowerCase();
      section = head[2] === undefined ? name : `${name}.${head[2].replace(/\\(.)/g, '$1')}`;
      rest = rest.slice(head[0].length);
    }
    const key = section === '' ? null : KEY.exec(rest);
    if (key !== null) values.push({ name: `${section}.${key[1]!.toLowerCase()}`, value: plain(key[2] ?? 'true') });
  }
  return values;
}

/** Without quotes and comments. */
function plain(raw: string): string {
  let value = '';
  let isQuoted = false;
  let kept = 0;
  for (let i = 0; i < raw.length; i++) {
    const char = raw[i]!;
    if (char === '"') isQuoted = !isQuoted;
    else if (char === '\\' && i + 1 < raw.length) value += ESCAPES[raw[++i]!] ?? raw[i]!;
    else if (!isQuoted && (char === '#' || char === ';')) break;
    else value += char;
    if (isQuoted || !/\s/.test(char)) kept = value.length;
  }
  return value.slice(0, kept);
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

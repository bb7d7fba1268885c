/** Makes foreign text inert in markdown: no raw HTML, no remote image, no odd link, no fence that swallows what follows. */

/** A fenced block that nothing inside can close. */
export function fenced(text: string, info: 'text' | 'diff' | 'json'): string {
  const longest = [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}${info}\n${text.endsWith('\n') ? text.slice(0, -1) : text}\n${fence}`;
}

/** One line in a code span, with control and direction characters spelled out. */
export function inlineCode(text: string): string {
  const plain = spelled(text);
  const longest = [...plain.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 0);
  const ticks = '`'.repeat(longest + 1);
  const edge = plain.startsWith('`') || plain.endsWith('`') ? ' ' : '';
  return `${ticks}${edge}${plain}${edge}${ticks}`;
}

/** One line of plain text, for a heading or a list: nothing in it is markdown. */
export function plainLine(text: string): string {
  return spelled(text).replace(/[\\`*_{}[\]()#+!|<>~&$^=-]/g, (sign) => `\\${sign}`);
}

/** Prose in markdown, as a model or a person wrote it: its emphasis, lists and code stay, what could act does not. */
export function inertProse(text: string): string {
  const out: string[] = [];
  let fence = '';
  for (const line of text.split('\n')) {
    const mark = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    if (fence === '' && mark) {
      fence = mark[1]!;
      out.push(`${fence}${language(mark[2]!)}`);
    } else if (fence !== '' && mark && mark[1]!.startsWith(fence) && mark[2]!.trim() === '') {
      out.push(fence);
      fence = '';
    } else {
      out.push(fence === '' ? inertLine(line) : line);
    }
  }
  if (fence !== '') out.push(fence);
  return out.join('\n');
}

/** Only names that colour code; a viewer runs or draws some others (mermaid, math, queries). */
const LANGUAGES = new Set(
  'bash c cpp cs css diff go html java js json jsx kotlin lua md php py python rb rs ruby rust sh sql svelte swift text toml ts tsx xml yaml'.split(
    ' ',
  ),
);

function language(info: string): string {
  const name = info.trim().toLowerCase();
  return LANGUAGES.has(name) ? name : '';
}

function inertLine(line: string): string {
  const parts = line.split(/(`+[^`]*`+)/); // odd places are code spans: they are text already
  return parts.map((part, place) => (place % 2 === 1 ? part : inertSpan(part))).join('');
}

function inertSpan(text: string): string {
  return spelled(text)
    .replace(/<(?=[a-zA-Z/!?])/g, '\\<')
    .replace(/!(?=\[)/g, '\\!')
    .replace(/\[\[/g, '\\[\\[')
    .replace(/\]\((?!\s*(?:https?:\/\/|#|\.{0,2}\/|[\w.-]+(?:[/)#]|$)))/gi, ']\\(')
    .replace(/^( {0,3}\[[^\]]*\]):/, '$1\\:');
}

/** Control, direction and invisible characters by their code points; a tab stays. */
function spelled(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) => {
    if (sign === '\t') return sign;
    return `U+${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
  });
}

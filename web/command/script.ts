/** A script as it is read before it runs: nothing in it that a reader could pass over stays undrawn. */
import { byteLength } from '../chat/output.ts';
import { counted } from '../ui/size.ts';
import { pieces, type Piece } from '../ui/visible.ts';

/**
 * What is drawn in a script beyond what is drawn in any text: a carriage return before a line break (to a shell it is a part of
 * the word before it), blanks at the end of a line (a single one only where it is escaped), gaps inside a line, and many empty
 * lines.
 */
const SPECIAL = /\r(?=\n)|(?<=\\)[ \t](?=\r?\n|$)|[ \t]{2,}(?=\r?\n|$)|(?<=\S) {8,}|(?<=\S)\t{4,}|\n{6,}(?=\n)/g;

/** The pieces' texts joined are the script. */
export function scriptPieces(script: string): Piece[] {
  const out: Piece[] = [];
  const extra = [...script.matchAll(SPECIAL)];
  let at = 0;
  let next = 0;
  for (const piece of pieces(script)) {
    const end = at + piece.text.length;
    while (next < extra.length && extra[next]!.index < at) next++;
    if (piece.kind !== 'text') out.push(piece);
    else {
      let from = at;
      for (; next < extra.length && extra[next]!.index < end; next++) {
        const { 0: text, index } = extra[next]!;
        if (index + text.length > end) continue;
        if (index > from) out.push({ kind: 'text', text: script.slice(from, index) });
        out.push(drawn(text));
        from = index + text.length;
      }
      if (from < end) out.push({ kind: 'text', text: script.slice(from, end) });
    }
    at = end;
  }
  return out;
}

/** Line by line. Only the line breaks that are drawn as plain text part lines; in a run of them only its last does. */
export function scriptLines(script: string): Piece[][] {
  const lines: Piece[][] = [[]];
  for (const piece of scriptPieces(script)) {
    if (piece.kind !== 'text') lines.at(-1)!.push(piece);
    else
      for (const [i, text] of piece.text.split('\n').entries()) {
        if (i > 0) lines.push([]);
        if (text !== '') lines.at(-1)!.push({ kind: 'text', text });
      }
  }
  if (lines.length > 1 && lines.at(-1)!.length === 0) lines.pop();
  return lines;
}

/** Words and the blanks between them: a word is kept on one line where it fits, for `-- --fix` must not break after the hyphens. */
export const wordsOf = (text: string): { text: string; whole: boolean }[] =>
  text.split(/(\s+)/).flatMap((word) => (word === '' ? [] : [{ text: word, whole: /[^\w\s]/.test(word) }]));

function drawn(text: string): Piece {
  if (text === '\r') return { kind: 'hidden', text, code: 'U+000D', name: 'carriage return' };
  const name = text[0] === '\n' ? 'line break' : text[0] === '\t' ? 'tab' : 'space';
  const mixed = /^(.)\1*$/s.test(text) ? name : 'blank';
  return { kind: 'run', text, label: `${mixed} × ${text.length}` };
}

/** Characters of a script that are drawn as chips for being hidden. */
export const hiddenInScript = (script: string): number =>
  scriptPieces(script).filter(({ kind }) => kind === 'hidden').length;

/** `59 bytes, no hidden characters`; lines and runs of blanks where there are some. */
export function scriptFacts(script: string): string {
  const parts = scriptPieces(script);
  const of = (kind: Piece['kind']) => parts.filter((piece) => piece.kind === kind).length;
  const [hidden, runs, alike] = [of('hidden'), of('run'), of('lookalike')];
  const lines = script.replace(/\n$/, '').split('\n').length;
  return [
    counted(byteLength(script), 'byte'),
    lines > 1 ? counted(lines, 'line') : '',
    hidden === 0 ? 'no hidden characters' : counted(hidden, 'hidden character'),
    runs === 0 ? '' : counted(runs, 'run of blanks', 'runs of blanks'),
    alike === 0 ? '' : counted(alike, 'look-alike'),
  ]
    .filter((word) => word !== '')
    .join(', ');
}

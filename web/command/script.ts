/** A script as it is read before it runs: nothing in it that a reader could pass over stays undrawn. */
import { byteLength } from '../chat/output.ts';
import { counted } from '../ui/size.ts';
import { pieces, type Piece } from '../ui/visible.ts';

/**
 * What is drawn in a script beyond what is drawn in any text: a carriage return before a line break (to a shell it is a part of
 * the word before it), blanks at the end of a line, gaps inside a line, and many empty lines.
 */
const SPECIAL = /\r(?=\n)|[ \t]+(?=\r?\n|$)|(?<=\S) {8,}|(?<=\S)\t{4,}|\n{6,}(?=\n)/g;

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

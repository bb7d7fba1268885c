/** The rows of a unified diff: what stands in each of its columns, and which removed line became which added one. */
import type { Hunk } from '../../shared/action.ts';
import { wordMarks, type Span } from './words.ts';

export interface Row {
  kind: 'context' | 'add' | 'del' | 'note';
  /** Line numbers of the old and the new file; null where the line does not stand there. */
  old: number | null;
  now: number | null;
  text: string;
  /** The words that differ from the line's counterpart. */
  marks: Span[];
}

/** More lines than this in one run of changes are shown without word marks: pairing them says nothing and costs much. */
const PAIRED_RUN = 60;

/** Every line of a hunk in its order; none is left out. A line without a known sign is shown as it came, as context. */
export function rowsOf(hunk: Hunk): Row[] {
  const rows: Row[] = [];
  let old = hunk.oldStart;
  let now = hunk.newStart;
  for (const line of hunk.lines) {
    const text = line.slice(1);
    switch (line[0]) {
      case '+':
        rows.push({ kind: 'add', old: null, now: now++, text, marks: [] });
        break;
      case '-':
        rows.push({ kind: 'del', old: old++, now: null, text, marks: [] });
        break;
      case '\\':
        rows.push({ kind: 'note', old: null, now: null, text: text.trim(), marks: [] });
        break;
      default:
        rows.push({ kind: 'context', old: old++, now: now++, text: line.startsWith(' ') ? text : line, marks: [] });
    }
  }
  markWords(rows);
  return rows;
}

/** `+N` and `−N` of some hunks. */
export function countLines(hunks: readonly Hunk[]): { added: number; removed: number } {
  const lines = hunks.flatMap((hunk) => hunk.lines);
  return {
    added: lines.filter((line) => line.startsWith('+')).length,
    removed: lines.filter((line) => line.startsWith('-')).length,
  };
}

function markWords(rows: Row[]): void {
  for (let i = 0; i < rows.length; i++) {
    if (rows[i]!.kind === 'context') continue;
    const run: Row[] = [];
    for (; i < rows.length && rows[i]!.kind !== 'context'; i++) run.push(rows[i]!);
    const removed = run.filter((row) => row.kind === 'del');
    const added = run.filter((row) => row.kind === 'add');
    if (removed.length > PAIRED_RUN || added.length > PAIRED_RUN) continue;
    for (const [del, add] of matched(removed, added)) {
      const marks = wordMarks(del.text, add.text);
      del.marks = marks.before;
      add.marks = marks.after;
    }
  }
}

/** Pairs in the order of the file that together have most words in common. */
function matched(removed: Row[], added: Row[]): [Row, Row][] {
  if (removed.length === added.length) return removed.map((row, i) => [row, added[i]!]);
  const width = added.length + 1;
  const best = new Float64Array((removed.length + 1) * width);
  const words = added.map((row) => wordsOf(row.text));
  for (let i = removed.length - 1; i >= 0; i--) {
    const mine = wordsOf(removed[i]!.text);
    for (let j = added.length - 1; j >= 0; j--) {
      const both = likeness(mine, words[j]!) + best[(i + 1) * width + j + 1]!;
      best[i * width + j] = Math.max(both, best[(i + 1) * width + j]!, best[i * width + j + 1]!);
    }
  }
  const pairs: [Row, Row][] = [];
  for (let i = 0, j = 0; i < removed.length && j < added.length;) {
    const here = best[i * width + j]!;
    if (here === best[(i + 1) * width + j]!) i++;
    else if (here === best[i * width + j + 1]!) j++;
    else pairs.push([removed[i++]!, added[j++]!]);
  }
  return pairs;
}

const wordsOf = (text: string) => new Set(text.slice(0, 400).match(/[\p{L}\p{N}_]+/gu) ?? []);

/** Shared words over all words, 0 to 1. */
function likeness(a: Set<string>, b: Set<string>): number {
  const shared = [...a].filter((word) => b.has(word)).length;
  const all = a.size + b.size - shared;
  return all === 0 ? 0 : shared / all;
}

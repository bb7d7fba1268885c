/** Word-level marks: which part of a line was replaced by which part of another. */
import { diffArrays } from 'diff';

/** From `start` up to `end`, in UTF-16 units. */
export interface Span {
  start: number;
  end: number;
}

/** Longer lines get no marks: the work grows with the square of the difference. */
const MARKED_CHARS = 2_000;
const EDITS = 200;
/** Lines that share less than this of their characters are two lines, not one line changed. */
const SHARED = 0.3;

/** The differing parts of two lines; empty where they have so little in common that a mark would say nothing. */
export function wordMarks(before: string, after: string): { before: Span[]; after: Span[] } {
  const none = { before: [], after: [] };
  if (before === after || before.length > MARKED_CHARS || after.length > MARKED_CHARS) return none;
  const parts = diffArrays(tokens(before), tokens(after), { maxEditLength: EDITS });
  if (parts === undefined) return none;
  const marks: { before: Span[]; after: Span[] } = { before: [], after: [] };
  let [old, now, shared] = [0, 0, 0];
  for (const part of parts) {
    const text = part.value.join('');
    if (part.removed) marks.before.push({ start: old, end: (old += text.length) });
    else if (part.added) marks.after.push({ start: now, end: (now += text.length) });
    else {
      old += text.length;
      now += text.length;
      shared += text.trim().length;
    }
  }
  if (shared < SHARED * Math.min(before.trim().length, after.trim().length)) return none;
  return { before: joined(before, marks.before), after: joined(after, marks.after) };
}

/** Words, runs of white space, and every other character for itself. */
const tokens = (text: string) => text.match(/[\p{L}\p{N}_]+|\s+|[^]/gu) ?? [];

/** Marks with nothing but white space between them are one. */
function joined(text: string, marks: Span[]): Span[] {
  const out: Span[] = [];
  for (const mark of marks) {
    const last = out.at(-1);
    if (last && text.slice(last.end, mark.start).trim() === '') last.end = mark.end;
    else out.push({ ...mark });
  }
  return out;
}

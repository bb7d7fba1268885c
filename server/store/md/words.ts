/** Pieces of prose that a file of records and an export have in common. */
import type { EditAction, FileChange } from '../../../shared/action.ts';
import type { Verdict } from '../../../shared/verdict.ts';
import { fenced, inlineCode, plainLine } from '../markdown-text.ts';

export const when = (at: string): string => (at === '' ? '' : `${at.slice(0, 19).replace('T', ' ')} UTC`);

export const OPS: Record<FileChange['op'], string> = {
  create: 'Created',
  modify: 'Edited',
  delete: 'Deleted',
  move: 'Moved',
};

export function changeLine(change: {
  op: FileChange['op'];
  path: string;
  from: string;
  added: number;
  removed: number;
}): string {
  const { op, path, from, added, removed } = change;
  const name = op === 'move' ? `${inlineCode(from)} to ${inlineCode(path)}` : inlineCode(path);
  return `- ${OPS[op]} ${name} (+${added} −${removed})`;
}

export const reasonLines = (verdict: Verdict): string[] =>
  verdict.reasons.map(
    ({ decision, why, rule, source }) =>
      `- ${decision}: ${plainLine(why)} (${inlineCode(rule)}, ${inlineCode(source)})`,
  );

/** A name and a fence for each file; what is binary says so. */
export function diffs(action: EditAction): string[] {
  return action.changes.flatMap((change) => {
    const name = `${OPS[change.op]} ${inlineCode(change.path)}`;
    if (change.diff.kind === 'opaque') return [`${name} (${change.diff.why})`, ''];
    const lines = change.diff.hunks.flatMap((hunk) => [
      `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
      ...hunk.lines,
    ]);
    return [name, '', fenced(lines.join('\n'), 'diff'), ''];
  });
}

export const folded = (summary: 'Reasoning' | 'Result' | 'Error', text: string): string =>
  `<details><summary>${summary}</summary>\n\n${fenced(text, 'text')}\n\n</details>`;

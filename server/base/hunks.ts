/** Hunks of a unified diff: made from two texts, and put into the first, some or all of them. */
import type { Hunk } from '../../shared/action.ts';
import { Fault } from './fault.ts';
import { linesOf } from './text.ts';
import { differingBlocks, type Block } from './diff.ts';

const CONTEXT = 3;
const NO_NEWLINE = '\\ No newline at end of file';

export interface TextDiff {
  hunks: Hunk[];
  added: number;
  removed: number;
}

/** The hunks from one text to another, with three lines of context, numbered from `h1`. */
export function hunksBetween(before: string, after: string): TextDiff {
  const [a, b] = [linesOf(before), linesOf(after)];
  const blocks = differingBlocks(a, b);
  const hunks = grouped(blocks).map((group, i) => hunkOf({ a, b, group, id: `h${i + 1}` }));
  const added = blocks.reduce((n, block) => n + block.newEnd - block.newStart, 0);
  const removed = blocks.reduce((n, block) => n + block.oldEnd - block.oldStart, 0);
  return { hunks, added, removed };
}

/**
 * The text with the named hunks put in and the others left out. With all of them it is the text that they were made to lead
 * to; with none it is `before`. Throws a Fault where an id is unknown, or where `before` is not what the hunks were made from.
 */
export function applyHunks(before: string, hunks: readonly Hunk[], ids: readonly string[]): string {
  const known = new Set(hunks.map((hunk) => hunk.id));
  const unknown = ids.find((id) => !known.has(id));
  if (unknown !== undefined) {
    const message = `There is no hunk ${unknown} among the ${hunks.length} of this file.`;
    throw new Fault({ status: 400, code: 'unknown_hunk', message });
  }
  const wanted = new Set(ids);
  const lines = linesOf(before);
  const result: string[] = [];
  let at = 0;
  for (const hunk of hunks) {
    if (!wanted.has(hunk.id)) continue;
    const start = hunk.oldLines === 0 ? hunk.oldStart : hunk.oldStart - 1;
    const { from, to } = sidesOf(hunk);
    const fits = start >= at && from.every((line, i) => lines[start + i] === line);
    if (!fits)
      throw new Fault({
        status: 409,
        code: 'changed',
        message: `Hunk ${hunk.id} does not fit: the file is another than the one shown.`,
      });
    for (const line of lines.slice(at, start)) result.push(line);
    for (const line of to) result.push(line);
    at = start + from.length;
  }
  for (const line of lines.slice(at)) result.push(line);
  return result.join('');
}

/** The lines of a hunk before and after, with their line feeds. */
export function sidesOf(hunk: Pick<Hunk, 'lines'>): { from: string[]; to: string[] } {
  const from: string[] = [];
  const to: string[] = [];
  for (const [i, line] of hunk.lines.entries()) {
    if (line.startsWith('\\')) continue;
    const end = hunk.lines[i + 1]?.startsWith('\\') ? '' : '\n';
    const text = `${line.slice(1)}${end}`;
    if (!line.startsWith('+')) from.push(text);
    if (!line.startsWith('-')) to.push(text);
  }
  return { from, to };
}

/** Blocks whose contexts would touch stand in one hunk. */
function grouped(blocks: readonly Block[]): Block[][] {
  const groups: Block[][] = [];
  for (const block of blocks) {
    const group = groups[groups.length - 1];
    const near = group && block.oldStart - group[group.length - 1]!.oldEnd <= 2 * CONTEXT;
    if (near) group.push(block);
    else groups.push([block]);
  }
  return groups;
}

interface Group {
  a: readonly string[];
  b: readonly string[];
  group: readonly Block[];
  id: string;
}

function hunkOf({ a, b, group, id }: Group): Hunk {
  const [first, last] = [group[0]!, group[group.length - 1]!];
  const lead = Math.min(CONTEXT, first.oldStart);
  const trail = Math.min(CONTEXT, a.length - last.oldEnd);
  const lines: string[] = [];
  const add = (sign: ' ' | '+' | '-', from: readonly string[]) => {
    for (const line of from) {
      if (line.endsWith('\n')) lines.push(sign + line.slice(0, -1));
      else lines.push(sign + line, NO_NEWLINE);
    }
  };
  let at = first.oldStart - lead;
  for (const block of group) {
    add(' ', a.slice(at, block.oldStart));
    add('-', a.slice(block.oldStart, block.oldEnd));
    add('+', b.slice(block.newStart, block.newEnd));
    at = block.oldEnd;
  }
  add(' ', a.slice(at, last.oldEnd + trail));
  const oldLines = last.oldEnd + trail - (first.oldStart - lead);
  const newLines = last.newEnd + trail - (first.newStart - lead);
  return {
    id,
    // Of an empty side, the line before it: as diff and patch have it.
    oldStart: first.oldStart - lead + (oldLines === 0 ? 0 : 1),
    oldLines,
    newStart: first.newStart - lead + (newLines === 0 ? 0 : 1),
    newLines,
    lines,
  };
}

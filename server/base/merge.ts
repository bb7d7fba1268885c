/** Two changes of one text put together, where they do not touch each other; where they do, the lines that both wanted otherwise. */
import { differingBlocks, type Block } from './diff.ts';
import { linesOf } from './text.ts';

/** Lines with their line feeds. `line`: where they stand in `ours`, from 0. */
export interface Overlap {
  line: number;
  base: string[];
  ours: string[];
  theirs: string[];
}

export type Merged = { ok: true; text: string } | { ok: false; overlaps: Overlap[] };

/**
 * `ours` with all that `theirs` changes of `base`. Changes with no unchanged line between them touch, and are put together only
 * where both come to the same lines. So each line that `ours` has and `base` has not is in the result.
 */
export function mergeTexts(base: string, ours: string, theirs: string): Merged {
  const texts = { base: linesOf(base), ours: linesOf(ours), theirs: linesOf(theirs) };
  const result: string[] = [];
  const overlaps: Overlap[] = [];
  let at = 0;
  for (const stretch of stretchesOf(texts)) {
    for (const line of texts.base.slice(at, stretch.from)) result.push(line);
    at = stretch.to;
    const sides = sidesOf(texts, stretch);
    const chosen = choose(stretch, sides);
    if (chosen === null) overlaps.push({ line: stretch.ours.from, ...sides });
    else for (const line of chosen) result.push(line);
  }
  for (const line of texts.base.slice(at)) result.push(line);
  return overlaps.length > 0 ? { ok: false, overlaps } : { ok: true, text: result.join('') };
}

interface Texts {
  base: readonly string[];
  ours: readonly string[];
  theirs: readonly string[];
}

/** Lines `from` to `to` of the base that one or both replace, and what by. */
interface Stretch {
  from: number;
  to: number;
  ours: { changes: boolean; from: number; to: number };
  theirs: { changes: boolean; from: number; to: number };
}

type Side = 'ours' | 'theirs';

const SIDES = ['ours', 'theirs'] as const;

/** Stretches in order, with an unchanged line between any two; blocks that touch are in one. */
function stretchesOf({ base, ours, theirs }: Texts): Stretch[] {
  const queues: Record<Side, Block[]> = {
    ours: differingBlocks(base, ours),
    theirs: differingBlocks(base, theirs),
  };
  /** How much further on a line of the base stands on either side, after the blocks that are done. */
  const shift: Record<Side, number> = { ours: 0, theirs: 0 };
  const stretches: Stretch[] = [];
  while (queues.ours.length > 0 || queues.theirs.length > 0) {
    const first = SIDES.flatMap((side) => queues[side][0] ?? []);
    const from = Math.min(...first.map(({ oldStart }) => oldStart));
    const starts = { ours: from + shift.ours, theirs: from + shift.theirs };
    const { to, changes } = gather(queues, { from, shift });
    const span = (side: Side) => ({ changes: changes[side], from: starts[side], to: to + shift[side] });
    stretches.push({ from, to, ours: span('ours'), theirs: span('theirs') });
  }
  return stretches;
}

/** Takes off the queues what begins at `from` or touches what does, and shifts both sides by it. */
function gather(
  queues: Record<Side, Block[]>,
  { from, shift }: { from: number; shift: Record<Side, number> },
): { to: number; changes: Record<Side, boolean> } {
  let to = from;
  const changes = { ours: false, theirs: false };
  for (let grew = true; grew;) {
    grew = false;
    for (const side of SIDES) {
      while (queues[side][0] !== undefined && queues[side][0].oldStart <= to) {
        const block = queues[side].shift()!;
        to = Math.max(to, block.oldEnd);
        shift[side] += block.newEnd - block.newStart - (block.oldEnd - block.oldStart);
        changes[side] = true;
        grew = true;
      }
    }
  }
  return { to, changes };
}

const sidesOf = ({ base, ours, theirs }: Texts, stretch: Stretch) => ({
  base: base.slice(stretch.from, stretch.to),
  ours: ours.slice(stretch.ours.from, stretch.ours.to),
  theirs: theirs.slice(stretch.theirs.from, stretch.theirs.to),
});

/** Null where both changed it, and not to the same. */
function choose({ ours, theirs }: Stretch, lines: { ours: string[]; theirs: string[] }): string[] | null {
  if (!theirs.changes) return lines.ours;
  if (!ours.changes) return lines.theirs;
  const same = lines.ours.length === lines.theirs.length && lines.ours.every((line, i) => line === lines.theirs[i]);
  return same ? lines.ours : null;
}

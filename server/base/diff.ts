/** The lines that differ between two texts: small where it can be, and always found in bounded time. */
import { diffArrays } from 'diff';
import { LIMITS } from '../../shared/limits.ts';

/** Lines `oldStart` to `oldEnd` (0-based, the end not counted) are replaced by `newStart` to `newEnd`. */
export interface Block {
  oldStart: number;
  oldEnd: number;
  newStart: number;
  newEnd: number;
}

interface Span extends Block {
  a: readonly number[];
  b: readonly number[];
}

/**
 * The differing blocks, in order, with unchanged lines between any two. Lines that stand once in both texts part the work
 * (as in "patience diff"), so that two large texts with many small changes take linear time; between them the shortest diff
 * is sought up to a bound, past which a stretch counts as replaced.
 */
export function differingBlocks(before: readonly string[], after: readonly string[]): Block[] {
  const [a, b] = interned(before, after);
  const budget = { edits: LIMITS.diffEdits.value };
  const whole = trimmed({ a, b, oldStart: 0, oldEnd: a.length, newStart: 0, newEnd: b.length });
  const blocks: Block[] = [];
  for (const span of parted(whole)) {
    for (const block of shortest(trimmed(span), budget)) {
      const last = blocks[blocks.length - 1];
      // Blocks that touch are one: no unchanged line is between them.
      if (last && last.oldEnd === block.oldStart && last.newEnd === block.newStart) {
        [last.oldEnd, last.newEnd] = [block.oldEnd, block.newEnd];
      } else blocks.push(block);
    }
  }
  return blocks;
}

/** Equal lines get equal numbers, so that long lines are compared once. */
function interned(before: readonly string[], after: readonly string[]): [number[], number[]] {
  const ids = new Map<string, number>();
  const idOf = (line: string) => {
    const known = ids.get(line);
    if (known !== undefined) return known;
    ids.set(line, ids.size);
    return ids.size - 1;
  };
  return [before.map(idOf), after.map(idOf)];
}

/** Without the lines that are the same at the beginning and at the end. */
function trimmed(span: Span): Span {
  const { a, b } = span;
  let { oldStart, oldEnd, newStart, newEnd } = span;
  while (oldStart < oldEnd && newStart < newEnd && a[oldStart] === b[newStart])
    [oldStart, newStart] = [oldStart + 1, newStart + 1];
  while (oldStart < oldEnd && newStart < newEnd && a[oldEnd - 1] === b[newEnd - 1])
    [oldEnd, newEnd] = [oldEnd - 1, newEnd - 1];
  return { a, b, oldStart, oldEnd, newStart, newEnd };
}

/** The stretches between lines that stand once in each text and in the same order. */
function parted(span: Span): Span[] {
  const spans: Span[] = [];
  let { oldStart, newStart } = span;
  for (const [oldAt, newAt] of rising(onceInBoth(span))) {
    spans.push({ ...span, oldStart, newStart, oldEnd: oldAt, newEnd: newAt });
    [oldStart, newStart] = [oldAt + 1, newAt + 1];
  }
  spans.push({ ...span, oldStart, newStart });
  return spans;
}

/** Places (in the old text, in the new) of the lines that stand exactly once in both, by their place in the old one. */
function onceInBoth({ a, b, oldStart, oldEnd, newStart, newEnd }: Span): [number, number][] {
  const places = new Map<number, { old: number; new: number; times: number }>();
  for (let i = newStart; i < newEnd; i++) {
    const seen = places.get(b[i]!);
    places.set(b[i]!, { old: -1, new: i, times: seen ? 2 : 1 });
  }
  for (let i = oldStart; i < oldEnd; i++) {
    const place = places.get(a[i]!);
    if (!place) continue;
    if (place.old >= 0) place.times = 2;
    place.old = i;
  }
  return [...places.values()]
    .filter((place) => place.old >= 0 && place.times === 1)
    .sort((x, y) => x.old - y.old)
    .map((place) => [place.old, place.new]);
}

/** The longest subsequence whose second numbers rise. */
function rising(pairs: [number, number][]): [number, number][] {
  const tails: number[] = [];
  const previous: number[] = [];
  for (const [i, [, at]] of pairs.entries()) {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[tails[middle]!]![1] < at) low = middle + 1;
      else high = middle;
    }
    previous.push(low > 0 ? tails[low - 1]! : -1);
    tails[low] = i;
  }
  const found: [number, number][] = [];
  for (let i = tails[tails.length - 1] ?? -1; i >= 0; i = previous[i]!) found.push(pairs[i]!);
  return found.reverse();
}

function shortest(span: Span, budget: { edits: number }): Block[] {
  const { a, b, oldStart, oldEnd, newStart, newEnd } = span;
  if (oldStart === oldEnd && newStart === newEnd) return [];
  const replaced = [{ oldStart, oldEnd, newStart, newEnd }];
  if (oldStart === oldEnd || newStart === newEnd) return replaced;
  const maxEditLength = Math.min(LIMITS.diffStretchEdits.value, budget.edits);
  if (maxEditLength === 0) return replaced;
  const changes = diffArrays(a.slice(oldStart, oldEnd), b.slice(newStart, newEnd), { maxEditLength });
  budget.edits -= changes ? Math.min(maxEditLength, editsOf(changes)) : maxEditLength;
  return changes ? blocksOf(changes, oldStart, newStart) : replaced;
}

type Changes = NonNullable<ReturnType<typeof diffArrays<number>>>;

const editsOf = (changes: Changes) => changes.reduce((n, one) => n + (one.added || one.removed ? one.count : 0), 0);

function blocksOf(changes: Changes, oldStart: number, newStart: number): Block[] {
  const blocks: Block[] = [];
  let [oldAt, newAt] = [oldStart, newStart];
  for (const change of changes) {
    const oldEnd = oldAt + (change.added ? 0 : change.count);
    const newEnd = newAt + (change.removed ? 0 : change.count);
    if (change.added || change.removed) blocks.push({ oldStart: oldAt, oldEnd, newStart: newAt, newEnd });
    [oldAt, newAt] = [oldEnd, newEnd];
  }
  return blocks;
}

/** What a benchmark says: figures with their baseline from the same run, and whether they meet their goal. */

export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** The same work done by the least that could do it, measured in turns with ours. */
  baseline?: { what: string; value: number };
  /** `value` by the baseline's. */
  ratio?: number;
  goal?: { of: 'value' | 'ratio'; atMost?: number; atLeast?: number; met: boolean };
  /** How many times it was measured; the figure is the median. */
  runs: number;
  lowest: number;
  highest: number;
}

export interface Bench {
  name: string;
  /** What it does, and what its baseline does. */
  about: string;
  /** How often it measures where nobody says otherwise. */
  rounds: number;
  /** `share` of the work that `about` tells of, above 0 and at most 1: a test needs to see only that it measures. */
  run(rounds: number, share: number): Promise<Figure[]>;
}

export interface Goal {
  of: 'value' | 'ratio';
  atMost?: number;
  atLeast?: number;
}

export interface Facts {
  what: string;
  unit: string;
  samples: number[];
  baseline?: { what: string; samples: number[] };
  goal?: Goal;
}

/** Throws on no samples: a figure of nothing is none. */
export function figure({ what, unit, samples, baseline, goal }: Facts): Figure {
  const value = median(samples);
  const made: Figure = {
    what,
    value: rounded(value),
    unit,
    runs: samples.length,
    lowest: rounded(Math.min(...samples)),
    highest: rounded(Math.max(...samples)),
  };
  const ratio = baseline ? value / median(baseline.samples) : undefined;
  if (baseline) made.baseline = { what: baseline.what, value: rounded(median(baseline.samples)) };
  if (ratio !== undefined) made.ratio = rounded(ratio);
  if (goal) made.goal = { ...goal, met: meets(goal, goal.of === 'ratio' ? ratio : value) };
  return made;
}

function meets(goal: Goal, value: number | undefined): boolean {
  if (value === undefined) throw new Error('a goal of a ratio needs a baseline');
  return value <= (goal.atMost ?? Infinity) && value >= (goal.atLeast ?? -Infinity);
}

export function median(samples: number[]): number {
  if (samples.length === 0) throw new Error('median: nothing was measured');
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Measures ours and the baseline in turns, so that a busy moment falls on both; the first round warms up and is not kept. */
export async function inTurns(
  rounds: number,
  measures: { ours: () => Promise<number>; baseline: () => Promise<number> },
): Promise<{ ours: number[]; baseline: number[] }> {
  const kept = { ours: [] as number[], baseline: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    const ours = await measures.ours();
    const baseline = await measures.baseline();
    if (round === 0) continue;
    kept.ours.push(ours);
    kept.baseline.push(baseline);
  }
  return kept;
}

const rounded = (value: number) => Number(value.toPrecision(4));

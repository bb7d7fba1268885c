/** What the benchmarks say of themselves: the median, the ratio to the baseline, and whether a goal is met. */
import { describe, expect, it } from 'vitest';
import { figure, inTurns, median } from '../bench/measure.ts';

describe('figures', () => {
  it('are medians', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow('nothing was measured');
  });

  it('say whether they meet a goal, by value or by ratio', () => {
    const facts = { what: 'x', unit: 'ms', samples: [100, 300, 200], baseline: { what: 'y', samples: [100] } };
    expect(figure({ ...facts, goal: { of: 'value', atMost: 200 } })).toMatchObject({
      value: 200,
      lowest: 100,
      highest: 300,
      runs: 3,
      ratio: 2,
      goal: { met: true },
    });
    expect(figure({ ...facts, goal: { of: 'value', atMost: 199 } }).goal?.met).toBe(false);
    expect(figure({ ...facts, goal: { of: 'ratio', atLeast: 2 } }).goal?.met).toBe(true);
    expect(figure({ ...facts, goal: { of: 'ratio', atLeast: 2.1 } }).goal?.met).toBe(false);
    expect(() => figure({ what: 'x', unit: 'ms', samples: [1], goal: { of: 'ratio', atLeast: 1 } })).toThrow(
      'baseline',
    );
  });

  it('take turns with the baseline and leave out the first round', async () => {
    const order: string[] = [];
    const measure = (name: string) => async () => order.push(name);
    const kept = await inTurns(2, { ours: measure('a'), baseline: measure('b') });
    expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
    expect(kept).toEqual({ ours: [3, 5], baseline: [4, 6] });
  });
});

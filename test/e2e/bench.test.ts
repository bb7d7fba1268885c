/** The benchmarks measure something: each runs once, with a part of its work, on the built program, and gives its figures. */
import { expect, it } from 'vitest';
import { BENCHES } from '../../bench/all.ts';

it.each(BENCHES.map((bench) => [bench.name, bench] as const))('%s gives figures', async (_name, bench) => {
  const figures = await bench.run(1, 1 / 20);
  expect(figures.length).toBeGreaterThan(0);
  for (const { value, runs, baseline, goal } of figures) {
    expect(value).toBeGreaterThan(0);
    expect(runs).toBe(1);
    if (goal?.of === 'ratio') expect(baseline?.value).toBeGreaterThan(0);
  }
});

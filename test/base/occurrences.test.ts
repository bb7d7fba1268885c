/** Sequences in sequences: the same places as the plain way finds, in time that no text can blow up. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { occurrences } from '../../server/base/occurrences.ts';
import { runs } from '../long.ts';

describe('occurrences', () => {
  test('are those of the plain search', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 30 });
    fc.assert(
      fc.property(
        text,
        fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 5 }),
        fc.nat(5),
        (all, wanted, from) => {
          const plain = [];
          for (let at = all.indexOf(wanted, from); at >= 0; at = all.indexOf(wanted, at + 1)) plain.push(at);
          expect(occurrences(all, wanted, { from })).toEqual(plain);
          expect(occurrences([...all], [...wanted], { from, most: 2 })).toEqual(plain.slice(0, 2));
        },
      ),
      { numRuns: runs(500) },
    );
  });

  test('of nothing are nowhere', () => {
    expect(occurrences('abc', '')).toEqual([]);
    expect(occurrences('', 'a')).toEqual([]);
  });

  test('take linear time where the built-in search takes minutes', () => {
    const half = 2 ** 19;
    expect(occurrences('ab'.repeat(2 * half), `${'ab'.repeat(half / 2)}ba${'ab'.repeat(half / 2)}`)).toEqual([]);
  });
});

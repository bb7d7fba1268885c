/** The word that was meant is found; a word that is far from all is not guessed. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { didYouMean, editDistance, nearest } from '../../server/base/nearest.ts';

const flags = ['--port', '--host', '--allow-remote', '--mode', '--no-open', '--demo', '--script', '--json'];

test.each([
  ['--prot', '--port'],
  ['--Port', '--port'],
  ['--no-opn', '--no-open'],
  ['--allowremote', '--allow-remote'],
  ['--jsn', '--json'],
])('%s meant %s', (typed, meant) => expect(nearest(typed, flags)).toBe(meant));

test.each(['--verbose', 'x', '', '-'.repeat(1_000)])('%s meant none of them', (typed) => {
  expect(nearest(typed, flags)).toBeNull();
  expect(didYouMean(typed, flags)).toBe('');
});

test('the distance is symmetric, zero only for equals, and never more than the longer word', () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});

/** The waits between tries. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import { ProviderError } from '../../server/llm/provider.ts';
import { retryAfterMs, retryDelay } from '../../server/llm/retry.ts';

const error = (retryable: boolean, wait: number | null = null) =>
  new ProviderError({ code: 'server', message: 'm', hint: 'h', retryable, retryAfterMs: wait });

test('doubles from half a second, each wait between half of it and all of it', () => {
  expect([1, 2, 3, 4].map((attempt) => retryDelay(error(true), attempt, 0))).toEqual([250, 500, 1_000, 2_000]);
  expect([1, 2, 3, 4].map((attempt) => retryDelay(error(true), attempt, 0.999_999))).toEqual([
    500, 1_000, 2_000, 4_000,
  ]);
});

test('gives up after the last try, and at once where a try would be in vain', () => {
  const last = LIMITS.providerAttempts.value;
  expect(retryDelay(error(true), last - 1, 0.5)).not.toBeNull();
  expect(retryDelay(error(true), last, 0.5)).toBeNull();
  expect(retryDelay(error(false), 1, 0.5)).toBeNull();
  expect(retryDelay(error(false, 10), 1, 0.5)).toBeNull();
});

test('waits as long as it was asked to, and not at all where that is too long', () => {
  const most = LIMITS.providerRetryMaxMs.value;
  expect(retryDelay(error(true, 7_000), 1, 0)).toBe(7_000);
  expect(retryDelay(error(true, 0), 1, 0)).toBe(250);
  expect(retryDelay(error(true, most), 1, 0)).toBe(most);
  expect(retryDelay(error(true, most + 1), 1, 0)).toBeNull();
});

test('is always within bounds', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.option(fc.nat()),
      (attempt, random, wait) => {
        const delay = retryDelay(error(true, wait), attempt, random);
        expect(delay === null || (delay > 0 && delay <= LIMITS.providerRetryMaxMs.value)).toBe(true);
      },
    ),
  );
});

const NOW = Date.parse('2026-11-20T06:00:00Z');
test.each([
  [{ 'retry-after': '120' }, 120_000],
  [{ 'retry-after': ' 2 ' }, 2_000],
  [{ 'retry-after': '0.25' }, 250],
  [{ 'retry-after-ms': '40', 'retry-after': '9' }, 40],
  [{ 'retry-after-ms': 'x', 'retry-after': '9' }, 9_000],
  [{ 'retry-after': 'Fri, 20 Nov 2026 06:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Fri, 20 Nov 2026 05:00:00 GMT' }, 0],
  [{ 'retry-after': '999999999' }, 86_400_000],
  [{ 'retry-after': '1e9' }, null],
  [{ 'retry-after': '2026' + '1'.repeat(20) }, null],
  [{ 'retry-after': 'Infinity' }, null],
  [{}, null],
])('reads %o as %s ms', (headers, ms) => {
  expect(retryAfterMs(new Headers(headers as Record<string, string>), NOW)).toBe(ms);
});

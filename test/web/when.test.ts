/** Times as words. */
import { describe, expect, it } from 'vitest';
import { ago, clock, day, duration, exact } from '../../web/ui/when.ts';

const at = (text: string) => new Date(text);

describe('times', () => {
  it.each([
    [400, '400 ms'],
    [1_940, '1.9 s'],
    [48_000, '48 s'],
    [12 * 60_000, '12 min'],
    [3 * 3_600_000 + 1, '3 h'],
    [24 * 3_600_000, '1 day'],
    [5 * 24 * 3_600_000, '5 days'],
  ])('says %d ms as %s', (ms, words) => {
    expect(duration(ms)).toBe(words);
  });

  it('says how long ago, and what lies ahead', () => {
    const now = at('2026-11-20T14:12:00');
    expect(ago(at('2026-11-20T14:11:59'), now)).toBe('just now');
    expect(ago(at('2026-11-20T14:11:00'), now)).toBe('1 min ago');
    expect(ago(at('2026-11-20T15:12:00'), now)).toBe('in 1 h');
  });

  it('groups by the day of the reader', () => {
    const now = at('2026-11-20T00:30:00');
    expect(day(at('2026-11-20T00:01:00'), now)).toBe('Today');
    expect(day(at('2026-11-19T23:59:00'), now)).toBe('Yesterday');
    expect(day(at('2026-11-16T12:00:00'), now)).toBe('Monday');
    expect(day(at('2026-11-02T12:00:00'), now)).toBe('2 Nov 2026');
  });

  it('shows the clock short and the time whole', () => {
    const time = at('2026-11-20T09:05:07.041');
    expect(clock(time)).toBe('09:05');
    expect(exact(time)).toMatch(/^2026-11-20 09:05:07\.041 UTC[+−]\d\d:\d\d$/);
  });
});

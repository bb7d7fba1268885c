/** No press may answer a card that could not have been read: E10 of the attacks, as far as it is a matter of time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import { Quiet } from '../../web/approval/quiet.ts';

const QUIET = LIMITS.quietMs.value;
const MOST = LIMITS.quietMaxMs.value;
const once = { repeat: false };

function shownAt(now: number): Quiet {
  const quiet = new Quiet();
  quiet.show(now);
  return quiet;
}

describe('a card that waits for quiet hands', () => {
  it('takes a press that begins after it stood in view and untouched', () => {
    const quiet = shownAt(0);
    expect(quiet.ready(QUIET - 1)).toBe(false);
    quiet.input(QUIET, once);
    expect(quiet.click(QUIET + 80, 1)).toBe(true);
  });

  it('takes nothing while it is not in view', () => {
    const quiet = new Quiet();
    quiet.input(5_000, once);
    expect(quiet.click(5_010, 1)).toBe(false);
    expect(quiet.readyAt()).toBeNull();
  });

  it('does not take a press that was in flight when it appeared', () => {
    const quiet = new Quiet();
    quiet.input(0, once);
    quiet.show(1);
    expect(quiet.click(QUIET + 900, 1)).toBe(false);
  });

  it('waits anew after each key of a hand that types on', () => {
    const quiet = shownAt(0);
    for (let at = 100; at <= 1_000; at += 100) {
      quiet.input(at, once);
      expect(quiet.click(at + 1, 0)).toBe(false);
    }
    expect(quiet.readyAt()).toBe(1_000 + QUIET);
  });

  it('waits no longer than its bound, but a key pressed before that still answers nothing', () => {
    const quiet = shownAt(0);
    for (let at = 0; at < MOST; at += 50) quiet.input(at, once);
    expect(quiet.ready(MOST)).toBe(true);
    expect(quiet.click(MOST + 5, 0)).toBe(false);
    quiet.input(MOST + 10, once);
    expect(quiet.click(MOST + 15, 0)).toBe(true);
  });

  it('never takes a held key', () => {
    const quiet = shownAt(0);
    for (let at = 0; at < 10_000; at += 33) {
      quiet.input(at, { repeat: at > 0 });
      expect(quiet.click(at + 1, 0)).toBe(false);
    }
  });

  it('does not take the second click of a double click', () => {
    const quiet = shownAt(0);
    quiet.input(QUIET, once);
    expect(quiet.click(QUIET + 10, 2)).toBe(false);
  });

  it('starts anew when the window comes back: the click that brought it back answers nothing', () => {
    const quiet = shownAt(0);
    quiet.hide();
    quiet.show(9_000);
    quiet.input(9_001, once);
    expect(quiet.click(9_080, 1)).toBe(false);
    quiet.input(9_600, once);
    expect(quiet.click(9_700, 1)).toBe(true);
  });

  it('starts anew when another card took its place', () => {
    const quiet = shownAt(0);
    quiet.moved(5_000);
    quiet.input(5_050, once);
    expect(quiet.click(5_100, 1)).toBe(false);
  });

  it('takes a click that no press began, as a screen reader makes it, once it is ready', () => {
    const quiet = shownAt(0);
    expect(quiet.click(QUIET - 1, 0)).toBe(false);
    expect(quiet.click(QUIET + 1, 0)).toBe(true);
  });

  it('is never ready sooner than its quiet time after it came into view, whatever the hands do', () => {
    const step = fc.record({ after: fc.nat(700), what: fc.constantFrom('key', 'held', 'hide', 'show', 'click') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const quiet = new Quiet();
        let [now, shown] = [0, Number.POSITIVE_INFINITY];
        for (const { after, what } of steps) {
          now += after;
          if (what === 'show' && shown === Number.POSITIVE_INFINITY) shown = now;
          if (what === 'hide') shown = Number.POSITIVE_INFINITY;
          if (what === 'show') quiet.show(now);
          else if (what === 'hide') quiet.hide();
          else if (what === 'click') expect(quiet.click(now, 0) && now < shown + QUIET).toBe(false);
          else quiet.input(now, { repeat: what === 'held' });
        }
      }),
    );
  });
});

/** What a page holds of a running command's output: each piece once, gaps shown, never more than its bound. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import type { LiveOutput } from '../../shared/event.ts';
import { NO_OUTPUT, takeOutput } from '../../shared/timeline-command.ts';

const bytes = (text: string) => new TextEncoder().encode(text).length;

function take(pieces: [offset: number, text: string][]): LiveOutput {
  return pieces.reduce((held, [offset, text]) => takeOutput(held, { offset, text }), NO_OUTPUT);
}

describe('live output', () => {
  it('is put together from its pieces, in any size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), { maxLength: 20 }),
        (texts) => {
          let offset = 0;
          const pieces = texts.map((text): [number, string] => [(offset += bytes(text)) - bytes(text), text]);
          const again = pieces.flatMap((piece) => [piece, piece]);
          expect(take(again)).toMatchObject({ text: texts.join(''), cut: false });
        },
      ),
    );
  });

  it('shows a gap, and says that something is left out', () => {
    expect(
      take([
        [0, 'ab'],
        [5, 'cd'],
      ]),
    ).toMatchObject({ text: 'ab\n[…]\ncd', cut: true });
    expect(take([[7, 'late']])).toMatchObject({ text: '[…]\nlate', cut: true });
  });

  it('sees no gap after a byte that was no UTF-8', () => {
    expect(
      take([
        [0, 'a\ufffd'],
        [2, 'b'],
      ]),
    ).toMatchObject({ text: 'a\ufffdb', cut: false });
  });

  it('passes over what is held already', () => {
    expect(
      take([
        [0, 'ab'],
        [2, 'cd'],
        [0, 'ab'],
        [2, 'cd'],
      ]).text,
    ).toBe('abcd');
  });

  it('keeps the newest, from the beginning of a line, and no half of a character', () => {
    const max = LIMITS.liveOutputChars.value;
    const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i}\n`).join('');
    const { text, cut } = take([[0, lines]]);
    expect(cut).toBe(true);
    expect(text.length).toBeLessThanOrEqual(max);
    expect(text).toMatch(/^line \d+\n/);
    expect(text.endsWith('line 9999\n')).toBe(true);
    const one = take([[0, `x${'😀'.repeat(max)}`]]).text;
    expect(one).not.toMatch(/\p{Cs}/u);
  });
});

/** Merging two changes of a text: what does not touch is put together, what does is shown, and no line of either is lost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeTexts } from '../../server/base/merge.ts';
import { linesOf } from '../../server/base/text.ts';

const text = (...lines: string[]) => lines.map((line) => `${line}\n`).join('');

describe('a merge', () => {
  const BASE = text('a', 'b', 'c', 'd', 'e');

  it('puts changes together that have an unchanged line between them', () => {
    const merged = mergeTexts(BASE, text('a', 'B', 'c', 'd', 'e'), text('a', 'b', 'c', 'D', 'e'));
    expect(merged).toEqual({ ok: true, text: text('a', 'B', 'c', 'D', 'e') });
  });

  it('puts insertions and deletions together, wherever they shift the rest to', () => {
    const ours = text('new', 'a', 'b', 'c', 'd', 'e', 'end');
    expect(mergeTexts(BASE, ours, text('a', 'b', 'd', 'e'))).toEqual({
      ok: true,
      text: text('new', 'a', 'b', 'd', 'e', 'end'),
    });
  });

  it.each([
    ['the same line was changed', text('a', 'B', 'c', 'd', 'e'), text('a', 'X', 'c', 'd', 'e')],
    ['neighbouring lines were changed', text('a', 'B', 'c', 'd', 'e'), text('a', 'b', 'C', 'd', 'e')],
    ['a line was put where one was taken out', text('a', 'b', 'new', 'c', 'd', 'e'), text('a', 'c', 'd', 'e')],
    ['both put something at one place', text('a', 'one', 'b', 'c', 'd', 'e'), text('a', 'two', 'b', 'c', 'd', 'e')],
    ['the end got a line, and lost one', text('a', 'b', 'c', 'd', 'e', 'f'), text('a', 'b', 'c', 'd')],
  ])('refuses where %s, either way round', (_what, ours, theirs) => {
    expect(mergeTexts(BASE, ours, theirs)).toMatchObject({ ok: false });
    expect(mergeTexts(BASE, theirs, ours)).toMatchObject({ ok: false });
  });

  it('shows the lines of all three where it refuses, and where they stand', () => {
    const merged = mergeTexts(BASE, text('new', 'a', 'B', 'c', 'd', 'e'), text('a', 'X', 'Y', 'c', 'd', 'e'));
    const overlap = { line: 2, base: ['b\n'], ours: ['B\n'], theirs: ['X\n', 'Y\n'] };
    expect(merged).toEqual({ ok: false, overlaps: [overlap] });
  });

  it('takes the same change of both once', () => {
    const both = text('a', 'X', 'c', 'd', 'e');
    expect(mergeTexts(BASE, both, both)).toEqual({ ok: true, text: both });
    const more = text('a', 'X', 'c', 'd', 'E');
    expect(mergeTexts(BASE, more, both)).toEqual({ ok: true, text: more });
  });

  it('keeps line ends, a byte order mark and a missing last line feed as each line has them', () => {
    const base = '\ufeffa\r\nb\r\nc\r\nd';
    expect(mergeTexts(base, '\ufeffa\r\nb\r\nc\r\nD', '\ufeffA\r\nb\r\nc\r\nd')).toEqual({
      ok: true,
      text: '\ufeffA\r\nb\r\nc\r\nD',
    });
  });

  it('never glues two lines together at an end without a line feed', () => {
    const merged = mergeTexts('a\nb\nc', 'a\nb\nc\nd', 'A\nb\nc');
    expect(merged).toEqual({ ok: true, text: 'A\nb\nc\nd' });
    expect(mergeTexts('a', 'a\nb', 'x')).toMatchObject({ ok: false });
  });
});

/** Few words, so that lines repeat and move. */
const lines = fc.array(fc.constantFrom('a', 'b', 'c', '', '  x', '}'), { maxLength: 14 });
const ended = fc.tuple(lines, fc.boolean()).map(([all, end]) => all.join('\n') + (end && all.length > 0 ? '\n' : ''));

describe('of any three texts', () => {
  it('with one side unchanged the merge is the other side', () => {
    fc.assert(
      fc.property(ended, ended, (base, other) => {
        expect(mergeTexts(base, base, other)).toEqual({ ok: true, text: other });
        expect(mergeTexts(base, other, base)).toEqual({ ok: true, text: other });
        expect(mergeTexts(base, other, other)).toEqual({ ok: true, text: other });
      }),
      { numRuns: 1_000 },
    );
  });

  it('which side is which makes no difference to the text', () => {
    fc.assert(
      fc.property(ended, ended, ended, (base, ours, theirs) => {
        const [one, other] = [mergeTexts(base, ours, theirs), mergeTexts(base, theirs, ours)];
        expect(one.ok).toBe(other.ok);
        if (one.ok) expect(other).toEqual(one);
      }),
      { numRuns: 1_000 },
    );
  });

  it('each line that one side has more often than the base is in the merge as often', () => {
    const marked = (mark: string) =>
      fc.array(fc.constantFrom('a', 'b', 'c', `${mark}1`, `${mark}2`, `${mark}3`), { maxLength: 14 });
    let merges = 0;
    fc.assert(
      fc.property(lines, marked('ours '), marked('theirs '), (base, ours, theirs) => {
        const merged = mergeTexts(text(...base), text(...ours), text(...theirs));
        if (!merged.ok) return;
        merges++;
        const count = (all: readonly string[], line: string) => all.filter((one) => one === line).length;
        const result = linesOf(merged.text);
        for (const line of [...ours, ...theirs].filter((one) => /^(ours|theirs) /.test(one)))
          expect(count(result, `${line}\n`)).toBe(Math.max(count(ours, line), count(theirs, line)));
      }),
      { numRuns: 2_000 },
    );
    expect(merges).toBeGreaterThan(50);
  });
});

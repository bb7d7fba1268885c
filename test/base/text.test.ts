/** Text as it stands in files: nothing lost on the way in and out. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeText, lineEndingOf, linesOf, partOf, toCrlf } from '../../server/base/text.ts';
import { runs } from '../long.ts';

describe('bytes', () => {
  test('that are UTF-8 come back as they were, the byte order mark too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const content = `\ufeff${text.replaceAll('\0', '')}`;
        expect(decodeText(Buffer.from(content))).toEqual({ ok: true, text: content });
        expect(linesOf(content).join('')).toBe(content);
      }),
      { numRuns: runs(200) },
    );
  });

  test.each([
    [[0x61, 0x00], 'binary'],
    [[0xff], 'not_utf8'],
    [[0xc3], 'not_utf8'],
    [[0xed, 0xa0, 0x80], 'not_utf8'],
    [[0xc0, 0xaf], 'not_utf8'],
  ])('%j are %s', (bytes, why) => expect(decodeText(Buffer.from(bytes))).toEqual({ ok: false, why }));
});

test.each([
  ['', 'none'],
  ['a', 'none'],
  ['a\r', 'none'],
  ['a\nb', 'lf'],
  ['a\r\nb\r\n', 'crlf'],
  ['a\r\nb\n', 'mixed'],
  ['\n\r\n', 'mixed'],
] as const)('the lines of %j end: %s', (text, ending) => expect(lineEndingOf(text)).toBe(ending));

test('line ends are made CRLF once', () => {
  expect(toCrlf('a\nb\r\nc')).toBe('a\r\nb\r\nc');
});

test('a part of a text has no half of a pair', () => {
  expect([partOf('a🙂b', 0, 2), partOf('a🙂b', 2, 4), partOf('a🙂b', 1, 3), partOf('🙂', 0, 9)]).toEqual([
    'a',
    'b',
    '🙂',
    '🙂',
  ]);
});

/** Terminal output as the model reads it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainText } from '../../server/run/plain.ts';

const ESC = '\u001b';

it.each([
  ['colours', `${ESC}[1;31mred${ESC}[0m ${ESC}[38;5;12mblue${ESC}[m`, 'red blue'],
  ['line ends of a terminal', 'a\r\nb\r\r\nc', 'a\nb\nc'],
  ['a progress line', '10%\r50%\r100%\nnext', '100%\nnext'],
  ['a progress line that is under way', '10%\r50%\r', '50%'],
  ['a title', `${ESC}]0;my title\u0007text`, 'text'],
  ['a link', `${ESC}]8;;https://example.org${ESC}\\text${ESC}]8;;${ESC}\\`, 'text'],
  ['a title without an end', `${ESC}]0;my title`, ''],
  ['cursor moves', `${ESC}[2J${ESC}[H${ESC}7${ESC}(Btext${ESC}[?25l`, 'text'],
  ['bells, NULs and deletes', 'a\u0007b\u0000c\u007f', 'abc'],
  ['tabs and other scripts', '\tä 漢 😀', '\tä 漢 😀'],
])('is without %s', (_what, text, plain) => {
  expect(plainText(text)).toBe(plain);
});

it('has no control but tab and line feed, whatever comes, and is no longer than that', () => {
  const unit = fc.constantFrom(ESC, '[', ']', ';', '3', 'm', '\r', '\n', '\u0007', '\\', 'a', '\u009b', 'é');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
      const plain = plainText(text);
      expect(plain.replace(/[\t\n]/g, '')).not.toMatch(/\p{Cc}/u);
      expect(plain.length).toBeLessThanOrEqual(text.length);
    }),
  );
});

it('takes linear time on escapes without an end', () => {
  for (const text of [`${ESC}]`.repeat(100_000), `${ESC}[`.repeat(100_000), `${ESC}[${'1;'.repeat(200_000)}`])
    expect(plainText(text)).not.toContain(ESC);
});

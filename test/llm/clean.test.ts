/** What of a provider's words reaches a person. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clean } from '../../server/llm/clean.ts';

const KEY = 'abcd-SECRET-0123456789';

test.each([
  ['bad key abcd-SECRET-0123456789!', 'bad key [key]!'],
  ['bad key abcd-SEC\u200bRET-\u00ad0123456789', 'bad key [key]'],
  ['Authorization: Bearer something-else', 'Authorization: Bearer [key]'],
  ['sk-ant-api03-xyz***q and AIzaSyA0123456 and gsk_0123456789', '[key] and [key] and [key]'],
  ['key_length is unknown, ask-me', 'key_length is unknown, ask-me'],
  ['a\u0000b\u001b[2Jc\r\n\td', 'a b [2Jc d'],
  ['\u202Eevil\u2066', 'evil'],
  ['lone \uD83D here', 'lone here'],
  ['', ''],
])('%j becomes %j', (text, shown) => {
  expect(clean(text, [KEY, null])).toBe(shown);
});

test('a placeholder for a key is no secret', () => {
  expect(clean('none of the models fits', ['none'])).toBe('none of the models fits');
});

test('a key is gone wherever it stands, whatever stands around it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 600 }), fc.string({ maxLength: 600 }), (before, after) => {
      const shown = clean(`${before}${KEY}${after}`, [KEY]);
      expect(shown).not.toContain('SECRET');
      expect([...shown].length).toBeLessThanOrEqual(400);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    }),
  );
});

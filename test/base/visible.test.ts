/** Quoted text shows what it holds. */
import { describe, expect, test } from 'vitest';
import { hasHidden, visible } from '../../server/base/visible.ts';

describe('visible', () => {
  test.each([
    ['plain é 日本 🙂', 'plain é 日本 🙂'],
    ['a\nb', 'aU+000Ab'],
    ['\u202Egpj.exe', 'U+202Egpj.exe'],
    ['a\u200bb', 'aU+200Bb'],
    ['\x1b[31m', 'U+001B[31m'],
    ['\u{E0041}', 'U+E0041'],
    ['a\ud800', 'aU+D800'],
    ['\u2028', 'U+2028'],
  ])('%j is %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
    expect(hasHidden(text)).toBe(text !== shown);
  });

  test('is cut in the middle, never at the end alone', () => {
    const shown = visible(`begin${'x'.repeat(10_000_000)}end`, 20);
    expect(shown).toBe('beginxxxxx…xxxxxxxend');
  });
});

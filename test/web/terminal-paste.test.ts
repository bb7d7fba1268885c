/** What of a paste reaches a terminal, and when it is asked about. */
import { describe, expect, it } from 'vitest';
import { asOneLine, cleanPaste, needsAsking } from '../../web/terminal/paste.ts';

describe('a paste', () => {
  it('of one plain line goes in as it is', () => {
    const paste = cleanPaste("git commit -m 'größe'");
    expect(paste).toEqual({ text: "git commit -m 'größe'", lines: 1, removed: 0, hidden: 0 });
    expect(needsAsking(paste)).toBe(false);
  });

  it.each([
    ['two lines', 'a\nb', { lines: 2 }],
    ['a line that would start by itself', 'rm -rf x\n', { lines: 1 }],
    ['a line of another system', 'a\rb', { lines: 2 }],
    ['an escape that ends the paste', 'a\u001b[201~b', { removed: 1, text: 'a[201~b' }],
    ['an interrupt and a C1 control', '\u0003a\u009b201~', { removed: 2 }],
    ['what cannot be seen', 'a\u202eb', { hidden: 1 }],
  ])('of %s is asked about', (_what, raw, expected) => {
    const paste = cleanPaste(raw);
    expect(paste).toMatchObject(expected);
    expect(needsAsking(paste)).toBe(true);
  });

  it('becomes one line where that is wanted', () => {
    expect(asOneLine('  a \\\n  b\r\nc\n')).toBe('a \\ b c');
  });
});

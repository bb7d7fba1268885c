/** Globs: what they fit, against a plain oracle, and how long they may take. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fits, parseGlob } from '../../server/base/glob.ts';
import { runs } from '../long.ts';

const match = (pattern: string, path: string) => fits(parseGlob(pattern), path.split('/'));

describe('a glob', () => {
  test.each([
    ['a', 'a', true],
    ['a', 'b', false],
    ['*', 'abc', true],
    ['*', 'a/b', false],
    ['*.ts', 'x.ts', true],
    ['*.ts', '.ts', true],
    ['*.ts', 'x.tsx', false],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbYbZ', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['**', 'a/b/c', true],
    ['**/x', 'x', true],
    ['**/x', 'a/b/x', true],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'a/x/y/c', false],
    ['a/**', 'a', true],
    ['a/**', 'a/b', true],
    ['**/a/**/b', 'x/a/b/a/c/b', true],
    ['a**b', 'axxb', true],
    ['[ab]', 'b', true],
    ['[!ab]', 'b', false],
    ['[^ab]', 'c', true],
    ['[a-c]x', 'bx', true],
    ['[]]', ']', true],
    ['[a-]', '-', true],
    ['[[:digit:]]*', '1a', true],
    ['[[:digit:]]*', 'a1', false],
    ['[[:nonsense:]]', 'n]', true],
    ['[ab', '[ab', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['\\', '\\', true],
    ['[\\]]', ']', true],
    ['', '', true],
  ])('%j against %j: %s', (pattern, path, expected) => expect(match(pattern, path)).toBe(expected));

  test('agrees with a regular expression on small patterns', () => {
    const names = fc.array(fc.stringMatching(/^[ab]{0,5}$/), { minLength: 1, maxLength: 4 });
    const parts = fc.array(fc.oneof(fc.constant('**'), fc.stringMatching(/^[ab*?]{0,4}$/)), {
      minLength: 1,
      maxLength: 4,
    });
    const oracle = (pattern: string[], path: string[]) => {
      const text = pattern
        .map((part) => (part === '**' ? '(?:/[ab]*)*' : `/${part.replace(/\*+/g, '[ab]*').replace(/\?/g, '[ab]')}`))
        .join('');
      return new RegExp(`^${text}$`).test(`/${path.join('/')}`);
    };
    fc.assert(
      fc.property(parts, names, (pattern, path) => {
        expect(match(pattern.join('/'), path.join('/'))).toBe(oracle(pattern, path));
      }),
      { numRuns: runs(1_000) },
    );
  });

  test('takes no time that its author could blow up', () => {
    expect(match(`${'*a'.repeat(100)}b`, 'a'.repeat(255))).toBe(false);
    expect(match(`${'**/a/'.repeat(60)}b`, `${'a/'.repeat(120)}c`)).toBe(false);
  });
});

/** Ignore rules: as git has them, by its own word, and in a time that no file can blow up. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isIgnored, parseIgnore } from '../../server/search/ignore-rules.ts';
import { runs } from '../long.ts';
import { repository, type Repository } from './repository.ts';

const ignores = (rules: string, path: string) => {
  const files = [parseIgnore('', rules)];
  const names = path.split('/');
  return names.some((_, i) => isIgnored(files, names.slice(0, i + 1).join('/'), i < names.length - 1) === true);
};

describe('a rule', () => {
  test.each([
    ['*.log', 'a/b.log', true],
    ['/*.log', 'a/b.log', false],
    ['build', 'a/build/x', true],
    ['build/', 'build', false],
    ['build/', 'build/x', true],
    ['a/b', 'x/a/b', false],
    ['a/b', 'a/b/c', true],
    ['**/b', 'a/x/b', true],
    ['a/**', 'a/x/y', true],
    ['a/**', 'a', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['*\n!keep', 'keep', false],
    ['*\n!keep', 'other', true],
    ['dir/\n!dir/keep', 'dir/keep', true],
    ['dir/*\n!dir/keep', 'dir/keep', false],
    ['# comment', '# comment', false],
    ['\\#file', '#file', true],
    ['\\!file', '!file', true],
    ['trailing  ', 'trailing', true],
    ['trailing\\ ', 'trailing ', true],
    ['crlf\r\nnext', 'crlf', true],
    ['\ufeffbom', 'bom', true],
    ['f[0-9]', 'f7', true],
    ['f[!0-9]', 'f7', false],
    ['', 'x', false],
    ['/', 'x', false],
    ['!', 'x', false],
    ['__proto__', '__proto__', true],
  ])('%j of %j: %s', (rules, path, expected) => expect(ignores(rules, path)).toBe(expected));

  test('in a folder below outweighs one above, and one may take in again what is not in an ignored folder', () => {
    const files = [parseIgnore('', '*.log\n!a/b.txt'), parseIgnore('a', '!x.log\nb.txt')];
    const of = (path: string) => isIgnored(files, path, false);
    expect([of('x.log'), of('a/x.log'), of('a/y.log'), of('a/b.txt'), of('a/c.txt')]).toEqual([
      true,
      false,
      true,
      true,
      null,
    ]);
  });

  test('takes no time that its author could blow up', () => {
    const hostile = [`${'**/a/'.repeat(30)}b`, `${'*a'.repeat(60)}b`, `${'[a-z]*'.repeat(40)}0`].join('\n');
    expect(ignores(hostile, `${'a/'.repeat(60)}${'a'.repeat(250)}`)).toBe(false);
  });

  test('beyond the bound of one file is passed over', () => {
    const rules = `${'x\n'.repeat(100_000)}late`;
    expect(parseIgnore('', rules).rules.length).toBeLessThan(10_000);
  });
});

describe('git itself', () => {
  let repo: Repository;
  beforeAll(() => void (repo = repository()));
  afterAll(() => repo.close());

  test('says the same of any rules and paths', () => {
    const name = fc.stringMatching(/^[ab.]{1,3}$/).filter((one) => one !== '.' && one !== '..');
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
    const piece = fc.oneof(
      fc.stringMatching(/^[ab.]{1,3}$/),
      fc.constantFrom('*', '**', '?', 'a*', '*b', '[ab]', '[!a]', '*.b', 'a?'),
    );
    const rule = fc
      .tuple(
        fc.constantFrom('', '', '!'),
        fc.constantFrom('', '/'),
        fc.array(piece, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('', '', '/'),
      )
      .map(([not, top, pieces, end]) => not + top + pieces.join('/') + end);
    fc.assert(
      fc.property(
        fc.array(rule, { minLength: 1, maxLength: 4 }),
        fc.array(path, { minLength: 5, maxLength: 20 }),
        (rules, paths) => {
          repo.put('.gitignore', rules.join('\n'));
          const theirs = new Set(repo.ignored(paths));
          // Nothing stands under these names, so that git takes the last one for a file.
          for (const one of paths) expect([one, ignores(rules.join('\n'), one)]).toEqual([one, theirs.has(one)]);
        },
      ),
      { numRuns: runs(60) },
    );
  });
});

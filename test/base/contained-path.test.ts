/** Paths as models, people and attackers write them: inside, or refused with the reason. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePath } from '../../server/base/contained-path.ts';
import { runs } from '../long.ts';

const ROOT = '/home/ann/project';
const parse = (raw: string, root = ROOT) => {
  const parsed = parsePath(raw, root);
  return parsed.ok ? parsed.path : parsed.code;
};

describe('a path that is taken', () => {
  test.each([
    ['src/a.ts', 'src/a.ts'],
    ['./src//a.ts', 'src/a.ts'],
    ['src/', 'src'],
    ['', '.'],
    ['.', '.'],
    ['./', '.'],
    ['a/./b/../c', 'a/c'],
    ['a/..', '.'],
    [ROOT, '.'],
    [`${ROOT}/`, '.'],
    [`${ROOT}/src/a.ts`, 'src/a.ts'],
    [`${ROOT}/../project/a`, 'a'],
    [`//home//ann/./project/a`, 'a'],
    ['...', '...'],
    ['..a/b..', '..a/b..'],
    ['%2e%2e/%2fetc', '%2e%2e/%2fetc'],
    ['..%2f..%2fetc', '..%2f..%2fetc'],
    ['a:b', 'a:b'],
    ['x::$DATA', 'x::$DATA'],
    ['a\nb', 'a\nb'],
    ['a\u202Eb', 'a\u202Eb'],
    ['~name', '~name'],
    ['a/~/b', 'a/~/b'],
    ['C:', 'C:'],
    [' a ', ' a '],
  ])('%j is %j', (raw, expected) => expect(parse(raw)).toBe(expected));

  test('may be any absolute one below the root of the system', () => {
    expect(parse('/etc/hosts', '/')).toBe('etc/hosts');
    expect(parse('/', '/')).toBe('.');
  });
});

describe('a path that is refused', () => {
  test.each([
    ['..', 'outside'],
    ['../x', 'outside'],
    ['a/../../x', 'outside'],
    ['/etc/passwd', 'outside'],
    ['/', 'outside'],
    [`${ROOT}/../other/x`, 'outside'],
    [`${ROOT}2/x`, 'outside'],
    [`/proc/self/root${ROOT}/x`, 'outside'],
    ['C:\\Windows\\x', 'outside'],
    ['c:/x', 'outside'],
    ['\\\\server\\share', 'outside'],
    ['\\\\?\\C:\\x', 'outside'],
    ['\\etc', 'outside'],
    ['..\\..\\etc', 'outside'],
    ['a\\..\\..\\b', 'outside'],
    ['file:///etc/passwd', 'outside'],
    ['~', 'outside'],
    ['~/.ssh/id_rsa', 'outside'],
    ['a\0b', 'bad_path'],
    ['\0', 'bad_path'],
    ['a\ud800b', 'bad_path'],
    ['a'.repeat(256), 'bad_path'],
    ['é'.repeat(128), 'bad_path'],
    ['a/'.repeat(129), 'bad_path'],
    ['a/'.repeat(3_000), 'bad_path'],
    ['n'.repeat(5_000), 'bad_path'],
  ])('%j: %s', (raw, code) => expect(parse(raw)).toBe(code));

  test('is quoted without what it hides', () => {
    const parsed = parsePath('/etc/\u202Egpj\n\x1b[31m', ROOT);
    expect(parsed).toMatchObject({ ok: false, message: expect.stringContaining('/etc/U+202EgpjU+000AU+001B[31m') });
  });
});

test('whatever is written, what is taken has no name that climbs, is empty, or is absolute', () => {
  const piece = fc.constantFrom('..', '.', '', 'a', 'b c', '\\', '..\\', '%2e%2e', '/', '//', '\n', '~', ROOT, 'C:');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 12 }).map((p) => p.join('/')),
        fc.string({ unit: 'binary' }),
      ),
      (raw) => {
        const parsed = parsePath(raw, ROOT);
        if (!parsed.ok) return;
        const names = parsed.path === '.' ? [] : parsed.path.split('/');
        expect(names.filter((name) => ['', '.', '..'].includes(name) || name.includes('\0'))).toEqual([]);
        expect(parsePath(parsed.path, ROOT)).toEqual(parsed);
      },
    ),
    { numRuns: runs(500) },
  );
});

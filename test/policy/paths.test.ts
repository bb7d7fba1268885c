/** What paths are to the policy: each rule by its own examples, and every spelling of a guarded name. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUILTIN_PATH_RULES, classify, type PathRule } from '../../server/policy/paths.ts';
import { runs } from '../long.ts';

const idsOf = (path: string) =>
  Object.values(classify(path)).flatMap((rules: PathRule[]) => rules.map((rule) => rule.id));

describe.each(BUILTIN_PATH_RULES)('rule $id', (rule) => {
  test('says why in a sentence, and has examples', () => {
    expect(rule.why).toMatch(/^\S.{15,}\.$/);
    expect(rule.match.length).toBeGreaterThan(0);
    expect(rule.notMatch.length).toBeGreaterThan(0);
  });
  test.each(rule.match)('holds for %j', (path) => expect(idsOf(path)).toContain(rule.id));
  test.each(rule.notMatch)('does not hold for %j', (path) => expect(idsOf(path)).not.toContain(rule.id));
});

test('no two rules have one id', () => {
  const ids = BUILTIN_PATH_RULES.map((rule) => rule.id);
  expect(new Set(ids).size).toBe(ids.length);
});

describe('every spelling of a protected name is protected', () => {
  test.each([
    '.GIT/config',
    '.Git/hooks/pre-commit',
    '.git /config',
    '.git./config',
    '.git. . ./config',
    '.git::$INDEX_ALLOCATION/config',
    '.git:x/config',
    '.git：x/config',
    '.g\u200cit/config',
    '.gi\u200dt/config',
    '\ufeff.git/config',
    '.git\u202e/config',
    '.ＧＩＴ/config',
    '.ｇit/config',
    '．git/config',
    '․git/config',
    '.gıt/config',
    '.gİt/config'.normalize('NFD').replace('\u0307', ''),
    'GIT~1/config',
    'deep/er/.git/config',
    '.VTCODE/tool-policy.json',
    '.vtcode./tool-policy.json',
    'VTCODE.TOML',
    'vtcode.toml::$DATA',
    'vtcode.toml ',
    '.vt-workspace-trust.',
    '.VT-WORKSPACE-TRUST',
  ])('%j', (path) => {
    expect(classify(path).protected).not.toEqual([]);
  });

  test('whatever the case and the invisible characters', () => {
    const invisible = fc.constantFrom('', '', '', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad', '\ufe0f');
    const spelling = (name: string) =>
      fc
        .tuple(
          ...[...name].map((c) => fc.tuple(fc.constantFrom(c, c.toUpperCase()), invisible)),
          fc.stringMatching(/^[. ]{0,3}$/),
        )
        .map((parts) => parts.flat().join(''));
    fc.assert(
      fc.property(fc.constantFrom('.git', '.vtcode', 'vtcode.toml', '.vt-workspace-trust').chain(spelling), (name) => {
        expect(classify(`a/${name}/b`).protected).not.toEqual([]);
      }),
      { numRuns: runs(300) },
    );
  });

  test.each([
    '.gitignore',
    'src/git.ts',
    'git/config',
    '.github',
    'a.git',
    'vtcode',
    'x.vtcode',
    'legit/x',
    '...',
    ' ',
    'a:b',
  ])('but %j is not', (path) => expect(classify(path).protected).toEqual([]));
});

describe('rules of the settings', () => {
  const rule = (patterns: string[], kind: PathRule['kind'] = 'protected'): PathRule => ({
    id: 'mine',
    kind,
    layer: 'user',
    source: 'config.toml:3',
    patterns,
    why: 'because',
  });
  const holds = (pattern: string, path: string) =>
    classify(path, [rule([pattern])]).protected.some(({ id }) => id === 'mine');

  test.each([
    ['infra/**', 'infra/main.tf', true],
    ['infra/**', 'infra', true],
    ['infra/**', 'INFRA/x', true],
    ['infra/**', 'a/infra/x', false],
    ['infra/', 'infra/deep/x', true],
    ['/infra', 'infra/x', true],
    ['/infra', 'a/infra', false],
    ['infra', 'a/infra/x', true],
    ['**/infra/*.tf', 'a/b/infra/x.tf', true],
    ['**/infra/*.tf', 'infra/x.tf', true],
    ['*.sql', 'db/x.SQL', true],
    ['db/[0-9]*.sql', 'db/1-a.sql', true],
    ['db/[0-9]*.sql', 'db/a.sql', false],
    ['Ünicode/**', 'u\u0308nicode/x', true],
  ])('%s against %s: %s', (pattern, path, expected) => expect(holds(pattern, path)).toBe(expected));

  test('stand beside the built-in ones and keep their source', () => {
    const found = classify('.env', [rule(['.env'], 'sensitive')]);
    expect(found.sensitive.map(({ source }) => source)).toEqual(['builtin/paths', 'config.toml:3']);
  });

  test('cannot be made to take long', () => {
    const hostile = rule([`${'*a'.repeat(60)}b`, `${'**/'.repeat(40)}x`, `${'**/*a'.repeat(30)}`]);
    const path = Array.from({ length: 16 }, () => 'a'.repeat(250)).join('/');
    expect(classify(path, [hostile]).protected).toEqual([]);
  });
});

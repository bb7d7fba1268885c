/** Our JSON reads what JSON.parse reads, knows where each part stands, and refuses what a settings file should not say. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../server/config/json.ts';
import { lineColumn, placeKey, placeOf, SyntaxProblem } from '../../server/config/place.ts';

const plain = (value: unknown): unknown => structuredClone(value);

describe('for any JSON', () => {
  const json = fc.json({ maxDepth: 6 }).filter((text) => !/"(__proto__|constructor|prototype)"/.test(text));
  test('it answers what JSON.parse answers, compact or indented', () => {
    fc.assert(
      fc.property(json, fc.constantFrom('', ' ', '\t', '  '), (text, indent) => {
        const written = JSON.stringify(JSON.parse(text), null, indent);
        expect(plain(parseJson(written).value)).toEqual(JSON.parse(written));
      }),
    );
  });

  test('each place points at the text of its value', () => {
    fc.assert(
      fc.property(json, (text) => {
        const written = JSON.stringify(JSON.parse(text), null, 2);
        const { value, places } = parseJson(written);
        walk(value, [], (path, held) => {
          const at = places.get(placeKey(path))!.value;
          expect(written.slice(at)).toSatisfy((rest: string) => rest.startsWith(JSON.stringify(held)[0]!));
        });
      }),
    );
  });

  test('any cut or altered text is read as JSON.parse reads it, or refused by both', () => {
    const mutated = fc
      .tuple(json, fc.nat(), fc.constantFrom('', ',', '"', '{', ']', '\\', '\n', '0', '-', 'e'))
      .map(([text, at, put]) => text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1));
    fc.assert(
      fc.property(mutated, (text) => {
        if (/"[^"]*"\s*:[^]*"[^"]*"\s*:/.test(text)) return; // two keys: they may have become one
        expect(attempt(() => plain(parseJson(text).value))).toEqual(attempt(() => JSON.parse(text) as unknown));
      }),
    );
  });
});

/** What came of it; `refused` for a throw. */
function attempt(run: () => unknown): { value: unknown } | 'refused' {
  try {
    return { value: run() };
  } catch {
    return 'refused';
  }
}

function walk(value: unknown, path: PropertyKey[], visit: (path: PropertyKey[], value: unknown) => void): void {
  visit(path, value);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, held] of Object.entries(value))
    walk(held, [...path, Array.isArray(value) ? Number(key) : key], visit);
}

test.each([
  ['{"a":1,"a":2}', '1:8', 'the key "a" a second time'],
  ['{"a":1,"\\u0061":2}', '1:8', 'the key "a" a second time'],
  ['{"__proto__":{}}', '1:2', 'the key "__proto__"'],
  ['{\n  "x": {"constructor": 1}\n}', '2:9', 'the key "constructor"'],
  ['{"a":1,}', '1:8', 'expected a key in double quotes, came "}"'],
  ['[1,]', '1:4', 'expected a value'],
  ['{"a" 1}', '1:6', 'expected `:`'],
  ['{"a":1', '1:7', 'came the end of the file'],
  ["{'a':1}", '1:2', 'expected a key in double quotes'],
  ['// note\n{}', '1:1', 'expected a value'],
  ['"abc', '1:1', 'closing quote'],
  ['"a\nb"', '1:1', 'raw control character'],
  ['01', '1:2', 'after the end'],
  ['', '1:1', 'the end of the file'],
  ['['.repeat(100_000), '1:66', 'nesting deeper'],
])('%j is refused at %s: %s', (text, place, message) => {
  let caught: unknown;
  try {
    parseJson(text);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(SyntaxProblem);
  const problem = caught as SyntaxProblem;
  expect(problem.message).toContain(message);
  expect(lineColumn(text, problem.offset)).toBe(place);
});

test('a path that is not there has the place of its nearest parent', () => {
  const { places } = parseJson('{"a": {"b": [1, 2]}}');
  expect(placeOf(places, ['a', 'b', 1]).value).toBe(16);
  expect(placeOf(places, ['a', 'b', 9])).toEqual(placeOf(places, ['a', 'b']));
  expect(placeOf(places, ['z'])).toEqual({ key: 0, value: 0 });
});

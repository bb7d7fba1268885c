/** TOML is read as its specification has it, and each key is found where it stands. */
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { lineColumn, placeKey, placeOf, SyntaxProblem } from '../../server/config/place.ts';
import { parseToml } from '../../server/config/toml.ts';

type Value = string | number | boolean | Value[] | { [key: string]: Value };

const key = fc
  .oneof(fc.stringMatching(/^[a-z][a-z0-9_-]{0,6}$/), fc.string({ maxLength: 5 }))
  .filter((k) => !UNSAFE.has(k));
const UNSAFE = new Set(['__proto__', 'constructor', 'prototype']);
const { table } = fc.letrec<{ value: Value; table: { [key: string]: Value } }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string({ maxLength: 8 }),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 }),
    fc.array(tie('table'), { maxLength: 3 }),
    tie('table'),
  ),
  table: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));

test('every key and every element of any document has a place, and its value is what stands there', () => {
  fc.assert(
    fc.property(table, (document) => {
      const text = stringify(document);
      const { value, places } = parseToml(text);
      expect(value).toEqual(parse(text));
      walk(value as Value, [], (path, held) => {
        const place = places.get(placeKey(path));
        expect(place, `${JSON.stringify(path)} in\n${text}`).toBeDefined();
        if (typeof held === 'object' && !Array.isArray(held)) return;
        if (path.length === 0 || (Array.isArray(held) && held.some((one) => typeof one === 'object'))) return;
        const rest = text.slice(place!.value).split('\n')[0]!;
        expect(rest).toSatisfy((line: string) => readable(line, held));
      });
    }),
    { numRuns: 300 },
  );
});

/** The value that begins a line, whatever follows it: an element of a list is followed by the rest of the list. */
function readable(line: string, held: Value): boolean {
  for (let end = line.length; end > 0; end--) {
    try {
      if (JSON.stringify(parse(`x = ${line.slice(0, end)}`)['x']) === JSON.stringify(held)) return true;
    } catch {
      continue; // not yet the end of the value
    }
  }
  return false;
}

function walk(value: Value, path: PropertyKey[], visit: (path: PropertyKey[], value: Value) => void): void {
  visit(path, value);
  if (typeof value !== 'object') return;
  for (const [name, held] of Object.entries(value))
    walk(held, [...path, Array.isArray(value) ? Number(name) : name], visit);
}

describe('a key written in any of the ways is found', () => {
  const text = [
    '# a = 1',
    'title = """',
    'agent = "not a key" \\',
    '""" # end',
    "raw = '''a'''''",
    '[agent] # [tools]',
    'model = "x#y"',
    '  "mode" = \'ask\'',
    'instructions = [ "a", # one',
    '  "b]",',
    '  "c" ]',
    '[tools]',
    'policies.write_file = "prompt"',
    'policies . "read_file" = "allow"',
    '[providers."a.b"]',
    'models = ["m1", "m2"]',
    'x = { y = { z = [ { w = 1979-05-27 07:32:00 } ] }, q = 2 }',
  ].join('\n');
  const { places } = parseToml(text);
  test.each<[PropertyKey[], string, string]>([
    [['title'], '2:1', '2:9'],
    [['raw'], '5:1', '5:7'],
    [['agent'], '6:1', '6:1'],
    [['agent', 'model'], '7:1', '7:9'],
    [['agent', 'mode'], '8:3', '8:12'],
    [['agent', 'instructions', 1], '10:3', '10:3'],
    [['agent', 'instructions', 2], '11:3', '11:3'],
    [['tools', 'policies', 'write_file'], '13:1', '13:23'],
    [['tools', 'policies', 'read_file'], '14:1', '14:26'],
    [['providers', 'a.b', 'models', 1], '16:17', '16:17'],
    [['providers', 'a.b', 'x', 'y', 'z', 0, 'w'], '17:21', '17:25'],
    [['providers', 'a.b', 'x', 'q'], '17:52', '17:56'],
  ])('%j at %s, its value at %s', (path, atKey, atValue) => {
    const place = placeOf(places, path);
    expect([lineColumn(text, place.key), lineColumn(text, place.value)]).toEqual([atKey, atValue]);
  });
});

test.each([
  ['a = 1\na = 2', '2:1', 'redefine'],
  ['[x]\ny = 1\n[x]\n', '3:2', 'redefine'],
  ['a =\n', '1:4', ''],
  ['a = "x', '1:5', ''],
  ['__proto__ = 1', '1:1', ''],
  ['x.constructor.y = 1', '1:1', ''],
  [`a = ${'['.repeat(5_000)}`, '1:69', 'nested'],
  ['a = 99999999999999999999', '1:5', 'losslessly'],
])('%j is refused at %s', (text, place, message) => {
  let caught: unknown;
  try {
    parseToml(text);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(SyntaxProblem);
  expect((caught as SyntaxProblem).message).toContain(message);
  expect(lineColumn(text, (caught as SyntaxProblem).offset)).toBe(place);
});

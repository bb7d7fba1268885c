/** What an approval is bound to: the digest is another one with every value of an action, and every byte of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest } from '../../server/base/hash.ts';
import { command } from '../fixtures/command.ts';

/** Every path to a value of it, and the value. */
function leaves(value: unknown, path: string[] = []): [path: string[], leaf: unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  const entries = Object.entries(value);
  return entries.length === 0 ? [[path, value]] : entries.flatMap(([key, one]) => leaves(one, [...path, key]));
}

/** The same with another value there. */
function changed<T>(action: T, path: readonly string[], value: unknown): T {
  const copy = structuredClone(action);
  const holder = path.slice(0, -1).reduce((at: unknown, key) => Reflect.get(at as object, key), copy);
  Reflect.set(holder as object, path.at(-1)!, value);
  return copy;
}

describe('the digest of an action', () => {
  const sha = (letter: string) => letter.repeat(64);
  const file = (letter: string, size: number) => ({ state: 'file', sha256: sha(letter), size, mode: 0o644 });
  const hunk = { id: 'h1', oldStart: 1, oldLines: 1, newStart: 1, newLines: 1, lines: ['-a', '+b'] };
  const edit = {
    kind: 'edit',
    tool: 'write_file',
    changes: [
      {
        ...{ op: 'modify', path: 'src/a.ts', from: 'src/a.ts', before: file('a', 2), after: file('b', 3) },
        diff: { kind: 'text', added: 1, removed: 1, hunks: [hunk] },
      },
    ],
  };
  const network = { mode: 'proxy' as const, hosts: ['a.test'] };
  const run = command('ls -la', { env: { A: '1' }, network });
  const connect = {
    kind: 'connect',
    tool: 'connect',
    host: 'a.test',
    port: 443,
    method: 'CONNECT',
    command: { title: 'x' },
  };

  it.each([
    ['a command', run],
    ['an edit', edit],
    ['a host', connect],
  ])('is another one with each value of %s', (_what, action) => {
    const base = digest(action);
    for (const [path, leaf] of leaves(action)) {
      const others = [
        typeof leaf === 'number' ? leaf + 1 : typeof leaf === 'boolean' ? !leaf : `${String(leaf)}x`,
        null,
      ];
      for (const other of others)
        expect([path, digest(changed<object>(action, path, other))]).not.toEqual([path, base]);
    }
  });

  it('is another one with every byte of a script, wherever it stands and whatever it becomes', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 80 }), fc.nat(), fc.nat(65_535), (source, at, code) => {
        const i = at % source.length;
        const other = source.slice(0, i) + String.fromCharCode(code) + source.slice(i + 1);
        expect(digest(command(other)) === digest(command(source))).toBe(other === source);
      }),
      { numRuns: 1_000 },
    );
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(digest(command(a)) === digest(command(b))).toBe(a === b);
      }),
    );
  });
});

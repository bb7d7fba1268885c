/** Planned changes: hunks that lead from the bytes before to the bytes after, whole or in part. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyPatch, structuredPatch } from 'diff';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FileChange } from '../../shared/action.ts';
import { sha256 } from '../../server/base/hash.ts';
import { openBlobs, type Blobs } from '../../server/store/blobs.ts';
import { applyHunks, planChange, type Side } from '../../server/tools/change.ts';
import { hunksBetween } from '../../server/base/hunks.ts';
import { runs } from '../long.ts';

const dir = mkdtempSync(join(tmpdir(), 'vt-change-'));
let blobs: Blobs;
beforeAll(async () => void (blobs = await openBlobs(dir)));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const side = (content: string | Buffer, mode = 0o644): Side => ({ bytes: Buffer.from(content), mode });
const plan = (before: Side | null, after: Side | null, path = 'a', from = path) =>
  planChange({ path, from, before, after, blobs });
const idsOf = (change: FileChange) => (change.diff.kind === 'text' ? change.diff.hunks.map((hunk) => hunk.id) : []);

describe('a change', () => {
  test('names its kind, keeps the bytes of both sides, and shows the lines', async () => {
    const change = await plan(side('a\nb\nc\n', 0o755), side('a\nB\nc\n', 0o755));
    expect(change).toMatchObject({
      op: 'modify',
      before: { state: 'file', size: 6, mode: 0o755 },
      after: { state: 'file', size: 6, mode: 0o755 },
      diff: {
        kind: 'text',
        added: 1,
        removed: 1,
        hunks: [{ id: 'h1', oldStart: 1, oldLines: 3, newStart: 1, newLines: 3, lines: [' a', '-b', '+B', ' c'] }],
      },
    });
    const hashes = [change.before, change.after].map((state) => (state.state === 'file' ? state.sha256 : ''));
    expect((await blobs.get(hashes[0]!))?.toString()).toBe('a\nb\nc\n');
    expect((await blobs.get(hashes[1]!))?.toString()).toBe('a\nB\nc\n');
  });

  test('of a new file and of a deleted one begins at line zero on the empty side', async () => {
    const made = await plan(null, side('x\ny'));
    expect(made).toMatchObject({
      op: 'create',
      before: { state: 'absent' },
      diff: {
        hunks: [
          { oldStart: 0, oldLines: 0, newStart: 1, newLines: 2, lines: ['+x', '+y', '\\ No newline at end of file'] },
        ],
      },
    });
    expect(applyHunks(Buffer.alloc(0), made, ['h1']).toString()).toBe('x\ny');
    expect(applyHunks(Buffer.alloc(0), made, []).length).toBe(0);
    const gone = await plan(side('x\n'), null);
    expect(gone).toMatchObject({
      op: 'delete',
      diff: { hunks: [{ oldStart: 1, newStart: 0, newLines: 0, lines: ['-x'] }] },
    });
  });

  test('of an empty file has no hunk', async () => {
    expect((await plan(null, side(''))).diff).toEqual({ kind: 'text', hunks: [], added: 0, removed: 0 });
  });

  test('that moves the same bytes, or bytes that are no text, is opaque', async () => {
    expect(await plan(side('x'), side('x'), 'b', 'a')).toMatchObject({
      op: 'move',
      diff: { kind: 'opaque', why: 'unchanged' },
    });
    const binary = await plan(side(Buffer.from([0, 1])), null);
    expect(binary.diff).toEqual({ kind: 'opaque', why: 'binary' });
    expect((await plan(side(Buffer.from([0xff])), null)).diff).toEqual({ kind: 'opaque', why: 'binary' });
    expect(() => applyHunks(Buffer.from([0, 1]), binary, [])).toThrow('taken or left whole');
  });

  test('shows a carriage return and a byte order mark as part of the line', async () => {
    const change = await plan(side('\ufeffa\r\nb\r\n'), side('\ufeffa\r\nc\r\n'));
    expect(change.diff).toMatchObject({ hunks: [{ lines: [' \ufeffa\r', '-b\r', '+c\r'] }] });
  });

  test('cannot be put into other bytes, nor with ids that it has not', async () => {
    const change = await plan(side('a\n'), side('b\n'));
    expect(() => applyHunks(Buffer.from('A\n'), change, ['h1'])).toThrow('another than the one that was shown');
    expect(() => applyHunks(Buffer.from('a\n'), change, ['h2'])).toThrow('no hunk h2');
  });
});

const line = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('a', 'b', '', '}', '  x', '-', '+', '\\ No newline at end of file', '@@ -1 +1 @@'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => text.replace(/[\n\0]/g, '')) },
);
const end = fc.constantFrom('\n', '\n', '\r\n', '\r\r\n');
const text = fc
  .tuple(
    fc.constantFrom('', '', '\ufeff'),
    fc.array(fc.tuple(line, end), { maxLength: 40 }),
    fc.oneof(fc.constant(''), line),
  )
  .map(([bom, lines, last]) => bom + lines.flat().join('') + last);
/** A text, and another that was made from it by a few changes of lines. */
const edited = text.chain((before) =>
  fc
    .array(fc.tuple(fc.nat(), fc.nat(2), fc.array(fc.tuple(line, end), { maxLength: 2 })), {
      minLength: 1,
      maxLength: 5,
    })
    .map((edits) => {
      const lines = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
      for (const [at, drop, put] of edits) lines.splice(at % (lines.length + 1), drop, ...put.map(([l, e]) => l + e));
      return [before, lines.join('')] as const;
    }),
);
const pair = fc.oneof(edited, fc.tuple(text, text));

describe('hunks of any two texts', () => {
  test('lead to the second when all are taken, and stay at the first when none is', async () => {
    await fc.assert(
      fc.asyncProperty(pair, async ([before, after]) => {
        const change = await plan(side(before), side(after));
        fc.pre(before !== after);
        expect(applyHunks(Buffer.from(before), change, idsOf(change)).toString()).toBe(after);
        expect(applyHunks(Buffer.from(before), change, []).toString()).toBe(before);
      }),
      { numRuns: runs(150) },
    );
  });

  test('some of them give what an independent patch gives', () => {
    fc.assert(
      fc.property(pair, fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), ([before, after], picks) => {
        fc.pre(before !== ''); // of an empty text, the other one makes a line
        const { hunks } = hunksBetween(before, after);
        const picked = hunks.filter((_, i) => picks[i % picks.length]);
        const ours = applyHunks(
          Buffer.from(before),
          {
            op: 'modify',
            path: 'a',
            from: 'a',
            before: { state: 'file', sha256: sha256(before), size: 0, mode: 0 },
            after: { state: 'absent' },
            diff: { kind: 'text', hunks, added: 0, removed: 0 },
          },
          picked.map((hunk) => hunk.id),
        ).toString();
        const skeleton = structuredPatch('a', 'a', before, before, '', '');
        const theirs = applyPatch(
          before,
          { ...skeleton, hunks: picked },
          { fuzzFactor: 0, autoConvertLineEndings: false },
        );
        expect(ours).toBe(theirs);
      }),
      { numRuns: runs(300) },
    );
  });

  test('count what they add and take away', () => {
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const { hunks, added, removed } = hunksBetween(before, after);
        const count = (sign: string) =>
          hunks.flatMap((hunk) => hunk.lines).filter((one) => one.startsWith(sign)).length;
        expect([added, removed]).toEqual([count('+'), count('-')]);
        const wrong = hunks.filter(
          (hunk) =>
            hunk.oldLines !== hunk.lines.filter((one) => /^[ -]/.test(one)).length ||
            hunk.newLines !== hunk.lines.filter((one) => /^[ +]/.test(one)).length,
        );
        expect(wrong).toEqual([]);
      }),
      { numRuns: runs(150) },
    );
  });

  test('are found in bounded time, however far apart the texts are', () => {
    const lines = (make: (i: number) => string) => Array.from({ length: 40_000 }, (_, i) => make(i)).join('\n');
    const pairs: [string, string][] = [
      [lines((i) => `a ${i}`), lines((i) => `b ${i}`)],
      [lines((i) => (i % 3 ? '}' : `{ ${i % 50}`)), lines((i) => (i % 4 ? '}' : `{ ${i % 60}`))],
      [lines((i) => `a ${i}`), lines((i) => (i % 10 ? `a ${i}` : `b ${i}`))],
    ];
    for (const [before, after] of pairs) {
      const { hunks } = hunksBetween(before, after);
      expect(hunks.length).toBeGreaterThan(0);
    }
  });
});

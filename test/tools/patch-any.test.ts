/** Patches of any two texts, and any text as a patch. */
import { createTwoFilesPatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyPatchHunks } from '../../server/tools/patch-apply.ts';
import { parseBegin } from '../../server/tools/patch-begin.ts';
import { parseUnified } from '../../server/tools/patch-unified.ts';
import { hunksBetween } from '../../server/base/hunks.ts';
import { runs } from '../long.ts';

const begin = (...lines: string[]) => ['*** Begin Patch', ...lines, '*** End Patch'].join('\n');

const text = fc
  .tuple(
    fc.array(fc.constantFrom('a', 'b', '', '}', '  x', '-- y', '++ z', '@@ q', '*** End', 'é'), { maxLength: 30 }),
    fc.boolean(),
  )
  .map(([lines, ended]) => lines.join('\n') + (ended && lines.length > 0 ? '\n' : ''));

describe('whatever the texts', () => {
  test('a diff by another hand leads from the one to the other', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after && before !== '' && after !== '');
        const parsed = parseUnified(createTwoFilesPatch('a/f', 'b/f', before, after));
        if (!parsed.ok) throw new Error(parsed.message);
        expect(applyPatchHunks(before, parsed.files[0]!.hunks)).toEqual({ ok: true, text: after });
      }),
      { numRuns: runs(300) },
    );
  });

  test('our own hunks in the other form do so too, or are refused, and never lead elsewhere', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after && before.endsWith('\n') && after.endsWith('\n'));
        const lines = hunksBetween(before, after).hunks.flatMap((hunk) => ['@@', ...hunk.lines]);
        const parsed = parseBegin(begin('*** Update File: f', ...lines));
        if (!parsed.ok) return;
        const result = applyPatchHunks(before, parsed.files[0]!.hunks);
        if (result.ok) expect(result.text).toBe(after);
      }),
      { numRuns: runs(300) },
    );
  });

  test('no input makes the parsers throw', () => {
    const line = fc.oneof(
      fc.constantFrom(
        '*** Begin Patch',
        '*** End Patch',
        '*** Update File: a',
        '*** Add File: b',
        '@@',
        '@@ -1 +1 @@',
        '--- a/a',
        '+++ b/a',
        '+x',
        '-x',
        ' x',
        '',
        'diff --git a/a b/a',
        '\\ No newline at end of file',
        'rename from a',
        'GIT binary patch',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const patch = lines.join('\n');
        for (const parsed of [parseUnified(patch), parseBegin(patch)]) expect(typeof parsed.ok).toBe('boolean');
      }),
      { numRuns: runs(500) },
    );
  });
});

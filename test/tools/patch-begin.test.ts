/** apply_patch with the *** Begin Patch form: all or none, every line of context exact, and never a wrong place by guess. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { putPatchFiles, refusal, toolWorkspace, type ToolWorkspace } from './workspace.ts';

let ws: ToolWorkspace;
beforeAll(async () => void (ws = await toolWorkspace()));
afterAll(() => ws.close());
beforeEach(() => putPatchFiles(ws));

const plan = (patch: string) => ws.plan('apply_patch', { patch });
const applied = async (patch: string) => {
  const planned = await plan(patch);
  return planned.kind === 'refused' ? planned.message : ws.after(planned);
};
const begin = (...lines: string[]) => ['*** Begin Patch', ...lines, '*** End Patch'].join('\n');

describe('the *** Begin Patch form', () => {
  test('changes, makes, deletes and moves files in one action', async () => {
    const patch = begin(
      '*** Update File: a.txt',
      '@@',
      ' one',
      '-two',
      '+2',
      ' three',
      '',
      '*** Add File: n/new.txt',
      '+hello',
      '+',
      '+world',
      '*** Delete File: open.txt',
      '*** Update File: run.sh',
      '*** Move to: bin2/go.sh',
      '@@',
      '-echo hi',
      '+echo ho',
      '*** Add File: empty',
    );
    expect(await applied(patch)).toEqual({
      'a.txt': 'one\n2\nthree\nfour\nfive\n',
      'n/new.txt': 'hello\n\nworld\n',
      'open.txt': null,
      'bin2/go.sh': '#!/bin/sh\necho ho\n',
      empty: '',
    });
  });

  test.each([
    ['without @@', ['*** Update File: a.txt', '-two', '+2'], 'one\n2\nthree\nfour\nfive\n'],
    ['at the end of the file', ['*** Update File: twice.txt', '@@', '-y', '+end', '*** End of File'], 'x\ny\nx\nend\n'],
    ['below a line that is named', ['*** Update File: twice.txt', '@@ y', '-x', '+z'], 'x\ny\nz\ny\n'],
    [
      'below lines named from the outside in',
      ['*** Update File: twice.txt', '@@ x', '@@ y', '-x', '+z'],
      'x\ny\nz\ny\n',
    ],
    [
      'of lines only, below a named one',
      ['*** Update File: a.txt', '@@ three', '+3.5'],
      'one\ntwo\nthree\n3.5\nfour\nfive\n',
    ],
    [
      'of lines only, at the end',
      ['*** Update File: a.txt', '@@', '+six', '*** End of File'],
      'one\ntwo\nthree\nfour\nfive\nsix\n',
    ],
    ['to a file without a last newline', ['*** Update File: open.txt', '@@', ' one', '-two', '+2', '+3'], 'one\n2\n3'],
    ['to a file of CRLF', ['*** Update File: crlf.txt', '@@', ' one', '-two', '+2'], 'one\r\n2\r\nthree\r\n'],
    [
      'with line numbers in @@, passed over',
      ['*** Update File: a.txt', '@@ -9,9 +9,9 @@', '-two', '+2'],
      'one\n2\nthree\nfour\nfive\n',
    ],
  ])('applies %s', async (_what, lines, expected) => {
    const after = await applied(begin(...lines));
    expect(typeof after === 'string' ? after : Object.values(after)[0]).toBe(expected);
  });

  test('takes an empty line for one of context', async () => {
    ws.put('gap.txt', 'a\n\nb\n');
    expect(await applied(begin('*** Update File: gap.txt', '@@', ' a', '', '-b', '+c'))).toEqual({
      'gap.txt': 'a\n\nc\n',
    });
  });

  test.each([
    [
      'one that was cut off',
      '*** Begin Patch\n*** Update File: a.txt\n-two\n+2',
      /^bad_patch: It does not end with \*\*\* End Patch/,
    ],
    ['a first line with more on it', '*** Begin Patch now\n*** End Patch', /^bad_patch: The first line/],
    ['an empty one', begin(), /^bad_patch: There is no file in it/],
    [
      'an unknown header',
      begin('*** Rename File: a.txt'),
      /^bad_patch: Line 2, \*\*\* Rename File: a.txt, is no header/,
    ],
    ['an update without hunks', begin('*** Update File: a.txt'), /^bad_patch: .*has no hunk/],
    [
      'a line without a sign',
      begin('*** Update File: a.txt', '@@', ' one', 'two'),
      /^bad_patch: Line 5: a line of a hunk begins with a space, \+ or -/,
    ],
    [
      'a new file with a line without +',
      begin('*** Add File: x', '+a', 'b'),
      /^bad_patch: Line 4: every line of a new file begins with \+/,
    ],
    ['a deletion with lines', begin('*** Delete File: a.txt', '-one'), /^bad_patch/],
    [
      'a place that is not there',
      begin('*** Update File: a.txt', '@@ nowhere', '-two', '+2'),
      /^misfit: .*names a place that is not there: @@ nowhere/,
    ],
    ['two places that fit', begin('*** Update File: twice.txt', '@@', '-x', '+z'), /^misfit: .*several places/],
    ['lines only, with no place', begin('*** Update File: a.txt', '@@', '+x'), /^misfit: .*does not say where/],
    [
      'an end that is not there',
      begin('*** Update File: a.txt', '@@', '-two', '+2', '*** End of File'),
      /^misfit: .*at the end of the file/,
    ],
    [
      'more than a hundred files',
      begin(...Array.from({ length: 101 }, (_, i) => `*** Add File: f${i}`)),
      /^too_large: .*101 files/,
    ],
  ])('refuses %s', async (_what, patch, message) => {
    expect(refusal(await plan(patch))).toMatch(message);
  });
});

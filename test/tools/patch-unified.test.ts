/** apply_patch with a unified diff: all or none, every line of context exact, and never a wrong place by guess. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { changesOf, putPatchFiles, refusal, toolWorkspace, type ToolWorkspace } from './workspace.ts';

let ws: ToolWorkspace;
beforeAll(async () => void (ws = await toolWorkspace()));
afterAll(() => ws.close());
beforeEach(() => putPatchFiles(ws));

const plan = (patch: string) => ws.plan('apply_patch', { patch });
const applied = async (patch: string) => {
  const planned = await plan(patch);
  return planned.kind === 'refused' ? planned.message : ws.after(planned);
};
const unified = (path: string, ...lines: string[]) => [`--- a/${path}`, `+++ b/${path}`, ...lines, ''].join('\n');

const EVERYTHING = `diff --git a/a.txt b/a.txt
--- a/a.txt
+++ b/a.txt
@@ -1,3 +1,3 @@
 one
-two
+2
 three
diff --git a/n/new.sh b/n/new.sh
new file mode 100755
--- /dev/null
+++ b/n/new.sh
@@ -0,0 +1,2 @@
+a
+b
diff --git a/open.txt b/open.txt
deleted file mode 100644
--- a/open.txt
+++ /dev/null
@@ -1,2 +0,0 @@
-one
-two
\\ No newline at end of file
diff --git a/run.sh b/go.sh
similarity index 90%
rename from run.sh
rename to go.sh
--- a/run.sh
+++ b/go.sh
@@ -1,2 +1,2 @@
 #!/bin/sh
-echo hi
+echo ho
diff --git a/crlf.txt b/moved.txt
similarity index 100%
rename from crlf.txt
rename to moved.txt
diff --git a/twice.txt b/twice.txt
old mode 100644
new mode 100755
`;

describe('a unified diff', () => {
  test('changes, makes, deletes and moves files in one action', async () => {
    const planned = await plan(EVERYTHING);
    expect(await ws.after(planned)).toEqual({
      'a.txt': 'one\n2\nthree\nfour\nfive\n',
      'n/new.sh': 'a\nb\n',
      'open.txt': null,
      'go.sh': '#!/bin/sh\necho ho\n',
      'moved.txt': 'one\r\ntwo\r\nthree\r\n',
      'twice.txt': 'x\ny\nx\ny\n',
    });
    const kinds = changesOf(planned).map(
      ({ op, after }) => `${op} ${after.state === 'file' ? after.mode.toString(8) : ''}`,
    );
    expect(kinds).toEqual(['modify 644', 'create 755', 'delete ', 'move 755', 'move 644', 'modify 755']);
  });

  test.each([
    [
      'at another line than it says',
      unified('a.txt', '@@ -40,2 +40,2 @@', ' three', '-four', '+4'),
      'one\ntwo\nthree\n4\nfive\n',
    ],
    ['without a newline at the end, unsaid', unified('open.txt', '@@ -1,2 +1,2 @@', ' one', '-two', '+2'), 'one\n2'],
    [
      'that takes the last newline',
      unified('a.txt', '@@ -5 +5 @@', '-five', '+5', '\\ No newline at end of file'),
      'one\ntwo\nthree\nfour\n5',
    ],
    [
      'that adds the last newline',
      unified('open.txt', '@@ -2 +2 @@', '-two', '\\ No newline at end of file', '+two'),
      'one\ntwo\n',
    ],
    [
      'in LF for a file of CRLF',
      unified('crlf.txt', '@@ -1,2 +1,3 @@', ' one', '+1.5', ' two'),
      'one\r\n1.5\r\ntwo\r\nthree\r\n',
    ],
    [
      'in CRLF for a file of LF',
      unified('a.txt', '@@ -1,2 +1,2 @@', ' one', '-two', '+2').replaceAll('\n', '\r\n'),
      'one\n2\nthree\nfour\nfive\n',
    ],
    [
      'with two hunks that move the lines below',
      unified('a.txt', '@@ -1 +1,3 @@', ' one', '+a', '+b', '@@ -4,2 +6,2 @@', ' four', '-five', '+5'),
      'one\na\nb\ntwo\nthree\nfour\n5\n',
    ],
    ['of lines only, at the top', unified('a.txt', '@@ -0,0 +1 @@', '+zero'), 'zero\none\ntwo\nthree\nfour\nfive\n'],
    ['of lines only, in the middle', unified('a.txt', '@@ -2,0 +3 @@', '+2.5'), 'one\ntwo\n2.5\nthree\nfour\nfive\n'],
    ['at the line it says, of two that fit', unified('twice.txt', '@@ -3 +3 @@', '-x', '+z'), 'x\ny\nz\ny\n'],
    [
      'without a/ and b/',
      ['--- a.txt', '+++ a.txt', '@@ -1 +1 @@', '-one', '+1', ''].join('\n'),
      '1\ntwo\nthree\nfour\nfive\n',
    ],
    [
      'with a line that looks like a header',
      unified('a.txt', '@@ -1,2 +1,2 @@', ' one', '-two', '+++ two'),
      'one\n++ two\nthree\nfour\nfive\n',
    ],
  ])('applies %s', async (_what, patch, expected) => {
    const after = await applied(patch);
    expect(typeof after === 'string' ? after : Object.values(after)[0]).toBe(expected);
  });

  test.each([
    [
      'a line of context that differs',
      unified('a.txt', '@@ -1,2 +1,2 @@', ' One', '-two', '+2'),
      /^misfit: a.txt: Hunk 1 does not fit.*in another case/s,
    ],
    [
      'spaces that differ',
      unified('a.txt', '@@ -1,2 +1,2 @@', ' one ', '-two', '+2'),
      /^misfit: .*other spaces at the ends of lines/s,
    ],
    [
      'two places that fit equally',
      unified('twice.txt', '@@ -9 +9 @@', '-x', '+z'),
      /^misfit: .*fits in several places \(lines 1, 3\)/,
    ],
    [
      'a second hunk above the first',
      unified('a.txt', '@@ -4 +4 @@', '-four', '+4', '@@ -1 +1 @@', '-one', '+1'),
      /^misfit: a.txt: Hunk 2 does not fit/,
    ],
    [
      'an end that is not the end',
      unified('a.txt', '@@ -1 +1 @@', '-one', '\\ No newline at end of file', '+1'),
      /^misfit/,
    ],
    [
      'wrong counts',
      unified('a.txt', '@@ -1,9 +1,9 @@', ' one', '-two', '+2'),
      /^bad_patch: The diff cannot be read: .*\*\*\* Begin Patch/,
    ],
    ['a diff that was cut', '--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n one\n-two', /^bad_patch/],
    ['no diff at all', 'please change a.txt', /^bad_patch: There is no change in it/],
    ['a hunk of no file', '@@ -1 +1 @@\n-one\n+1\n', /^bad_patch: A hunk has no --- and \+\+\+/],
    [
      'a binary patch',
      'diff --git a/bin b/bin\nindex 1..2\nBinary files a/bin and b/bin differ\n',
      /^bad_patch: bin is a binary patch/,
    ],
    [
      'a symbolic link',
      'diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n',
      /^bad_patch: l would be no regular file/,
    ],
    ['a copy', 'diff --git a/a.txt b/c\nsimilarity index 100%\ncopy from a.txt\ncopy to c\n', /^bad_patch: .*copy/],
    [
      'a file made over one that is there',
      '--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+x\n',
      /^exists: a.txt is there already/,
    ],
    [
      'a deletion that leaves lines',
      '--- a/a.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n',
      /^misfit: .*not all that stands there/,
    ],
    ['a missing file', unified('a.tx', '@@ -1 +1 @@', '-one', '+1'), /^not_found: There is no a.tx. There is: a.txt/],
    ['a path outside', '--- a/../x\n+++ b/../x\n@@ -1 +1 @@\n-one\n+1\n', /^outside/],
    ['an absolute path outside', '--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-one\n+1\n', /^outside/],
    ['a binary file', unified('bin', '@@ -1 +1 @@', '-one', '+1'), /^binary/],
    [
      'one file twice',
      unified('a.txt', '@@ -1 +1 @@', '-one', '+1') + unified('a.txt', '@@ -2 +2 @@', '-two', '+2'),
      /^bad_patch: a.txt is in the patch twice/,
    ],
    ['a change into the same', unified('a.txt', '@@ -1 +1 @@', '-one', '+one'), /^no_change/],
  ])('refuses %s', async (_what, patch, message) => {
    expect(refusal(await plan(patch))).toMatch(message);
  });

  test('refuses the whole when one file does not fit', async () => {
    const patch = unified('a.txt', '@@ -1 +1 @@', '-one', '+1') + unified('open.txt', '@@ -1 +1 @@', '-nope', '+1');
    expect(refusal(await plan(patch))).toMatch(/^misfit: open.txt: .*Nothing of the patch was applied/s);
  });
});

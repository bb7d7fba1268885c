/** edit_file, write_file, move_file and delete_file: what they plan, what they keep, and what they refuse in which words. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import { runs } from '../long.ts';
import { changesOf, refusal, toolWorkspace, type ToolWorkspace } from './workspace.ts';

let ws: ToolWorkspace;
beforeAll(async () => void (ws = await toolWorkspace()));
afterAll(() => ws.close());

const edit = async (content: string | Buffer, args: { old: string; new: string; all?: boolean }) => {
  ws.put('f.txt', content, 0o640);
  return ws.plan('edit_file', { path: 'f.txt', ...args });
};
const edited = async (content: string, args: { old: string; new: string; all?: boolean }) =>
  (await ws.after(await edit(content, args)))['f.txt'];

describe('edit_file', () => {
  test('plans one change with the bytes and the mode of both sides', async () => {
    const planned = await edit('one\ntwo\nthree\n', { old: 'two', new: '2' });
    expect(changesOf(planned)).toMatchObject([
      {
        op: 'modify',
        path: 'f.txt',
        before: { mode: 0o640, size: 14 },
        after: { mode: 0o640, size: 12 },
        diff: { added: 1, removed: 1 },
      },
    ]);
    expect(await ws.after(planned)).toEqual({ 'f.txt': 'one\n2\nthree\n' });
    expect(fs.readFileSync(join(ws.root, 'f.txt'), 'utf8')).toBe('one\ntwo\nthree\n');
  });

  test.each([
    ['LF written for a file of CRLF', 'a\r\nb\r\nc\r\n', { old: 'a\nb', new: 'a\nx\nb' }, 'a\r\nx\r\nb\r\nc\r\n'],
    ['CRLF written for a file of CRLF', 'a\r\nb\r\n', { old: 'a\r\nb', new: 'x\r\ny' }, 'x\r\ny\r\n'],
    ['mixed line ends, exactly', 'a\r\nb\nc', { old: 'b\nc', new: 'B\nC' }, 'a\r\nB\nC'],
    ['no line feed at the end', 'a\nb', { old: 'b', new: 'c' }, 'a\nc'],
    ['a byte order mark', '\ufeffa\nb\n', { old: 'a', new: 'x' }, '\ufeffx\nb\n'],
    ['a byte order mark that the model writes too', '\ufeffa\n', { old: 'a', new: '\ufeffx' }, '\ufeffx\n'],
    ['signs that String.replace would read', 'a $& b', { old: '$&', new: '$$1' }, 'a $$1 b'],
    ['all places', 'aXaXa', { old: 'X', new: '-', all: true }, 'a-a-a'],
    ['nothing put', 'abc', { old: 'b', new: '' }, 'ac'],
    ['characters outside the first plane', 'x🙂y', { old: '🙂', new: '日本' }, 'x日本y'],
  ])('keeps %s', async (_what, content, args, expected) => {
    expect(await edited(content, args)).toBe(expected);
  });

  test.each([
    [
      'text that is not there',
      'alpha one\nbeta two\n',
      { old: 'alpha ones', new: '' },
      /^not_found: `old` does not stand in f.txt. The nearest lines are:\n1\talpha one$/,
    ],
    [
      'another indentation',
      'if x:\n\tgo()\n',
      { old: '    go()', new: '' },
      /line 2, but with another indentation:\n2\t\tgo\(\)/,
    ],
    [
      'spaces at the end',
      'a  \nb\n',
      { old: 'a\nb', new: '' },
      /lines 1 to 2, but with other spaces at the ends of lines:\n1\ta  \n2\tb/,
    ],
    [
      'other line ends',
      'a\r\nb\nc\r\n',
      { old: 'a\nb', new: '' },
      /lines 1 to 2, but with other line ends .*\n1\taU\+000D/,
    ],
    ['other quotes', 'say “hi”\n', { old: 'say "hi"', new: '' }, /characters that look alike/],
    ['another case', 'Hello World\n', { old: 'hello world', new: '' }, /line 1, but in another case/],
    ['nothing near', 'aaa\n', { old: 'zzz', new: '' }, /No line of the file is near it/],
    ['two places', 'x\ny\nx\n', { old: 'x', new: 'z' }, /^ambiguous: .* 2 times, at lines 1, 3\. .* set `all`/],
    ['overlapping places', 'aaa', { old: 'aa', new: 'b' }, /^ambiguous/],
    ['many places', 'x\n'.repeat(30), { old: 'x', new: 'z' }, /30 times, at lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 …/],
    ['no change', 'x', { old: 'x', new: 'x' }, /^no_change/],
    ['an empty old', 'x', { old: '', new: 'y' }, /^bad_arguments: .*write_file/],
    ['a NUL put in', 'x', { old: 'x', new: '\0' }, /^binary: .*NUL/],
    ['half a surrogate pair', 'x', { old: 'x', new: '\ud800' }, /^not_utf8/],
  ])('refuses %s', async (_what, content, args, message) => {
    expect(refusal(await edit(content, args))).toMatch(message);
  });

  test('refuses bytes that are no text, and leaves them', async () => {
    expect(refusal(await edit(Buffer.from([65, 0, 66]), { old: 'A', new: 'B' }))).toMatch(/^binary: f.txt is binary/);
    expect(refusal(await edit(Buffer.from([65, 0xff]), { old: 'A', new: 'B' }))).toMatch(
      /^not_utf8: f.txt is not valid UTF-8/,
    );
  });

  test('refuses a file and a result that are too large', async () => {
    const max = LIMITS.editBytes.value;
    expect(refusal(await edit(Buffer.alloc(max + 1, 'a'), { old: 'b', new: 'c' }))).toMatch(
      /^too_large: f.txt has 2,097,153 bytes/,
    );
    expect(refusal(await edit(`b${'a'.repeat(max - 1)}`, { old: 'b', new: 'bb' }))).toMatch(
      /^too_large: f.txt would have/,
    );
  });

  test('replaces exactly, whatever the texts', async () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '\n', ' ', '$', '\\', 'é', '🙂'), maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(piece, piece, piece, piece, async (before, old, after, put) => {
        const content = before + old + after;
        fc.pre(old !== '' && old !== put && content.indexOf(old) === content.lastIndexOf(old));
        expect(await edited(content, { old, new: put })).toBe(before + put + after);
      }),
      { numRuns: runs(60) },
    );
  });
});

describe('a path that an edit cannot take', () => {
  beforeAll(() => {
    ws.put('src/agent/turn.ts', 'x');
    ws.put('café.txt'.normalize('NFD'), 'x');
    fs.symlinkSync('src/agent/turn.ts', join(ws.root, 'link.ts'));
    fs.symlinkSync('/etc', join(ws.root, 'etc'));
    execFileSync('mkfifo', [join(ws.root, 'fifo')]);
  });
  test.each([
    [
      'src/agent/trun.ts',
      /^not_found: There is no src\/agent\/trun.ts. There is: src\/agent\/turn.ts. To make a new file/,
    ],
    ['src/agnet/turn.ts', /There is: src\/agent\./],
    ['none/at/all', /the workspace has no folder none/],
  ])('because nothing is there: %j', async (path, message) => {
    expect(refusal(await ws.plan('edit_file', { path, old: 'a', new: 'b' }))).toMatch(message);
  });

  test.each([
    ['src', /^not_a_file: src is a folder/],
    ['.', /^not_a_file: The path names the workspace/],
    ['', /^not_a_file: The path names the workspace/],
    ['../x', /^outside/],
    ['/etc/passwd', /^outside/],
    ['etc/passwd', /^link/],
    ['link.ts', /^link: .*It leads to src\/agent\/turn.ts\./],
    ['fifo', /^not_a_file: fifo is a device, a pipe or a socket/],
    ['src/agent/turn.ts/x', /^not_a_directory/],
    ['a\0b', /^bad_path/],
  ])('because of what it is: %j', async (path, message) => {
    expect(refusal(await ws.plan('edit_file', { path, old: 'a', new: 'b' }))).toMatch(message);
    expect(refusal(await ws.plan('write_file', { path, content: 'b' }))).toMatch(message);
    expect(refusal(await ws.plan('delete_file', { path }))).toMatch(message);
  });

  test('an absolute one inside the workspace is taken', async () => {
    const planned = await ws.plan('edit_file', { path: join(ws.root, 'src/agent/turn.ts'), old: 'x', new: 'y' });
    expect(changesOf(planned)[0]!.path).toBe('src/agent/turn.ts');
  });

  test('one that only looks like a file that is there', async () => {
    const planned = await ws.plan('write_file', { path: 'café.txt'.normalize('NFC'), content: 'y' });
    expect(refusal(planned)).toMatch(/^lookalike: .*in another Unicode form: cafe\\u\{301\}\.txt/);
  });
});

describe('write_file', () => {
  const written = async (before: string | null, content: string) => {
    const path = `w/${before === null ? 'new' : 'old'}.txt`;
    if (before === null) fs.rmSync(join(ws.root, path), { force: true });
    else ws.put(path, before, 0o755);
    return ws.plan('write_file', { path, content });
  };

  test('makes a file', async () => {
    const planned = await written(null, 'hello\n');
    expect(changesOf(planned)).toMatchObject([{ op: 'create', before: { state: 'absent' }, after: { mode: 0o644 } }]);
    expect(await ws.after(planned)).toEqual({ 'w/new.txt': 'hello\n' });
  });

  test.each([
    ['the mode', 'a\n', 'b\n', 'b\n'],
    ['CRLF', 'a\r\nb\r\n', 'x\ny\n', 'x\r\ny\r\n'],
    ['CRLF that is written', 'a\r\n', 'x\r\ny\n', 'x\r\ny\n'],
    ['a byte order mark', '\ufeffa\n', 'b\n', '\ufeffb\n'],
    ['what is written, in a file of mixed ends', 'a\r\nb\n', 'x\n', 'x\n'],
  ])('keeps %s', async (_what, before, content, expected) => {
    const planned = await written(before, content);
    expect(await ws.after(planned)).toEqual({ 'w/old.txt': expected });
    expect(changesOf(planned)[0]).toMatchObject({ op: 'modify', before: { mode: 0o755 }, after: { mode: 0o755 } });
  });

  test('refuses what changes nothing, and what is no text', async () => {
    expect(refusal(await written('a\r\n', 'a\n'))).toMatch(/^no_change/);
    ws.put('w/bin', Buffer.from([0]));
    expect(refusal(await ws.plan('write_file', { path: 'w/bin', content: 'x' }))).toMatch(/^binary/);
    expect(refusal(await written(null, '\0'))).toMatch(/^binary/);
    expect(refusal(await written(null, 'x'.repeat(LIMITS.editBytes.value + 1)))).toMatch(/^too_large/);
  });
});

describe('move_file and delete_file', () => {
  test('plan a move of the same bytes, binary or not, and keep the mode', async () => {
    ws.put('m/a.sh', 'x', 0o755);
    expect(changesOf(await ws.plan('move_file', { from: 'm/a.sh', to: 'n/b.sh' }))).toMatchObject([
      {
        op: 'move',
        from: 'm/a.sh',
        path: 'n/b.sh',
        before: { mode: 0o755 },
        after: { mode: 0o755 },
        diff: { kind: 'opaque', why: 'unchanged' },
      },
    ]);
    ws.put('m/bin', Buffer.from([0, 1]));
    expect(changesOf(await ws.plan('delete_file', { path: 'm/bin' }))).toMatchObject([
      { op: 'delete', before: { size: 2 }, after: { state: 'absent' }, diff: { kind: 'opaque', why: 'binary' } },
    ]);
  });

  test('refuse to overwrite, to move nothing, and to move in place', async () => {
    ws.put('m/a', 'x');
    ws.put('m/b', 'y');
    expect(refusal(await ws.plan('move_file', { from: 'm/a', to: 'm/b' }))).toMatch(/^exists: m\/b is there already/);
    expect(refusal(await ws.plan('move_file', { from: 'm/none', to: 'm/c' }))).toMatch(/^not_found/);
    expect(refusal(await ws.plan('move_file', { from: 'm/a', to: './m/a' }))).toMatch(/^no_change/);
    expect(refusal(await ws.plan('move_file', { from: 'm/a', to: '../a' }))).toMatch(/^outside/);
    expect(refusal(await ws.plan('move_file', { from: 'm', to: 'k' }))).toMatch(/^not_a_file/);
    expect(refusal(await ws.plan('delete_file', { path: 'm/none' }))).toMatch(/^not_found/);
  });
});

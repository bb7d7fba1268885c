/** Writes: all or none, only over what was shown, each file whole at every moment. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EditAction, FileChange } from '../../shared/action.ts';
import { sha256 } from '../../server/base/hash.ts';
import { excludeTemporary } from '../../server/run/exclude.ts';
import { cleanTemporary } from '../../server/run/temporary.ts';
import { createWriter, type Writer } from '../../server/run/write.ts';
import { openBlobs, type Blobs } from '../../server/store/blobs.ts';
import { planChange } from '../../server/tools/change.ts';
import { inNamespace } from '../fixtures/namespace.ts';

const base = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'vt-write-')));
let root: string;
let count = 0;
let blobs: Blobs;
let writer: Writer;

beforeAll(async () => void (blobs = await openBlobs(join(base, 'blobs'))));
afterAll(() => fs.rmSync(base, { recursive: true, force: true }));
beforeEach(() => {
  root = join(base, `ws${count++}`);
  fs.mkdirSync(root);
  writer = createWriter({ root, blobs });
});

const never = new AbortController().signal;
const put = (path: string, content: string | Buffer, mode = 0o644) => {
  fs.mkdirSync(dirname(join(root, path)), { recursive: true });
  fs.writeFileSync(join(root, path), content);
  fs.chmodSync(join(root, path), mode);
};
const get = (path: string) => fs.readFileSync(join(root, path), 'utf8');
const modeOf = (path: string) => fs.statSync(join(root, path)).mode & 0o7777;
/** Every name in the workspace, the temporary folder's own too. */
const tree = () =>
  fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();

const sideOf = (path: string) => {
  if (!fs.existsSync(join(root, path))) return null;
  return { bytes: fs.readFileSync(join(root, path)), mode: modeOf(path) };
};
/** A change as it is planned over what stands now; `null` deletes. */
const change = (path: string, content: string | Buffer | null, { from = path, mode = 0 } = {}): Promise<FileChange> => {
  const before = sideOf(from);
  const after = content === null ? null : { bytes: Buffer.from(content), mode: mode || (before?.mode ?? 0o644) };
  return planChange({ path, from, before, after, blobs });
};
const edit = async (...changes: Promise<FileChange>[]): Promise<EditAction> => ({
  kind: 'edit',
  tool: 'write_file',
  changes: await Promise.all(changes),
});
const write = (action: EditAction) => writer(action, never);

describe('a write', () => {
  test('makes a file with its folders, readable as the mode says whatever our umask', async () => {
    const umask = process.umask(0o077);
    try {
      const done = await write(await edit(change('a/b/new.txt', 'hello\n')));
      expect(done.outcome).toEqual({
        status: 'done',
        summary: 'Created a/b/new.txt (+1 −0)',
        bytes: 6,
        truncated: false,
      });
    } finally {
      process.umask(umask);
    }
    expect(get('a/b/new.txt')).toBe('hello\n');
    expect([modeOf('a/b/new.txt'), modeOf('a'), modeOf('a/b'), modeOf('.vtcode'), modeOf('.vtcode/tmp')]).toEqual([
      0o644, 0o755, 0o755, 0o755, 0o700,
    ]);
    expect(tree()).toEqual(['a/b/new.txt']);
  });

  test('replaces a file and keeps its mode, and leaves the other names of a hard link their bytes', async () => {
    put('run.sh', 'old', 0o750);
    fs.linkSync(join(root, 'run.sh'), join(root, 'other'));
    expect((await write(await edit(change('run.sh', 'new')))).outcome.status).toBe('done');
    expect([get('run.sh'), modeOf('run.sh'), get('other'), fs.statSync(join(root, 'other')).nlink]).toEqual([
      'new',
      0o750,
      'old',
      1,
    ]);
  });

  test('deletes and moves, with or without other bytes', async () => {
    put('a', 'a');
    put('b', 'b', 0o600);
    put('c', 'c');
    const done = await write(
      await edit(change('a', null), change('d/b', 'b', { from: 'b' }), change('e', 'E', { from: 'c' })),
    );
    expect(done).toMatchObject({
      outcome: { status: 'done', summary: 'Changed 3 files', bytes: 2 },
      content: 'Deleted a\nMoved b to d/b\nMoved c to e (+1 −1)',
    });
    expect(tree()).toEqual(['d/b', 'e']);
    expect([get('d/b'), modeOf('d/b'), get('e')]).toEqual(['b', 0o600, 'E']);
  });

  test('changes permission bits alone', async () => {
    put('run', 'x');
    expect((await write(await edit(change('run', 'x', { mode: 0o755 })))).outcome.status).toBe('done');
    expect(modeOf('run')).toBe(0o755);
  });

  test('does not carry set-id bits over to new bytes', async () => {
    put('suid', 'x', 0o4755);
    expect((await write(await edit(change('suid', 'y')))).outcome.status).toBe('done');
    expect(modeOf('suid')).toBe(0o755);
  });

  test('keeps bytes that are no text', async () => {
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    put('bin', bytes);
    expect((await write(await edit(change('moved', bytes, { from: 'bin' })))).outcome.status).toBe('done');
    expect(fs.readFileSync(join(root, 'moved'))).toEqual(bytes);
    expect(tree()).toEqual(['moved']);
  });
});

describe('what stands is not what was shown', () => {
  const STALE: [string, () => void][] = [
    ['other bytes', () => put('a', 'other')],
    ['other bytes of the same size', () => put('a', 'OLD')],
    ['another mode', () => fs.chmodSync(join(root, 'a'), 0o600)],
    ['nothing', () => fs.unlinkSync(join(root, 'a'))],
    ['a folder', () => (fs.unlinkSync(join(root, 'a')), fs.mkdirSync(join(root, 'a')))],
    ['a pipe', () => (fs.unlinkSync(join(root, 'a')), void execFileSync('mkfifo', [join(root, 'a')]))],
  ];
  test.each(STALE)('%s: nothing of the edit is written', async (_what, spoil) => {
    put('a', 'old');
    put('z', 'z');
    const action = await edit(change('new', 'n'), change('z', 'Z'), change('a', 'new'));
    spoil();
    const before = tree();
    const { outcome, content } = await write(action);
    expect(outcome).toMatchObject({ status: 'failed', code: 'changed' });
    expect(content).toContain('a is not what it was when this change was planned');
    expect(content).toContain('Read it again');
    expect(content).toContain('Nothing was written.');
    expect(tree()).toEqual(before);
    expect(get('z')).toBe('z');
  });

  test('a name that was free is taken now', async () => {
    const action = await edit(change('a', 'mine'));
    put('a', 'theirs');
    expect((await write(action)).outcome).toMatchObject({ status: 'failed', code: 'changed' });
    expect(get('a')).toBe('theirs');
  });

  test('a link stands there now', async () => {
    put('a', 'old');
    fs.writeFileSync(join(base, 'outside'), 'old');
    const action = await edit(change('a', 'new'));
    fs.unlinkSync(join(root, 'a'));
    fs.symlinkSync(join(base, 'outside'), join(root, 'a'));
    expect((await write(action)).outcome).toMatchObject({ status: 'failed', code: 'link' });
    expect(fs.readFileSync(join(base, 'outside'), 'utf8')).toBe('old');
  });
});

describe('links are never written through', () => {
  test.each([
    ['file', 'link'],
    ['folder', 'linked/x'],
    ['folder of the temporary files', 'plain'],
  ])('a linked %s', async (what, path) => {
    const out = join(base, `out${count}`);
    fs.mkdirSync(out);
    fs.symlinkSync(join(out, 'file'), join(root, 'link'));
    fs.symlinkSync(out, join(root, 'linked'));
    if (what.includes('temporary')) {
      fs.mkdirSync(join(root, '.vtcode'));
      fs.symlinkSync(out, join(root, '.vtcode/tmp'));
    }
    const action = await edit(
      planChange({ path, from: path, before: null, after: { bytes: Buffer.from('x'), mode: 0o644 }, blobs }),
    );
    expect((await write(action)).outcome).toMatchObject({ status: 'failed', code: 'link' });
    expect(fs.readdirSync(out)).toEqual([]);
    await cleanTemporary(root);
    expect(fs.readdirSync(out)).toEqual([]);
  });
});

describe('when a later change fails', () => {
  test('all that landed is put back, to the very inode', async () => {
    put('edit', 'old', 0o640);
    put('gone', 'gone');
    put('move', 'move');
    const inode = (path: string) => fs.statSync(join(root, path)).ino;
    const inodes = ['edit', 'gone', 'move'].map(inode);
    // The name is free when it is looked at, and its folder is a file when it is made: only landing can find out.
    const action = await edit(
      change('edit', 'new'),
      change('gone', null),
      change('made/deep/new', 'n'),
      change('moved', 'move', { from: 'move' }),
      change('taken', 'x'),
      change('taken/below', 'y'),
    );
    const { outcome } = await write(action);
    expect(outcome).toMatchObject({ status: 'failed', code: 'not_a_directory' });
    expect(tree()).toEqual(['edit', 'gone', 'move']);
    expect(['edit', 'gone', 'move'].map(inode)).toEqual(inodes);
    expect([get('edit'), modeOf('edit'), get('gone'), get('move')]).toEqual(['old', 0o640, 'gone', 'move']);
    expect(fs.existsSync(join(root, 'made'))).toBe(false);
  });

  test('bytes that are not in the store fail before anything is touched', async () => {
    put('a', 'old');
    const action = await edit(change('b', 'new b'), change('a', 'new a'));
    const lost = action.changes[1]!;
    if (lost.after.state === 'file') lost.after.sha256 = sha256('something else entirely');
    expect((await write(action)).outcome).toMatchObject({ status: 'failed', code: 'bytes_lost' });
    expect(tree()).toEqual(['a']);
  });
});

describe('an action that no tool of ours makes', () => {
  const file = (content: string) => ({
    state: 'file' as const,
    sha256: sha256(content),
    size: content.length,
    mode: 0o644,
  });
  const absent = { state: 'absent' as const };
  const diff = { kind: 'opaque' as const, why: 'binary' as const };
  const plain = { op: 'create' as const, path: 'a', from: 'a', before: absent, after: file('x'), diff };
  test.each([
    ['climbs', [{ ...plain, path: '../a', from: '../a' }], 'outside'],
    ['is absolute', [{ ...plain, path: '/etc/x', from: '/etc/x' }], 'outside'],
    ['is not plain', [{ ...plain, path: './a', from: './a' }], 'bad_path'],
    ['is the root', [{ ...plain, path: '.', from: '.' }], 'bad_path'],
    ['names one file twice', [plain, plain], 'bad_action'],
    ['creates over a file', [{ ...plain, before: file('y') }], 'bad_action'],
    ['deletes and leaves bytes', [{ ...plain, op: 'delete' as const, before: file('y') }], 'bad_action'],
    ['moves to the same name', [{ ...plain, op: 'move' as const, before: file('y') }], 'bad_action'],
    ['modifies under another name', [{ ...plain, op: 'modify' as const, before: file('y'), from: 'b' }], 'bad_action'],
  ])('and %s is refused', async (_what, changes, code) => {
    await blobs.put(Buffer.from('x'));
    const { outcome } = await write({ kind: 'edit', tool: 'write_file', changes });
    expect(outcome).toMatchObject({ status: 'failed', code });
    expect(tree()).toEqual([]);
  });
});

describe('the order of writes', () => {
  test('of two that were planned over the same bytes, one lands and the other is told', async () => {
    put('a', 'old');
    const actions = await Promise.all(['one', 'two', 'three'].map((content) => edit(change('a', content))));
    const outcomes = (await Promise.all(actions.map(write))).map(({ outcome }) => outcome.status);
    expect(outcomes).toEqual(['done', 'failed', 'failed']);
    expect(get('a')).toBe('one');
    const other = createWriter({ root, blobs });
    const [first, second] = await Promise.all([edit(change('a', 'x')), edit(change('a', 'y'))]);
    const both = await Promise.all([write(first!), other(second!, never)]);
    expect(both.map(({ outcome }) => outcome.status)).toEqual(['done', 'failed']);
  });

  test('a signal that has fired stops it before the first change', async () => {
    const action = await edit(change('a', 'x'));
    expect((await writer(action, AbortSignal.abort())).outcome.status).toBe('stopped');
    expect(tree()).toEqual([]);
  });

  test('leaves no descriptor open', async () => {
    const fds = () => fs.readdirSync('/proc/self/fd').length;
    const good = await edit(change('d/e/f', 'x'));
    const before = fds();
    await write(good);
    await write(good);
    expect(fds()).toBe(before);
  });
});

describe('temporary files', () => {
  test('that a crash left are cleaned at start, and nothing else is', async () => {
    const ours = ['0123456789abcdef01234567.new', 'ffffffffffffffffffffffff.old'];
    for (const name of [...ours, 'mine.txt', '0123.new']) put(`.vtcode/tmp/${name}`, 'x');
    fs.mkdirSync(join(root, '.vtcode/tmp/aaaaaaaaaaaaaaaaaaaaaaaa.new'));
    fs.symlinkSync('/etc/hosts', join(root, '.vtcode/tmp/bbbbbbbbbbbbbbbbbbbbbbbb.new'));
    expect(await cleanTemporary(root)).toBe(2);
    expect(fs.readdirSync(join(root, '.vtcode/tmp')).sort()).toEqual([
      '0123.new',
      'aaaaaaaaaaaaaaaaaaaaaaaa.new',
      'bbbbbbbbbbbbbbbbbbbbbbbb.new',
      'mine.txt',
    ]);
    expect(await cleanTemporary(join(base, 'blobs'))).toBe(0);
  });

  test('are kept out of git, once, and the list keeps what it had', async () => {
    expect((await excludeTemporary(root)).state).toBe('none');
    put('.git/HEAD', 'ref: refs/heads/main\n');
    expect(await excludeTemporary(root)).toEqual({ state: 'added', why: '' });
    expect(get('.git/info/exclude')).toBe('.vtcode/tmp/\n');
    put('.git/info/exclude', '*.log', 0o600);
    expect((await excludeTemporary(root)).state).toBe('added');
    expect((await excludeTemporary(root)).state).toBe('present');
    expect([get('.git/info/exclude'), modeOf('.git/info/exclude')]).toEqual(['*.log\n.vtcode/tmp/\n', 0o600]);
    expect(tree()).toEqual(['.git/HEAD', '.git/info/exclude']);
  });

  test('are gone where the list could not be replaced', () => {
    put('.git/HEAD', 'ref: refs/heads/main\n');
    put('.git/info/exclude', '*.log\n');
    const list = join(root, '.git/info/exclude');
    // What is mounted on a name keeps every other file from it (rename(2), EBUSY).
    const room = fileURLToPath(new URL('../../server/run/exclude.ts', import.meta.url));
    const script = `import { excludeTemporary } from ${JSON.stringify(room)};
      console.log(JSON.stringify(await excludeTemporary(${JSON.stringify(root)})));`;
    const [program = '', ...words] = inNamespace(`mount --bind ${list} ${list}`);
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', script];
    const told = JSON.parse(execFileSync(program, [...words, ...node], { encoding: 'utf8' })) as object;
    expect(told).toMatchObject({ state: 'none', why: expect.stringMatching(/exclude was not written: EBUSY/) });
    expect(tree()).toEqual(['.git/HEAD', '.git/info/exclude']);
    expect(get('.git/info/exclude')).toBe('*.log\n');
  });

  test('are not excluded through a link', async () => {
    const elsewhere = join(base, 'elsewhere');
    fs.mkdirSync(elsewhere, { recursive: true });
    put('.git/HEAD', 'x');
    fs.symlinkSync(elsewhere, join(root, '.git/info'));
    expect((await excludeTemporary(root)).state).toBe('none');
    expect(fs.readdirSync(elsewhere)).toEqual([]);
  });
});

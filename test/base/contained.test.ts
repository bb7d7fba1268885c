/** Opening what lies in a workspace: links inside are followed, all that leads out or would hang is refused. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { locate, type Follow } from '../../server/base/contained.ts';
import { namesIn, openDirectory, openFile, readWhole } from '../../server/base/contained-read.ts';
import { LIMITS } from '../../shared/limits.ts';

const base = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'vt-contained-')));
const root = join(base, 'ws');
const outside = join(base, 'outside');
let socket: Server;

beforeAll(async () => {
  fs.mkdirSync(join(root, 'src/deep'), { recursive: true });
  fs.mkdirSync(outside);
  fs.writeFileSync(join(outside, 'secret'), 'secret');
  fs.writeFileSync(join(root, 'src/a.ts'), 'a');
  fs.writeFileSync(join(root, 'src/deep/b.ts'), 'b');
  const links: [string, string][] = [
    ['in', 'src/a.ts'],
    ['in-abs', join(root, 'src/a.ts')],
    ['to-dir', 'src'],
    ['to-root', '.'],
    ['abs-root', root],
    ['src/deep/up', '../a.ts'],
    ['src/deep/round', '../../to-dir/deep/b.ts'],
    ['out', '../outside/secret'],
    ['out-abs', join(outside, 'secret')],
    ['out-dir', outside],
    ['out-and-back', '../ws/src/a.ts'],
    ['proc', '/proc/self/root'],
    ['proc-in', `/proc/self/root${root}/src/a.ts`],
    ['sibling', `${root}2/x`],
    ['dangling', 'nowhere/x'],
    ['loop', 'loop2'],
    ['loop2', 'loop'],
  ];
  for (const [name, target] of links) fs.symlinkSync(target, join(root, name));
  for (let i = 0; i <= LIMITS.links.value; i++) {
    fs.symlinkSync(i === 0 ? 'src/a.ts' : `chain${i - 1}`, join(root, `chain${i}`));
  }
  execFileSync('mkfifo', [join(root, 'fifo')]);
  socket = createServer().listen(join(root, 'socket'));
  await new Promise((done) => socket.once('listening', done));
});
afterAll(async () => {
  await new Promise((done) => socket.close(done));
  fs.rmSync(base, { recursive: true, force: true });
});

const openFds = () => fs.readdirSync('/proc/self/fd').length;

describe('locate', () => {
  const where = (path: string, follow: Follow = 'inside') => {
    const found = locate(root, path, follow);
    if (!found.ok) return found.code;
    const kind = found.node?.facts.kind ?? 'absent';
    found.close();
    return `${found.real} ${kind}`;
  };

  test.each([
    ['.', '. directory'],
    ['src', 'src directory'],
    ['src/a.ts', 'src/a.ts file'],
    ['src/none', 'src/none absent'],
    ['in', 'src/a.ts file'],
    ['in-abs', 'src/a.ts file'],
    ['to-dir', 'src directory'],
    ['to-dir/deep/b.ts', 'src/deep/b.ts file'],
    ['to-root/to-root/src/a.ts', 'src/a.ts file'],
    ['to-root', '. directory'],
    ['abs-root', '. directory'],
    ['abs-root/src', 'src directory'],
    ['src/deep/up', 'src/a.ts file'],
    ['src/deep/round', 'src/deep/b.ts file'],
    ['chain14', 'src/a.ts file'],
    ['to-dir/new', 'src/new absent'],
    ['fifo', 'fifo other'],
    ['socket', 'socket other'],
    ['none/x', 'not_found'],
    ['src/a.ts/x', 'not_a_directory'],
    ['fifo/x', 'not_a_directory'],
    ['out', 'outside'],
    ['out-abs', 'outside'],
    ['out-dir', 'outside'],
    ['out-dir/secret', 'outside'],
    ['out-and-back', 'outside'],
    ['proc', 'outside'],
    ['proc/etc/passwd', 'outside'],
    ['proc-in', 'outside'],
    ['sibling', 'outside'],
    ['dangling', 'not_found'],
    ['loop', 'link'],
    [`chain${LIMITS.links.value}`, 'link'],
  ])('%s: %s', (path, expected) => expect(where(path)).toBe(expected));

  test.each(['in', 'in-abs', 'to-dir/a.ts', 'dangling', 'loop', 'out', 'abs-root/src/a.ts'])(
    'takes no link where none may be followed: %s',
    (path) => expect(where(path, 'none')).toBe('link'),
  );

  test('does not open what only shows the state of the kernel', () => {
    const found = ['proc/self/environ', 'proc', 'sys/kernel'].map((path) => locate('/', path, 'inside'));
    expect(found.map((one) => (one.ok ? 'opened' : one.code))).toEqual(['outside', 'outside', 'outside']);
  });

  test('answers when the root is gone', () => {
    expect(locate(join(base, 'gone'), 'a', 'inside')).toMatchObject({ ok: false, code: 'not_found' });
  });

  test('leaves no descriptor open', () => {
    const before = openFds();
    for (const path of ['src/deep/b.ts', 'out', 'loop', 'to-root/to-root/src', 'none/x', 'src/a.ts/x']) where(path);
    locate(join(base, 'gone'), 'a', 'inside');
    expect(openFds()).toBe(before);
  });
});

describe('reading', () => {
  const read = (path: string, max = 100) => readWhole(root, path, { follow: 'inside', max });

  test('gives the bytes, the real path and the permission bits', async () => {
    fs.chmodSync(join(root, 'src/a.ts'), 0o755);
    const whole = await read('to-dir/a.ts');
    expect(whole).toMatchObject({ ok: true, state: 'file', real: 'src/a.ts', facts: { mode: 0o755, size: 1 } });
    expect(whole.ok && whole.state === 'file' && whole.bytes.toString()).toBe('a');
  });

  test('tells a missing file from a refused one', async () => {
    expect(await read('src/none')).toMatchObject({ ok: true, state: 'absent' });
    expect(await read('none/none')).toMatchObject({ ok: true, state: 'absent' });
    expect(await read('src')).toMatchObject({ ok: false, code: 'not_a_file' });
    expect(await read('out')).toMatchObject({ ok: false, code: 'outside' });
  });

  test.each(['fifo', 'socket'])('refuses a %s and does not hang', async (path) => {
    expect(await read(path)).toMatchObject({ ok: false, code: 'not_a_file' });
  });

  test('refuses a device', async () => {
    expect(await readWhole('/dev', 'zero', { follow: 'inside', max: 10 })).toMatchObject({ code: 'not_a_file' });
  });

  test.each([0, 1, 4095, 4096, 4097, 100_000])(
    'takes a file of exactly its limit, and none that is larger: %i',
    async (size) => {
      fs.writeFileSync(join(root, 'sized'), Buffer.alloc(size, 'x'));
      const whole = await read('sized', size);
      expect(whole.ok && whole.state === 'file' && whole.bytes.length).toBe(size);
      fs.appendFileSync(join(root, 'sized'), 'x');
      expect(await read('sized', size)).toMatchObject({ ok: false, code: 'too_large' });
    },
  );

  test('takes no memory for a file far over its limit', async () => {
    fs.truncateSync(join(root, 'sized'), 4 * 2 ** 30);
    expect(await read('sized', 1000)).toMatchObject({ ok: false, code: 'too_large' });
  });

  test('lists a folder with the kinds of its names', async () => {
    const folder = openDirectory(root, 'to-dir/deep', 'inside');
    if (!folder.ok) throw new Error(folder.message);
    const names: string[] = [];
    for await (const entry of await namesIn(folder.dir)) {
      names.push(`${entry.name} ${entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'link' : 'other'}`);
    }
    folder.close();
    expect([folder.real, ...names.sort()]).toEqual(['src/deep', 'b.ts file', 'round link', 'up link']);
    expect(openDirectory(root, 'src/a.ts', 'inside')).toMatchObject({ code: 'not_a_directory' });
    expect(openDirectory(root, 'out-dir', 'inside')).toMatchObject({ code: 'outside' });
    expect(openDirectory(root, 'none', 'inside')).toMatchObject({ code: 'not_found' });
  });

  test('leaves no descriptor open', async () => {
    const before = openFds();
    for (const path of ['src/a.ts', 'src', 'fifo', 'none', 'sized', 'out']) await read(path);
    const file = openFile(root, 'src/a.ts', 'none');
    if (file.ok) file.close();
    expect(openFds()).toBe(before);
  });
});

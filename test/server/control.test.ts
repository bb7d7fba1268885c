/** The control socket answers its owner's commands, one line each, and nothing else moves it. */
import { existsSync, lstatSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../../server/base/fault.ts';
import { createLogger } from '../../server/base/log.ts';
import { createRedactor } from '../../server/base/redact.ts';
import { askControl, type ControlHandler, openControl } from '../../server/control.ts';
import { tempDir } from '../fixtures/temp.ts';

async function opened(
  handlers: Record<string, ControlHandler>,
  stateDir = tempDir(),
  runtimeDir: string | null = null,
) {
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', redactor: createRedactor([]), write: (line) => lines.push(line) });
  const control = await openControl({ stateDir, runtimeDir, handlers, logger });
  onTestFinished(() => control.close());
  return { control, lines, stateDir };
}

/** What comes back for raw bytes, until the other end closes. */
function raw(path: string, bytes: string | Buffer, end = true): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ path, allowHalfOpen: true });
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
    socket.on('end', () => socket.end());
    if (end) socket.end(bytes);
    else socket.write(bytes);
  });
}

test('asks and answers, many at once', async () => {
  const { control } = await opened({ link: () => ({ url: 'u' }), echo: async (request) => request['text'] });
  expect(await askControl(control.path, { op: 'link' })).toEqual({ url: 'u' });
  const texts = ['a', 'b\n"c"', '\u2028'];
  expect(await Promise.all(texts.map((text) => askControl(control.path, { op: 'echo', text })))).toEqual(texts);
  expect(await askControl(control.path, { op: 'echo' })).toBeNull();
});

test('is for its user alone', async () => {
  const before = process.umask(0);
  onTestFinished(() => void process.umask(before));
  const { control } = await opened({});
  expect(lstatSync(control.path).isSocket()).toBe(true);
  expect(statSync(control.path).mode & 0o777).toBe(0o600);
});

test('a fault of a handler reaches who asked; any other error is logged and told without its words', async () => {
  const { control, lines } = await opened({
    fault: () => {
      throw new Fault({ status: 409, code: 'stale', message: 'It changed.', hint: 'Look again.' });
    },
    bug: () => {
      throw new Error('inner secret words');
    },
  });
  await expect(askControl(control.path, { op: 'fault' })).rejects.toMatchObject({ code: 'stale', hint: 'Look again.' });
  const bug: unknown = await askControl(control.path, { op: 'bug' }).catch((error: unknown) => error);
  expect(bug).toMatchObject({ code: 'control_failed' });
  expect((bug as Fault).message).not.toContain('inner');
  expect(lines.join('')).toContain('inner secret words');
});

describe('what is no request is refused, and the next one is answered', () => {
  test.each<[string, string]>([
    ['not JSON', 'link\n'],
    ['no op', '{"a":1}\n'],
    ['an unknown op', '{"op":"nothing"}\n'],
    ['an op of every object', '{"op":"constructor"}\n'],
    ['an op of every object, another', '{"op":"__proto__"}\n'],
    ['a list', '["link"]\n'],
    ['deep', `{"op":"link","x":${'['.repeat(30_000)}${']'.repeat(30_000)}`.slice(0, 60_000) + '\n'],
    ['a cut line', '{"op":"link"'],
    ['nothing', ''],
  ])('%s', async (_name, bytes) => {
    let calls = 0;
    const { control } = await opened({ link: () => (calls += 1) });
    const text = await raw(control.path, bytes);
    expect(JSON.parse(text)).toMatchObject({ ok: false });
    expect(calls).toBe(0);
    expect(await askControl(control.path, { op: 'link' })).toBe(1);
  });

  test('a line without end is cut at its bound', async () => {
    const { control } = await opened({ link: () => 1 });
    await raw(control.path, Buffer.alloc(LIMITS.controlBytes.value * 4, 'x'), false);
    expect(await askControl(control.path, { op: 'link' })).toBe(1);
  });
});

describe('a socket that is there already', () => {
  test('left by a server that is gone is taken away', async () => {
    const dir = tempDir();
    const server = createServer().listen(join(dir, 'control.sock'));
    await new Promise((resolve) => server.once('listening', resolve));
    const { control } = await opened({ link: () => 2 }, dir);
    expect(await askControl(control.path, { op: 'link' })).toBe(2);
    await new Promise((resolve) => server.close(resolve));
  });

  test('that is a file is left, and the start refused', async () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'control.sock'), 'mine');
    await expect(opened({}, dir)).rejects.toMatchObject({ code: 'control_unsafe' });
    expect(existsSync(join(dir, 'control.sock'))).toBe(true);
  });
});

test('where none runs, the command is told so', async () => {
  const dir = tempDir();
  await expect(askControl(join(dir, 'none.sock'), { op: 'link' })).rejects.toMatchObject({ code: 'no_server' });
});

describe('a state directory too deep for a socket', () => {
  const deep = () => {
    const dir = join(tempDir(), 'd'.repeat(90));
    mkdirSync(dir);
    return dir;
  };

  test('has it in the runtime directory, if that is ours alone', async () => {
    const runtime = tempDir();
    const { control } = await opened({ link: () => 3 }, deep(), runtime);
    expect(control.path.startsWith(`${runtime}/vtcode-`)).toBe(true);
    expect(await askControl(control.path, { op: 'link' })).toBe(3);
  });

  test('else in a directory of our own, 0700', async () => {
    const { control } = await opened({ link: () => 4 }, deep());
    const dir = join(control.path, '..');
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(Buffer.byteLength(control.path)).toBeLessThanOrEqual(100);
    expect(await askControl(control.path, { op: 'link' })).toBe(4);
  });

  test('two of them do not share one', async () => {
    const [a, b] = [await opened({ who: () => 'a' }, deep()), await opened({ who: () => 'b' }, deep())];
    expect(await askControl(a.control.path, { op: 'who' })).toBe('a');
    expect(await askControl(b.control.path, { op: 'who' })).toBe('b');
  });
});

test('closing ends open connections and takes the socket away', async () => {
  const { control } = await opened({});
  const socket = connect(control.path);
  await new Promise((resolve) => socket.once('connect', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await control.close();
  await closed;
  expect(existsSync(control.path)).toBe(false);
});

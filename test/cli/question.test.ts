/** The question of `vtcode sandbox run` on a real terminal: what stands there is ours, whatever the command prints or somebody typed before. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import type { IPty } from 'node-pty';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { buildNative } from '../../scripts/build-native.mjs';
import { createBar } from '../../server/cli/bar.ts';
import type { Io } from '../../server/cli/io.ts';
import { openNetwork } from '../../server/cli/sandbox-network.ts';
import { loadPty } from '../../server/run/spawn.ts';
import { PassThrough } from 'node:stream';
import { buildProgram, ground, type Ground, type Program } from './program.ts';

const { Terminal } = createRequire(import.meta.url)('@xterm/headless') as typeof import('@xterm/headless');

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
  const native = join(dirname(program.main), '../native');
  mkdirSync(native);
  copyFileSync((await buildNative())!, join(native, 'vtcode-sandbox'));
}, 120_000);
afterAll(() => program.remove());

interface OnTerminal {
  at: Ground;
  pty: IPty;
  /** The lines that are seen, without blank ones at the end. */
  lines(): string[];
  shows(pattern: RegExp, timeout?: number): Promise<void>;
  ended: Promise<number>;
}

/** `vtcode sandbox run --network proxy` of a script on a terminal of 100 columns. */
async function onTerminal(script: string): Promise<OnTerminal> {
  const at = ground();
  writeFileSync(join(at.work, 'run.sh'), script);
  const { spawn } = await loadPty();
  const words = [program.main, 'sandbox', 'run', '--network', 'proxy', '--', 'bash', 'run.sh'];
  const pty = spawn(process.execPath, words, { cwd: at.work, env: at.env, cols: 100, rows: 24, encoding: null });
  const screen = new Terminal({ cols: 100, rows: 24, scrollback: 1_000, allowProposedApi: true });
  let isOver = false;
  const ended = new Promise<number>((resolve) =>
    pty.onExit(({ exitCode }) => {
      isOver = true;
      resolve(exitCode);
    }),
  );
  onTestFinished(async () => {
    if (!isOver) pty.kill('SIGKILL');
    await ended;
  });
  pty.onData((bytes) => screen.write(bytes));
  const lines = () => {
    const { active } = screen.buffer;
    const all = Array.from({ length: active.length }, (_, i) => active.getLine(i)?.translateToString(true) ?? '');
    return all.slice(0, all.findLastIndex((line) => line !== '') + 1);
  };
  const shows = async (pattern: RegExp, timeout = 15_000) => {
    await expect.poll(() => lines().join('\n'), { timeout, interval: 10 }).toMatch(pattern);
  };
  return { at, pty, lines, shows, ended };
}

/** Asks the proxy for a host, and tells the answer. */
const asks = (host: string) =>
  `exec 3<>/dev/tcp/127.0.0.1/61080; printf 'CONNECT ${host}:443 HTTP/1.1\\r\\nHost: ${host}:443\\r\\n\\r\\n' >&3; head -1 <&3; exec 3>&-`;
const QUESTION = 'vtcode: let it reach evil.invalid.test:443? [y/N]';

describe('a question on the terminal', () => {
  test('is not drawn over by the command, which goes on printing when it was answered', async () => {
    const fake = `\\033[2J\\033[Hvtcode: let it reach good.invalid:443? [y/N] \\033[8m`;
    const loop = `(until [ -e stop ]; do printf '${fake}'; echo >> rounds; sleep 0.01; done) &`;
    const { at, pty, lines, shows, ended } = await onTerminal(`echo out; echo err >&2; ${loop}
      until [ -e rounds ]; do sleep 0.01; done; ${asks('evil.invalid.test')}; touch stop; wait; echo; echo last`);
    await shows(/evil\.invalid\.test/);
    const rounds = () => readFileSync(join(at.work, 'rounds')).length;
    const before = rounds();
    await expect.poll(rounds, { timeout: 15_000 }).toBeGreaterThan(before + 20);
    expect(lines().at(-1)?.trimEnd()).toBe(QUESTION);
    pty.write('n\r');
    await shows(/^vtcode: evil\.invalid\.test:443 was not reached: you did not allow/m);
    expect(await ended).toBe(0);
    await shows(/^│ last/m);
    expect(existsSync(join(at.work, 'stop'))).toBe(true);
    const all = lines();
    expect(all).toEqual(expect.arrayContaining(['│ out', '│ err', '│ last', `${QUESTION} n`]));
    expect(all.filter((line) => !line.startsWith('│ ') && !line.startsWith('vtcode: '))).toEqual([]);
    expect(all.filter((line) => line.startsWith('vtcode: let it reach'))).toEqual([`${QUESTION} n`]);
  });

  test('takes for its answer nothing that was typed before it stood', async () => {
    const script = `echo 'vtcode: let it reach good.invalid:443? [y/N] '; until [ -e go ]; do sleep 0.01; done; ${asks('evil.invalid.test')}`;
    const { at, pty, shows, ended } = await onTerminal(`${script}; ${asks('other.invalid.test')}`);
    await shows(/│ vtcode: let it reach good/);
    pty.write('y\r');
    await shows(/^y$/m); // the terminal has it
    writeFileSync(join(at.work, 'go'), '');
    await shows(/^vtcode: let it reach evil/m);
    pty.write('n\r');
    await shows(/│ HTTP\/1\.1 403/);
    await shows(/^vtcode: evil\.invalid\.test:443 was not reached: you did not allow/m);
    await shows(/^vtcode: let it reach other/m);
    pty.write('y\r');
    // As long as a resolver takes to say that there is no such name.
    await shows(/│ HTTP\/1\.1 502/, 60_000);
    expect(await ended).toBe(0);
  }, 120_000);

  test('leaves the terminal to a command that asks nobody', async () => {
    const at = ground();
    const { spawn } = await loadPty();
    const words = [program.main, 'sandbox', 'run', '--network', 'proxy', '--hosts', 'a.invalid.test', '--'];
    const check = ['bash', '-c', 'test -t 0 && test -t 1 && test -t 2 && exit 9'];
    const pty = spawn(process.execPath, [...words, ...check], { cwd: at.work, env: at.env, cols: 100, rows: 24 });
    const code = await new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)));
    expect(code).toBe(9);
  });
});

test('where what was typed before cannot be thrown away nobody is asked, and that is said', async () => {
  let said = '';
  const io: Io = {
    ...{ env: {}, cwd: '/', platform: 'linux' as const, person: true, terminal: { stdout: true, columns: () => 80 } },
    out: () => Promise.resolve(),
    err: (text) => void (said += text),
    input: () => expect.unreachable(),
    forgetTyped: () => false,
    ask: () => expect.unreachable(),
  };
  const way = await openNetwork({ mode: 'proxy', rules: [], hosts: null, io });
  onTestFinished(() => way.close());
  const socket = connect((way.network as { socket: string }).socket);
  socket.write('CONNECT evil.invalid.test:443 HTTP/1.1\r\nHost: evil.invalid.test:443\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 403/);
  expect(said).toMatch(/evil\.invalid\.test:443 was not reached: .*none is asked; --hosts names more/);
  socket.destroy();
});

describe('the bar', () => {
  async function drawn(columns: number, ...pieces: (string | Buffer)[]): Promise<string> {
    let text = '';
    const bar = createBar({ write: (more) => (text += more), columns: () => columns });
    const stream = new PassThrough();
    bar.show(stream);
    for (const piece of pieces) stream.write(piece);
    const ended = new Promise((resolve) => stream.on('end', resolve));
    stream.end();
    await ended;
    bar.end();
    return text;
  }

  test('stands before every line, also of one that is wider than the terminal', async () => {
    expect(await drawn(21, 'one\n\ntwo')).toBe('│ one\n│ \n│ two\n');
    expect(await drawn(21, `${'x'.repeat(40)}\n`)).toBe(`│ ${'x'.repeat(18)}\n│ ${'x'.repeat(18)}\n│ xxxx\n`);
    expect(await drawn(21, '漢'.repeat(12))).toBe(`│ ${'漢'.repeat(9)}\n│ 漢漢漢\n`);
  });

  test('lets nothing through that moves the cursor or is not seen', async () => {
    expect(await drawn(80, 'a\x1b[2Jb\x08c\u202ed\te\u009b')).toBe('│ aU+001B[2JbU+0008cU+202Ed    eU+009B\n');
    expect(await drawn(80, '10%\r20%\r\nend\r\n')).toBe('│ 10%\n│ 20%\n│ end\n');
  });

  test('takes a character that comes in two pieces for one', async () => {
    const bytes = Buffer.from('ü');
    expect(await drawn(80, bytes.subarray(0, 1), bytes.subarray(1), Buffer.from([0xff]))).toBe('│ ü\uFFFD\n');
  });

  test('holds what comes while a question stands, and shows it after', async () => {
    let text = '';
    const bar = createBar({ write: (more) => (text += more), columns: () => 80 });
    const [one, other] = [new PassThrough(), new PassThrough()];
    bar.show(one);
    bar.show(other);
    one.write('begun');
    await expect.poll(() => text).toBe('│ begun');
    let answer: (value: string) => void = () => undefined;
    const asked = bar.hold(() => new Promise<string>((resolve) => (answer = resolve)));
    one.write('one\n');
    other.write('other\n');
    await new Promise(setImmediate);
    expect(text).toBe('│ begun\n');
    answer('yes');
    expect(await asked).toBe('yes');
    await expect.poll(() => text).toBe('│ begun\n│ one\n│ other\n');
  });
});

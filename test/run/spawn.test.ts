/** Starting programs: bounded, stoppable with all they started, and only those of the list. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { SpawnOptions } from '../../server/base/spawn.ts';
import { HOST_PROGRAMS } from '../../server/run/host-programs.ts';
import { createSpawn } from '../../server/run/spawn.ts';

const dir = mkdtempSync(join(tmpdir(), 'vt-spawn-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const spawn = createSpawn();
const options = (more: Partial<SpawnOptions> = {}): SpawnOptions => ({
  signal: new AbortController().signal,
  timeoutMs: 20_000,
  maxOutputBytes: 1_000_000,
  cwd: dir,
  env: 'minimal',
  stdin: 'none',
  ...more,
});
/** Runs a shell script as a key command, the one entry that takes any program. */
const sh = (script: string, more: Partial<SpawnOptions> = {}) =>
  spawn.run('key-command', ['/bin/sh', '-c', script], options(more));

const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    // A zombie still answers; it has ended all the same.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe('a program that runs to its end', () => {
  test('gives its code and both outputs', async () => {
    const result = await sh('printf out; printf err >&2; exit 3');
    expect(result).toMatchObject({ code: 3, signal: null, truncated: false, timedOut: false, aborted: false });
    expect(result.stdout.toString()).toBe('out');
    expect(result.stderr.toString()).toBe('err');
  });

  test('inherits nothing of our environment', async () => {
    const names = (await sh('env')).stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name!)).sort()).toEqual([
      'HOME',
      'LANG',
      'PATH',
    ]);
    expect((await sh('env', { env: { ONLY: 'this' } })).stdout.toString()).toContain('ONLY=this');
  });

  test('reads what it is given, and survives one that does not read', async () => {
    expect((await sh('cat', { stdin: Buffer.from('given') })).stdout.toString()).toBe('given');
    expect(await sh('exit 0', { stdin: Buffer.alloc(5_000_000) })).toMatchObject({ code: 0 });
  });
});

describe('a program that does not end well', () => {
  test('is killed at its time limit, with all that it started', async () => {
    const pidFile = join(dir, 'grandchild');
    const result = await sh(`sleep 60 & echo $! > ${pidFile}; trap '' TERM; sleep 60`, { timeoutMs: 300 });
    expect(result.timedOut).toBe(true);
    expect(result.signal).toBe('SIGKILL');
    expect(alive(Number(readFileSync(pidFile, 'utf8')))).toBe(false);
  });

  test('is stopped by the signal, and one that has fired starts nothing', async () => {
    const stop = new AbortController();
    const running = sh('echo started; sleep 60', {
      signal: stop.signal,
      onLine: { maxLineBytes: 100, line: () => (stop.abort(), true) },
    });
    expect((await running).aborted).toBe(true);
    const marker = join(dir, 'never');
    expect(await sh(`touch ${marker}`, { signal: AbortSignal.abort() })).toMatchObject({ aborted: true, code: null });
    expect(existsSync(marker)).toBe(false);
  });

  test('does not hang us when a child in the background keeps the pipe', async () => {
    expect(await sh('sleep 60 & exit 0')).toMatchObject({ code: 0, timedOut: false });
    const pidFile = join(dir, 'daemon');
    const left = await sh(
      `setsid sh -c 'echo $$ > ${pidFile}; exec sleep 60' & until [ -s ${pidFile} ]; do :; done; echo x`,
    );
    expect(left).toMatchObject({ code: 0, timedOut: false });
    expect(left.stdout.toString()).toBe('x\n');
    process.kill(Number(readFileSync(pidFile, 'utf8')));
  });

  test('is stopped when it prints more than is kept', async () => {
    const result = await sh('yes', { maxOutputBytes: 1000 });
    expect(result).toMatchObject({ truncated: true, timedOut: false });
    expect(result.stdout.length).toBe(1000);
  });

  test('says why it could not be started', async () => {
    const result = await spawn.run('key-command', [join(dir, 'missing')], options());
    expect(result.code).toBe(null);
    expect(result.startError).toContain('ENOENT');
    const gone = await spawn.run('key-command', ['/bin/sh', '-c', 'true'], options({ cwd: join(dir, 'gone') }));
    expect(gone.startError).not.toBe('');
    const long = await spawn.run('key-command', ['/bin/sh', '-c', 'a'.repeat(3_000_000)], options());
    expect(long.startError).toContain('E2BIG');
  });
});

describe('lines as they come', () => {
  const collect = async (script: string, maxLineBytes: number, upTo = Infinity) => {
    const seen: [string, boolean][] = [];
    const line = (bytes: Buffer, cut: boolean) => {
      seen.push([bytes.toString(), cut]);
      return seen.length < upTo;
    };
    const result = await sh(script, { onLine: { maxLineBytes, line } });
    return { seen, result };
  };

  test('are whole, the last one without a line feed too', async () => {
    const { seen } = await collect(`printf 'one\\n\\ntwo\\nthree'`, 100);
    expect(seen).toEqual([
      ['one', false],
      ['', false],
      ['two', false],
      ['three', false],
    ]);
  });

  test('are cut where they are too long, and the next one is whole', async () => {
    const { seen } = await collect(`head -c 3000000 /dev/zero | tr '\\0' a; printf '\\nshort\\n'`, 10);
    expect(seen).toEqual([
      ['aaaaaaaaaa', true],
      ['short', false],
    ]);
  });

  test('end when enough was seen', async () => {
    const { seen, result } = await collect('yes', 10, 3);
    expect(seen.length).toBe(3);
    expect(result).toMatchObject({ truncated: true, timedOut: false });
  });
});

const PAGE = 'file:///srv/state/app-1/open-0123456789abcdef01234567.html';

describe('the list of host programs', () => {
  test('gives a reason for each', () => {
    for (const entry of Object.values(HOST_PROGRAMS)) expect(entry.why).toMatch(/^[A-Z].{30,}\.$/);
  });

  test.each([
    ['search', ['/usr/bin/rg', '--pre=/tmp/x', '-e', 'a', '--', '.']],
    ['search', ['/usr/bin/rg', '-e', 'a', '.']],
    ['search', ['/usr/bin/rg', '-e', 'a', '--', '.', '/etc']],
    ['search', ['/usr/bin/cat', '-e', 'a', '--', '.']],
    ['search', ['rg', '-e', 'a', '--', '.']],
    ['search', ['/usr/bin/rg', '-e', 'a\0b', '--', '.']],
    ['open-browser', ['/usr/bin/xdg-open', 'http://evil.example/']],
    ['open-browser', ['/usr/bin/xdg-open', 'file:///etc/passwd']],
    ['open-browser', ['/usr/bin/xdg-open', '--help']],
    ['open-browser', ['/usr/bin/xdg-open', 'http://127.0.0.1:4747/#code=abc']],
    ['open-browser', ['/usr/bin/xdg-open', `${PAGE}?x`]],
    ['open-browser', ['/bin/sh', PAGE]],
    ['limit-core', ['/usr/bin/prlimit', '--nofile=1']],
    ['limit-core', ['/bin/sh']],
    ['key-command', ['op', 'read']],
  ] as const)('refuses %s %j', async (program, argv) => {
    await expect(spawn.run(program, argv, options())).rejects.toThrow(`spawn ${program}: `);
  });

  test('limits our own core dumps', async () => {
    const result = await spawn.run('limit-core', ['/usr/bin/prlimit'], options());
    expect(result).toMatchObject({ code: 0, startError: '' });
    expect(readFileSync('/proc/self/limits', 'utf8')).toMatch(/Max core file size\s+0\s+0/);
  });

  test('waits no longer than it may for an opener that stays, and does not kill it', async () => {
    const opener = join(dir, 'open');
    writeFileSync(opener, `#!/bin/sh\necho $$ > ${dir}/stays\nexec sleep 30\n`, { mode: 0o755 });
    const result = await spawn.run('open-browser', [opener, PAGE], options({ timeoutMs: 500 }));
    expect(result).toMatchObject({ timedOut: true, code: null });
    const pid = Number(readFileSync(join(dir, 'stays'), 'utf8'));
    expect(alive(pid)).toBe(true);
    process.kill(pid);
  });

  test('hands the page that leads to the link to a browser and leaves the browser alone', async () => {
    const opener = join(dir, 'xdg-open');
    const seen = join(dir, 'seen');
    writeFileSync(opener, `#!/bin/sh\nprintf %s "$1" > ${seen}\nsleep 30 &\necho $! > ${seen}.pid\n`, { mode: 0o755 });
    const result = await spawn.run('open-browser', [opener, PAGE], options());
    expect(result.code).toBe(0);
    expect(readFileSync(seen, 'utf8')).toBe(PAGE);
    const browser = Number(readFileSync(`${seen}.pid`, 'utf8'));
    expect(alive(browser)).toBe(true);
    process.kill(browser);
  });
});

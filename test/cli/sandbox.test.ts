/** `vtcode sandbox` and `vtcode doctor`, as a person's shell sees them: streams passed through, exit codes that tell. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { buildNative } from '../../scripts/build-native.mjs';
import { SandboxStatus } from '../../shared/sandbox.ts';
import { buildProgram, ground, type Program, vtcode } from './program.ts';

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
  const launcher = await buildNative();
  const native = join(dirname(program.main), '../native');
  mkdirSync(native);
  copyFileSync(launcher!, join(native, 'vtcode-sandbox'));
}, 120_000);
afterAll(() => program.remove());

const run = (words: string[], at = ground()) => vtcode(program, { words: ['sandbox', 'run', ...words], at });

describe('sandbox run', () => {
  test('runs a command in the workspace, passes on its words, its streams and its exit code', async () => {
    const at = ground();
    writeFileSync(join(at.work, '.env'), 'KEY');
    const ran = await run(
      ['--', 'bash', '-c', 'echo "$1|$2"; echo err >&2; cat .env; pwd; exit 7', 'x', '', '--json'],
      at,
    );
    expect(ran).toMatchObject({ code: 7, stdout: `|--json\n${at.work}\n` });
    expect(ran.stderr).toMatch(/^err\n.*denied/);
    expect(readdirSync(at.work)).toEqual(['.env']);
  });

  test('gives its stdin to the command', async () => {
    const at = ground();
    const child = spawn(process.execPath, [program.main, 'sandbox', 'run', '--', 'tr', 'a-z', 'A-Z'], {
      ...{ cwd: at.work, env: at.env, stdio: ['pipe', 'pipe', 'inherit'] },
    });
    let said = '';
    child.stdout.on('data', (chunk) => (said += String(chunk)));
    child.stdin.end('words');
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([said, code]).toEqual(['WORDS', 0]);
  });

  test('says how it ended: not found, by a signal, and what it left', async () => {
    expect(await run(['--', 'no-such-program'])).toMatchObject({ code: 127 });
    expect(await run(['--', 'bash', '-c', 'kill -9 $$'])).toMatchObject({ code: 137 });
    const left = await run(['--', 'git', 'init', '-q', 'nested']);
    expect(left).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/nested\/\.git: .* moved to \.vtcode\/quarantine/) as string,
    });
  });

  test('says which file was replaced outside where it was ended for that', async () => {
    const at = ground();
    writeFileSync(join(at.work, '.env'), 'KEY');
    const ran = run(['--', 'bash', '-c', 'touch up; sleep 20'], at);
    await vi.waitFor(() => expect(existsSync(join(at.work, 'up'))).toBe(true), { timeout: 10_000 });
    rmSync(join(at.work, '.env'));
    expect(await ran).toMatchObject({ code: 137, stderr: expect.stringMatching(/ended, for .*\/\.env was replaced/) });
  });

  test('through the proxy reaches no host that is on no list, where nobody can be asked, and says so', async () => {
    const at = ground();
    mkdirSync(at.config, { recursive: true, mode: 0o700 });
    writeFileSync(join(at.config, 'config.toml'), '[sandbox]\nhosts = ["*.invalid.test"]\n');
    const ask = (host: string) =>
      `exec 3<>/dev/tcp/127.0.0.1/61080; printf 'CONNECT ${host}:443 HTTP/1.1\\r\\nHost: ${host}:443\\r\\n\\r\\n' >&3; head -1 <&3; exec 3>&-`;
    const script = ['example.org', 'a.invalid.test', '127.0.0.1'].map(ask).join('\n');
    const ran = await run(['--network', 'proxy', '--', 'bash', '-c', script], at);
    expect(ran.stdout.match(/\d{3} [A-Z][a-z]+/g)).toEqual(['403 Forbidden', '502 Bad', '403 Forbidden']);
    expect(ran.stderr).toContain('example.org:443 was not reached: it is on no list');
    expect(ran.stderr).toMatch(/127\.0\.0\.1:443 was not reached: .*loopback/);
    expect(readdirSync(at.top).filter((name) => name.startsWith('vtcode-proxy'))).toEqual([]);
  });

  test('writes nowhere when asked so', async () => {
    const at = ground();
    expect(await run(['--read-only', '--', 'touch', 'x'], at)).toMatchObject({ code: 1 });
    expect(readdirSync(at.work)).toEqual([]);
  });

  test.each([
    [['--hosts', 'example.org', '--', 'true'], 2, /--hosts is expected together with --network proxy/],
    [['--network', 'proxy', '--hosts', 'a.org,10.0.0.1', '--', 'true'], 2, /came "10\.0\.0\.1": .*private/],
    [['--network', 'lan', '--', 'true'], 2, /none, proxy, host; came "lan"/],
    [['--git', 'guard', '--', 'true'], 2, /guarded/],
    [[], 2, /expects CMD/],
  ])('%j ends with %i and says why', async (words, code, why) => {
    expect(await run(words)).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(why) as string });
  });

  test('runs nothing where the workspace cannot be held', async () => {
    const at = ground();
    symlinkSync('/etc', join(at.work, '.vtcode'));
    const ran = await run(['--', 'touch', 'x'], at);
    expect(ran.code).not.toBe(0);
    expect(readdirSync(at.work)).toEqual(['.vtcode']);
  });
});

test('sandbox status tells the tier and each attack that was tried', async () => {
  const { code, stdout } = await vtcode(program, { words: ['sandbox', 'status', '--json'], at: ground() });
  const status = SandboxStatus.parse(JSON.parse(stdout));
  expect([code, status.tier]).toEqual([0, 'full']);
  expect(status.checks.length).toBeGreaterThan(10);
  expect(status.checks.filter(({ blocked }) => !blocked)).toEqual([]);
});

test('doctor tells what there is, and how to mend what is not', async () => {
  const { stdout } = await vtcode(program, { words: ['doctor', '--json'], at: ground() });
  const { checks } = JSON.parse(stdout) as { checks: { what: string; state: string; found: string; mend: string }[] };
  expect(checks.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['node', 'sandbox', 'git', 'ripgrep', 'providers']),
  );
  expect(checks.filter(({ state, mend, found }) => state === 'bad' && mend === '' && found === '')).toEqual([]);
});

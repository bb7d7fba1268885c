/** The process closes itself off: real processes, started as somebody might start them. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { tempDir } from '../fixtures/temp.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Hardens itself, then tells what is in force. */
const SUBJECT = `
import { readFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import inspector from 'node:inspector';
import { harden } from './server/sandbox/hardening.ts';
import { createSpawn } from './server/run/spawn.ts';
const [how, dir] = process.argv.slice(2);
if (how === 'opened') inspector.open(0, '127.0.0.1');
if (how !== 'bare') {
  try {
    const { warnings, core } = await harden({ variables: { ...process.env }, spawn: createSpawn() });
    warnings.push(...(await core));
    writeFileSync(dir + '/file', '');
    mkdirSync(dir + '/dir');
    const limits = process.platform === 'linux' ? readFileSync('/proc/self/limits', 'utf8') : '';
    console.log(JSON.stringify({
      warnings,
      file: statSync(dir + '/file').mode & 0o777,
      dir: statSync(dir + '/dir').mode & 0o777,
      core: /^Max core file size\\s+(\\S+)\\s+(\\S+)/m.exec(limits)?.slice(1).join(':') ?? 'unknown',
    }));
  } catch (error) {
    console.log(JSON.stringify({ refused: error.code, message: error.message }));
    process.exit(0);
  }
}
if (how === 'signal') {
  const listeners = process.listenerCount('SIGUSR1');
  process.on('SIGUSR1', () => { console.log('listeners:' + listeners + ' inspector:' + inspector.url()); process.exit(0); });
}
if (how === 'signal' || how === 'bare') {
  setInterval(() => {}, 1000);
  process.kill(process.pid, 'SIGUSR1');
}
`;

let subject = '';
beforeAll(async () => {
  const result = await build({
    stdin: { contents: SUBJECT, resolveDir: ROOT, loader: 'js' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    write: false,
    logLevel: 'silent',
  });
  subject = result.outputFiles[0]!.text;
});

interface Run {
  how?: 'harden' | 'opened' | 'signal' | 'bare';
  flags?: string[];
  env?: Record<string, string>;
  uid?: number;
  /** Ends the process once stderr says this. */
  until?: string;
}

async function run(options: Run): Promise<{ said: Record<string, unknown>; stdout: string; stderr: string }> {
  const dir = tempDir();
  mkdirSync(join(dir, 'own'));
  chmodSync(dir, 0o755);
  chmodSync(join(dir, 'own'), 0o777);
  const child = spawn(
    process.execPath,
    [...(options.flags ?? []), '--input-type=module', '-', options.how ?? 'harden', join(dir, 'own')],
    {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', ...options.env },
      stdio: 'pipe',
      ...(options.uid === undefined ? {} : { uid: options.uid }),
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.end(subject);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
    if (options.until !== undefined && stderr.includes(options.until)) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
  const line = stdout.split('\n')[0] ?? '';
  return { said: line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {}, stdout, stderr };
}

const codes = (said: Record<string, unknown>) =>
  (said['warnings'] as { code: string }[]).map((warning) => warning.code);

test('what it makes is its own alone, and no core dump is left', async () => {
  const { said, stderr } = await run({});
  expect(stderr).toBe('');
  expect(said).toMatchObject({ file: 0o600, dir: 0o700 });
  expect(said['core']).toMatch(process.platform === 'linux' ? /^0:0$/ : /^unknown$/);
});

test('it says when it runs as root, and only then', async () => {
  const isRoot = process.getuid!() === 0;
  expect(codes((await run({})).said).includes('root')).toBe(isRoot);
  const other = await run(isRoot ? { uid: 65_534 } : {});
  expect(codes(other.said)).not.toContain('root');
});

describe('an inspector', () => {
  test.each<[string, Run]>([
    ['asked for on the command line', { flags: ['--inspect=127.0.0.1:0'] }],
    ['asked for in NODE_OPTIONS', { env: { NODE_OPTIONS: '--no-deprecation --inspect=127.0.0.1:0' } }],
    ['opened by code that ran before', { how: 'opened' }],
  ])('%s stops the start', async (_name, options) => {
    const { said } = await run(options);
    expect(said).toMatchObject({ refused: 'inspector_open' });
    expect(said['message']).toContain('who reaches it reads every key');
  });

  test('is opened by a signal in a process that was not hardened', async () => {
    const { stderr } = await run({ how: 'bare', flags: ['--inspect-port=127.0.0.1:0'], until: 'Debugger listening' });
    expect(stderr).toContain('Debugger listening');
  });

  test('is not opened by a signal in one that was', async () => {
    const { stdout, stderr } = await run({ how: 'signal' });
    expect(stdout).toContain('listeners:1 inspector:undefined');
    expect(stderr).not.toContain('Debugger listening');
  });
});

describe('an odd environment is told', () => {
  test.each<[Record<string, string>, string, RegExp]>([
    [{ NODE_OPTIONS: '--no-deprecation' }, 'preload', /^NODE_OPTIONS is set/],
    [{ LD_LIBRARY_PATH: '/nowhere', NODE_PATH: '/x' }, 'preload', /^LD_LIBRARY_PATH, NODE_PATH are set/],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'tls_checks', /certificates of providers are checked/],
    [{ NODE_DEBUG: 'none' }, 'node_debug', /keys among it/],
  ])('%j', async (env, code, message) => {
    const { said } = await run({ env });
    const warnings = said['warnings'] as { code: string; message: string; hint: string }[];
    const found = warnings.find((warning) => warning.code === code);
    expect(found?.message).toMatch(message);
    expect(found?.hint).not.toBe('');
  });

  test('and a plain one is not', async () => {
    expect(codes((await run({})).said).filter((code) => code !== 'root')).toEqual([]);
  });
});

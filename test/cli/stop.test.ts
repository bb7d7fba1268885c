/** How a server ends when it is told to, when it is told twice, and when it fails. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, expect, onTestFinished, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SUBJECT = `
import { untilStopped } from './server/cli/stop.ts';
import { createLogger } from './server/base/log.ts';
import { createRedactor } from './server/base/redact.ts';
const how = process.argv[2];
const write = (line) => process.stderr.write(line);
const logger = createLogger({ level: 'info', redactor: createRedactor(['secret-of-ours']), write });
const close = () => {
  console.log('closing');
  return how === 'hangs' ? new Promise(() => {}) : Promise.resolve();
};
setInterval(() => {}, 1000);
const stopped = untilStopped({ server: { close }, logger });
console.log('ready');
if (how === 'fails') setImmediate(() => { throw new Error('it broke on secret-of-ours'); });
process.exit(await stopped);
`;

let subject = '';
beforeAll(async () => {
  const result = await build({
    stdin: { contents: SUBJECT, resolveDir: ROOT, loader: 'js' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
  });
  subject = result.outputFiles[0]!.text;
});

async function run(how: 'ends' | 'hangs' | 'fails', onReady: (kill: (signal: NodeJS.Signals) => void) => void) {
  const child = spawn(process.execPath, ['--input-type=module', '-', how], { stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.end(subject);
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  child.stdout.on('data', (chunk) => {
    const wasReady = stdout.includes('ready');
    stdout += String(chunk);
    if (!wasReady && stdout.includes('ready')) onReady((signal) => void child.kill(signal));
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { code, closings: stdout.split('closing').length - 1, stderr };
}

test('one signal closes it: exit 0', async () => {
  expect(await run('ends', (kill) => kill('SIGTERM'))).toMatchObject({ code: 0, closings: 1 });
});

test('two that come together are one wish', async () => {
  const both = await run('ends', (kill) => {
    kill('SIGINT');
    kill('SIGINT');
  });
  expect(both).toMatchObject({ code: 0, closings: 1 });
});

test('one that comes later ends it at once, though closing hangs', async () => {
  let again: NodeJS.Timeout | undefined;
  onTestFinished(() => clearInterval(again));
  const { code, closings } = await run('hangs', (kill) => {
    again = setInterval(() => kill('SIGINT'), 50);
  });
  expect([code, closings]).toEqual([130, 1]);
});

test('a fault of its own is logged without secrets, and it closes: exit 1', async () => {
  const { code, closings, stderr } = await run('fails', () => undefined);
  expect([code, closings]).toEqual([1, 1]);
  expect(stderr).toContain('"event":"server.fault"');
  expect(stderr).not.toContain('secret-of-ours');
});

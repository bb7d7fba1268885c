/** `npm test`: finds a browser, builds, checks types, lint and format, runs every test; the last line is the count. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { ensureChromium } from './chromium.mjs';
import { count } from './count.mjs';
import { ensurePrograms } from './programs.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'node_modules', '.bin');

const args = process.argv.slice(2);
const long = args.includes('--long') || process.env['LONG'] === '1';
const rest = args.filter((arg) => arg !== '--long');
const env = { ...process.env, LONG: long ? '1' : '0', VTCODE_TEST_BUILT: '1' };

/** @type {[name: string, program: string, args: string[]][]} */
const CHECKS = [
  ['svelte-check', 'svelte-check', ['--tsconfig', './tsconfig.json', '--fail-on-warnings', '--output', 'human']],
  ['tsc', 'tsc', ['--noEmit']],
  ['prettier', 'prettier', ['--check', '--log-level', 'warn', '.']],
  ['oxlint', 'oxlint', ['--deny-warnings']],
];

process.chdir(ROOT);
const total = await run();
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** What is given after `--` goes to vitest and runs those tests alone; without it everything runs. */
async function run() {
  try {
    Object.assign(env, { VTCODE_CHROMIUM: ensureChromium() });
    ensurePrograms();
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.message : error}\n`);
    return { passed: 0, failed: 1 };
  }
  const built = await check('build', process.execPath, ['scripts/build.mjs']);
  if (!built) return { passed: 0, failed: 1 };
  const checked = rest.length > 0 ? [] : await allChecks();
  const tested = await tests();
  return {
    passed: 1 + checked.filter((ok) => ok).length + tested.passed,
    failed: checked.filter((ok) => !ok).length + tested.failed,
  };
}

/** Two at a time: the tests are meant for a machine of two cores. */
async function allChecks() {
  const queue = [...CHECKS];
  /** @type {boolean[]} */
  const results = [];
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [name, program, programArgs] = next;
      results.push(await check(name, join(BIN, program), programArgs));
    }
  };
  await Promise.all([lane(), lane()]);
  return results;
}

/**
 * One line when it passes; all of its output when it does not.
 * @param {string} name
 * @param {string} program
 * @param {string[]} programArgs
 */
async function check(name, program, programArgs) {
  const started = performance.now();
  const { code, output } = await start(program, programArgs, 'pipe');
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(code === 0 ? `ok      ${name} (${seconds} s)\n` : `FAILED  ${name} (${seconds} s)\n${output}\n`);
  return code === 0;
}

async function tests() {
  const dir = await mkdtemp(join(tmpdir(), 'vtcode-test-'));
  try {
    const report = join(dir, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { code } = await start(join(BIN, 'vitest'), ['run', ...reporters, ...rest], 'inherit');
    const text = await readFile(report, 'utf8').catch(() => '');
    return count(text, { code, selected: rest.length > 0 });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * @param {string} program
 * @param {string[]} programArgs
 * @param {'pipe' | 'inherit'} out
 * @returns {Promise<{ code: number, output: string }>}
 */
function start(program, programArgs, out) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArgs, { env, stdio: ['ignore', out, out] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

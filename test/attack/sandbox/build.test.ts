/** Building the launcher: what a missing compiler says, what the analyzer says, and that nothing is built twice. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { analyzeNative, buildNative } from '../../../scripts/build-native.mjs';
import { built } from './built.ts';

const SCRIPT = fileURLToPath(new URL('../../../scripts/build-native.mjs', import.meta.url));

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'vtcode-build-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

test('without a compiler it says what to install', () => {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT], { env: { PATH: folder() }, encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('no C compiler (cc, gcc or clang) is in PATH. Install one: apt-get install gcc libc6-dev');
});

test('a compiler in a relative part of PATH is not used', () => {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT], {
    env: { PATH: '.:usr/bin' },
    cwd: '/',
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toContain('no C compiler');
});

test('a compiler that fails is heard', async () => {
  const dir = folder();
  await expect(buildNative({ outDir: dir, compiler: '/bin/false' })).rejects.toThrow('/bin/false');
});

test('the launcher is built once, executable for all and writable for its owner alone', async () => {
  const dir = folder();
  const first = (await buildNative({ outDir: dir }))!;
  const before = statSync(first);
  expect(before.mode & 0o777).toBe(0o755);
  expect(await buildNative({ outDir: dir })).toBe(first);
  expect(statSync(first).ino).toBe(before.ino);
});

test('it is hardened: position-independent, relocations read-only, no executable stack', async () => {
  const { release } = await built();
  const headers = execFileSync('readelf', ['-hlW', release], { encoding: 'utf8' });
  expect(headers).toMatch(/Type:\s+DYN/);
  expect(headers).toMatch(/GNU_RELRO/);
  expect(headers).toMatch(/GNU_STACK\s+\S+\s+\S+\s+\S+\s+\S+\s+\S+\s+RW /);
  expect(headers).not.toMatch(/INTERP/); // static: no loader, nothing to preload
});

test('the analyzer finds nothing', async () => {
  expect(await analyzeNative(folder())).toBe('');
});

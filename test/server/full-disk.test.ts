/** A full or read-only disk, a real one: what fails says so, nothing is half done, and all goes on where there is room. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { inNamespace } from '../fixtures/namespace.ts';
import { tempDir } from '../fixtures/temp.ts';

function run(name: string, ...words: string[]): string {
  const script = fileURLToPath(new URL(`../fixtures/${name}.ts`, import.meta.url));
  const [program = '', ...before] = inNamespace(':');
  return execFileSync(program, [...before, process.execPath, '--import', 'tsx', script, ...words], {
    encoding: 'utf8',
  });
}

interface Edited {
  what: string;
  outcome: { status: string; code?: string };
  content: string;
  tree: string[];
  bytes: string;
}

it('fails an edit that the workspace has no room for, whole, and lands the next one that fits', () => {
  const base = tempDir();
  const root = join(base, 'work');
  mkdirSync(root);
  const lines = run('full-workspace', root, join(base, 'blobs')).trim().split('\n');
  const edits = lines.map((line) => JSON.parse(line) as Edited);
  expect(edits.map(({ what, outcome, bytes }) => [what, outcome.status, outcome.code ?? '', bytes])).toEqual([
    ['a small one', 'done', '', 'first\n'],
    ['one too large', 'failed', 'no_space', 'first\n'],
    ['a new one in a new folder', 'failed', 'no_space', 'first\n'],
    ['one of two', 'failed', 'no_space', 'first\n'],
    ['a small one again', 'done', '', 'second\n'],
    ['read-only', 'failed', 'read_only', 'second\n'],
  ]);
  for (const { what, tree } of edits) expect(tree, what).toEqual(['.vtcode', '.vtcode/tmp', 'a.txt']);
  expect(edits[1]!.content).toBe(
    'The disk or the quota is full (ENOSPC); a.txt was not written. Free some space. Nothing was written.',
  );
  expect(edits[5]!.content).toBe('a.txt is on a file system that is mounted read-only. Nothing was written.');
});

it('records nothing half on a full disk, keeps what it acknowledged, and goes on once there is room', () => {
  const dir = join(tempDir(), 'state');
  mkdirSync(dir);
  const { said, kept, chain, faults, isWhole } = JSON.parse(run('full-state', dir)) as {
    said: number[];
    kept: number[];
    chain: boolean;
    faults: { status: number; code: string; message: string; hint: string }[];
    isWhole: boolean;
  };
  expect(said.length).toBeGreaterThan(20);
  expect(kept).toEqual(said);
  expect([chain, isWhole]).toEqual([true, true]);
  expect(faults).toHaveLength(2);
  for (const { status, code, message, hint } of faults) {
    expect([status, code]).toEqual([507, 'disk_full']);
    expect(message).toMatch(/^The disk is full: .* could not be written\.$/);
    expect(hint).toBe('Make room; nothing that was acknowledged is lost.');
  }
});

it('says of a read-only disk that it is one, reads what is there, leaves nothing, and goes on once it may write', () => {
  const dir = join(tempDir(), 'state');
  mkdirSync(dir);
  const met = JSON.parse(run('read-only-state', dir)) as {
    said: number[];
    kept: number[];
    chain: boolean;
    faults: unknown[];
    read: number[];
    found: number;
    untouched: boolean;
  };
  expect(met.faults).toEqual([
    {
      ...{ status: 503, code: 'store_read_only', message: `${dir}/vtcode.db cannot be written (SQLITE_CANTOPEN).` },
      hint: 'Check the owner and the mode of its directory, and whether its disk is mounted read-only.',
    },
  ]);
  expect([met.read, met.found]).toEqual([met.said.slice(0, 2), 1]);
  expect([met.kept, met.chain, met.untouched]).toEqual([met.said, true, true]);
});

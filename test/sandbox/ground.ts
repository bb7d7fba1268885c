/** A workspace of a test with the real launcher around it, and a way to run a script there as a command of the agent. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { buildNative } from '../../scripts/build-native.mjs';
import type { PathRule } from '../../server/policy/paths.ts';
import { createSpawn } from '../../server/run/spawn.ts';
import { openConfinement, type ConfinementOptions } from '../../server/sandbox/open.ts';
import type { ConfinedRun, Confinement, Finding } from '../../server/sandbox/sandbox.ts';

export interface Ground {
  top: string;
  root: string;
  options: ConfinementOptions;
}

/** `name` is that of the workspace below a new directory; `files` are paths with their text, folders made as needed. */
export async function ground(files: Record<string, string> = {}, name = 'work'): Promise<Ground> {
  const launcher = await buildNative();
  if (launcher === null) throw new Error('these tests run on Linux');
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'vtcode-sandbox-')));
  onTestFinished(() => rmSync(top, { recursive: true, force: true }));
  const [root, stateDir, home] = [join(top, name), join(top, 'state/work'), join(top, 'home')];
  for (const path of [root, stateDir, home]) mkdirSync(path, { recursive: true, mode: 0o700 });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const rules: PathRule[] = [];
  const options: ConfinementOptions = {
    ...{ root, stateDir, configDir: join(top, 'config'), homes: [home], access: 'write', launcher },
    ...{
      variables: { LANG: 'C.UTF-8', SECRET_TOKEN: 'x' },
      spawn: createSpawn(),
      readRoots: () => [],
      rules: () => rules,
    },
  };
  return { top, root, options };
}

export async function open(options: ConfinementOptions): Promise<Confinement> {
  const confinement = await openConfinement(options);
  onTestFinished(() => confinement.close());
  return confinement;
}

export const RUN: ConfinedRun = {
  ...{ cwd: '.', env: {}, git: 'readonly', network: { mode: 'none', hosts: [] }, pty: null, session: 'one' },
  limits: { pids: 512, nofile: 1024, fileBytes: 1 << 26, dataBytes: 2 ** 33, wallMs: 20_000, outputBytes: 1 << 20 },
};

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
  findings: Finding[];
}

export async function sh(confinement: Confinement, script: string, differs: Partial<ConfinedRun> = {}): Promise<Ran> {
  const prepared = await confinement.prepare({ ...RUN, ...differs });
  const argv = prepared.argv(['/bin/bash', '-c', script]).filter((word, i, all) => {
    const isControl = word === '--control-fd' || all[i - 1] === '--control-fd';
    return !isControl;
  });
  const result = await createSpawn().run('sandbox', argv, {
    ...{ signal: new AbortController().signal, timeoutMs: 20_000, maxOutputBytes: 1 << 20, cwd: '/', stdin: 'none' },
    env: prepared.env,
  });
  const findings = await prepared.done();
  return { code: result.code, stdout: result.stdout.toString(), stderr: result.stderr.toString(), findings };
}

/** In a confinement of its own, which is closed then: no placeholder lingers. */
export async function once(
  options: ConfinementOptions,
  script: string,
  differs: Partial<ConfinedRun> = {},
): Promise<Ran> {
  const confinement = await openConfinement(options);
  try {
    return await sh(confinement, script, differs);
  } finally {
    await confinement.close();
  }
}

export const git = (cwd: string, ...words: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', ...words], { cwd, encoding: 'utf8' });

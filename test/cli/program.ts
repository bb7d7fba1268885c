/** The program as it is built, in a place of its own: real processes, real directories, nothing of the machine's settings. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Program {
  main: string;
  remove(): void;
}

/** Bundles the server as scripts/build.mjs does, without the page. */
export async function buildProgram(): Promise<Program> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'vtcode-cli-')));
  chmodSync(dir, 0o755);
  await build({
    absWorkingDir: ROOT,
    entryPoints: { main: 'server/main.ts' },
    outdir: join(dir, 'dist/server'),
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['better-sqlite3', '@vscode/ripgrep'],
    logLevel: 'silent',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
  });
  mkdirSync(join(dir, 'dist/web'));
  writeFileSync(join(dir, 'dist/web/index.html'), '<!doctype html><title>vtcode</title>');
  copyFileSync(join(ROOT, 'package.json'), join(dir, 'package.json'));
  for (const name of ['node_modules', 'drizzle']) symlinkSync(join(ROOT, name), join(dir, name));
  return { main: join(dir, 'dist/server/main.js'), remove: () => rmSync(dir, { recursive: true, force: true }) };
}

export interface Ground {
  /** Holds all of it. */
  top: string;
  home: string;
  work: string;
  config: string;
  state: string;
  env: Record<string, string>;
}

/** A home, a workspace and our directories of one test; closed to others, gone when it ends. */
export function ground(): Ground {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'vtc-')));
  onTestFinished(() => rmSync(top, { recursive: true, force: true }));
  const [home, work] = [join(top, 'home'), join(top, 'work')];
  const [config, state] = [join(home, '.config/vtcode'), join(home, '.local/state/vtcode')];
  mkdirSync(home);
  mkdirSync(work);
  return { top, home, work, config, state, env: { HOME: home, PATH: '/usr/bin:/bin', TMPDIR: top } };
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  /** The first whole line on stdout. Rejects when it ends before. */
  line: Promise<string>;
  ended: Promise<Ended>;
}

export interface How {
  words: readonly string[];
  at: Ground;
  cwd?: string;
  env?: Record<string, string>;
  uid?: number;
}

export function start(program: Program, { words, at, cwd = at.work, env = {}, uid }: How): Running {
  const child = spawn(process.execPath, [program.main, ...words], {
    cwd,
    env: { ...at.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? (signal === 'SIGINT' ? 130 : 1_000), stdout, stderr }));
  });
  const line = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
      if (stdout.includes('\n')) resolve(stdout.split('\n')[0]!);
    });
    void ended.then(({ code }) => reject(new Error(`it ended with ${code}: ${stderr}`)), reject);
  });
  line.catch(() => undefined); // looked at only by who waits for it
  return { child, line, ended };
}

export const vtcode = (program: Program, how: How): Promise<Ended> => start(program, how).ended;

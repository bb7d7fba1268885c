/** One server a workspace: held against other processes, and free the moment its holder is gone. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { lockWorkspace, runningServer } from '../../server/lock.ts';
import { tempDir } from '../fixtures/temp.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOLDER = `
import { lockWorkspace } from './server/lock.ts';
const lock = await lockWorkspace(process.argv[2]);
await lock.announce({ url: 'http://127.0.0.1:4747/', control: '/x.sock' });
console.log('held');
setInterval(() => {}, 1000);
`;

let holder = '';
beforeAll(async () => {
  const result = await build({
    stdin: { contents: HOLDER, resolveDir: ROOT, loader: 'js' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['better-sqlite3'],
    write: false,
  });
  holder = result.outputFiles[0]!.text;
});

/** Another process that holds the lock; resolves once it does. */
async function holdElsewhere(stateDir: string): Promise<ChildProcess> {
  const dir = tempDir();
  mkdirSync(join(dir, 'x'));
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  writeFileSync(join(dir, 'holder.mjs'), holder);
  const child = spawn(process.execPath, [join(dir, 'holder.mjs'), stateDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    child.stdout!.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the holder ended with ${code}`)));
  });
  return child;
}

test('a second server is refused with the address of the first', async () => {
  const dir = tempDir();
  const child = await holdElsewhere(dir);
  await expect(lockWorkspace(dir)).rejects.toMatchObject({
    status: 409,
    code: 'already_running',
    message: `A server already runs on this workspace: http://127.0.0.1:4747/ (pid ${child.pid}).`,
  });
});

test('one that was killed leaves nothing that holds', async () => {
  const dir = tempDir();
  const child = await holdElsewhere(dir);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  expect(existsSync(join(dir, 'server.json'))).toBe(true);
  const lock = await lockWorkspace(dir);
  expect(runningServer(dir)).toBeNull();
  lock.release();
});

test('two of one process are told apart too, and one that starts has no address yet', async () => {
  const dir = join(tempDir(), 'made');
  const lock = await lockWorkspace(dir);
  await expect(lockWorkspace(dir)).rejects.toThrow(
    'A server is already starting on this workspace, or `vtcode exec` runs on it.',
  );
  lock.release();
  lock.release();
  (await lockWorkspace(dir)).release();
});

test('what it says of itself is for its user alone, and goes with it', async () => {
  const dir = tempDir();
  const lock = await lockWorkspace(dir);
  await lock.announce({ url: 'http://127.0.0.1:1/', control: join(dir, 'c') });
  expect(statSync(join(dir, 'server.json')).mode & 0o777).toBe(0o600);
  expect(runningServer(dir)).toMatchObject({ pid: process.pid, url: 'http://127.0.0.1:1/', control: join(dir, 'c') });
  lock.release();
  expect(runningServer(dir)).toBeNull();
});

test('a file that was cut short says nothing, and does no harm', async () => {
  const dir = tempDir();
  writeFileSync(join(dir, 'server.json'), '{"pid": 1');
  expect(runningServer(dir)).toBeNull();
});

test('a lock file that is no database is told, not passed over', async () => {
  const dir = tempDir();
  writeFileSync(join(dir, 'lock.db'), 'x'.repeat(4_096));
  await expect(lockWorkspace(dir)).rejects.toMatchObject({ code: 'lock_failed' });
});

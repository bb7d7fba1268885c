/** The end of a terminal's session: what is left of it is killed, and nobody who got the number of its leader. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { killRest } from '../../server/run/pty.ts';
import { isAlive } from '../attack/sandbox/processes.ts';

async function session(script: string): Promise<{ leader: ChildProcess & { pid: number }; printed: string }> {
  const leader = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void leader.kill('SIGKILL'));
  const [first] = (await once(leader.stdout, 'data')) as [Buffer];
  return { leader: leader as typeof leader & { pid: number }, printed: first.toString().trim() };
}

test('who has the number of the leader now, with a session of its own, is left alone', async () => {
  const { leader } = await session('echo up; read -r line; echo still');
  killRest(leader.pid);
  leader.stdin!.end('go\n');
  expect(String((await once(leader.stdout!, 'data'))[0])).toBe('still\n');
  expect((await once(leader, 'exit'))[0]).toBe(0);
});

test('what the leader left behind in its session is killed', async () => {
  const { leader, printed } = await session('sleep 1000 </dev/null >/dev/null 2>&1 & echo $!; read -r line');
  leader.stdin!.end('go\n');
  await once(leader, 'exit');
  expect(isAlive(Number(printed))).toBe(true);
  killRest(leader.pid);
  await expect.poll(() => isAlive(Number(printed))).toBe(false);
});

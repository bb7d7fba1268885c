/** A server that dies while a command runs leaves nothing that a program of the host would obey: the next one looks. */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openConfinement } from '../../server/sandbox/open.ts';
import { git, ground, open, RUN } from './ground.ts';

/** The notes of a process as if it had died: no process has this number and this start. */
function killed(dir: string): void {
  for (const name of readdirSync(dir).filter((one) => /^(unscanned|placeholders)-/.test(one))) {
    const note = JSON.parse(readFileSync(join(dir, name), 'utf8')) as object;
    const { pid } = spawnSync('true');
    writeFileSync(join(dir, name), JSON.stringify({ ...note, pid, start: '1' }));
  }
}

test('what a cut command planted is put away at the next start, and what stood before stays', async () => {
  const { options, root } = await ground({ '.envrc': 'export A=1\n', 'src/a.ts': 'a\n' });
  git(root, 'init', '-q');
  const dir = join(options.stateDir, 'sandbox');
  const first = await openConfinement(options);
  await first.prepare(RUN);
  expect(readdirSync(dir).filter((name) => name.startsWith('unscanned-'))).toHaveLength(1);
  mkdirSync(join(root, 'sub/.git'), { recursive: true });
  writeFileSync(join(root, 'sub/.git/config'), '[core]\n\tfsmonitor = id\n');
  writeFileSync(join(root, 'src/a.ts'), 'b\n');
  killed(dir);

  const second = await open(options);
  expect(second.leftBehind).toMatchObject([{ path: 'sub/.git' }]);
  expect(second.leftBehind[0]!.why).toMatch(/moved to \.vtcode\/quarantine/);
  expect(existsSync(join(root, 'sub/.git'))).toBe(false);
  expect(existsSync(join(root, '.envrc'))).toBe(true);
  expect(existsSync(join(root, '.git/HEAD'))).toBe(true);
  expect(readFileSync(join(root, 'src/a.ts'), 'utf8')).toBe('b\n');
  expect(readdirSync(dir).filter((name) => name.startsWith('unscanned-'))).toEqual([]);
  expect((await open(options)).leftBehind).toEqual([]);
});

test('of a process that lives nothing is touched, and a note that was cut off is no note', async () => {
  const { options, root } = await ground();
  const dir = join(options.stateDir, 'sandbox');
  const first = await open(options);
  const prepared = await first.prepare(RUN);
  mkdirSync(join(root, 'sub/.git'), { recursive: true });
  writeFileSync(join(dir, 'unscanned-1-1.json'), '{"pid":');
  const second = await open(options);
  expect(second.leftBehind).toEqual([]);
  expect(existsSync(join(root, 'sub/.git'))).toBe(true);
  expect(await prepared.done()).toMatchObject([{ path: 'sub/.git' }]);
  expect(readdirSync(dir).filter((name) => name.startsWith('unscanned-'))).toEqual([]);
});

test('placeholders of another process of ours are no findings, and what is not in its notes is one', async () => {
  const { options, root } = await ground();
  const mine = await (await open(options)).prepare(RUN);
  for (const path of ['held/.git', 'made/.git']) mkdirSync(join(root, path), { recursive: true });
  const { dev, ino } = lstatSync(join(root, 'held/.git'), { bigint: true });
  const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
  const writer = { pid: process.ppid, start: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] };
  const entries = [{ path: 'held/.git', kind: 'directory', content: '', sign: `${dev}:${ino}` }];
  const journal = join(options.stateDir, 'sandbox', `placeholders-${process.ppid}.json`);
  writeFileSync(journal, JSON.stringify({ ...writer, entries }));
  expect(await mine.done()).toMatchObject([{ path: 'made/.git' }]);
});

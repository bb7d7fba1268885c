/** Two runs at once keep their hands off each other's folders; what a run that died left is taken away by the next. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { scratch } from './world.ts';

const owned = (name: string) => {
  const path = join('/var/tmp', name);
  mkdirSync(join(path, 'deep'), { recursive: true });
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
};
const made = () => {
  const dir = scratch();
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

test('each folder is new, and enterable by all', () => {
  const [one, other] = [made(), made()];
  expect(one).not.toBe(other);
  expect(existsSync(one)).toBe(true);
  expect(statSync(other).mode & 0o777).toBe(0o755);
});

test('those of dead processes go, also where their number was given anew; those of living ones stay, as do others', () => {
  const { pid } = spawnSync('/bin/true');
  const [, , , ownStart] = basename(made()).split('-');
  const dead = owned(`vtcode-attack-${pid}-1-aaaaaa`);
  const anew = owned(`vtcode-attack-${process.pid}-1-aaaaaa`);
  const living = owned(`vtcode-attack-${process.pid}-${ownStart}-aaaaaa`);
  const other = owned(`vtcode-attacks-of-somebody-${process.pid}`);
  made();
  expect([dead, anew, living, other].map((path) => existsSync(path))).toEqual([false, false, true, true]);
});

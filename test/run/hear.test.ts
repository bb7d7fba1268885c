/** What the launcher reports is compared with what was asked of it: less of anything is less. */
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { hear, type Asked } from '../../server/run/hear.ts';

const ASKED: Asked = { namespaces: true, landlock: 6, seccomp: true, pidLimit: true, network: 'none' };
const SAID = { confined: true, namespaces: true, network: 'none', landlock: 6, seccomp: true, pids: 'nproc' };

async function heard(said: object, asked: Asked) {
  const control = new PassThrough();
  let weaker = 0;
  const one = hear(control, asked, () => weaker++);
  control.write(`${JSON.stringify(said)}\n`);
  await one.begun;
  return [one.report(), weaker];
}

test.each([{}, { landlock: 7 }, { pids: 'pid_max' }])('what was asked, or more, is confined: %j', async (differs) => {
  expect(await heard({ ...SAID, ...differs }, ASKED)).toEqual(['confined', 0]);
});

test.each([
  { confined: false },
  { namespaces: false },
  { network: 'host' },
  { network: 'proxy' },
  { landlock: 5 },
  { seccomp: false },
  { pids: 'none' },
  { pids: undefined },
])('less is told at once: %j', async (differs) => {
  expect(await heard({ ...SAID, ...differs }, ASKED)).toEqual(['weaker', 1]);
});

test('what the machine did not have at start, or bubblewrap does, is not asked of the launcher', async () => {
  const asked = { ...ASKED, namespaces: false, pidLimit: false, network: null };
  expect(await heard({ ...SAID, namespaces: false, pids: 'none', network: 'host' }, asked)).toEqual(['confined', 0]);
});

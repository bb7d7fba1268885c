/** Tools of this very project at work in the sandbox that the server makes: what they need is in view, and no more. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ground, open, sh } from './ground.ts';

/** Where the packages really lie. */
const MODULES = dirname(dirname(createRequire(import.meta.url).resolve('vitest/package.json')));

const SUM = `
import { expect, test } from 'vitest';
import { Worker } from 'node:worker_threads';
test('adds', () => expect(1 + 1).toBe(2));
test('has workers', () => new Promise((done) => new Worker('', { eval: true }).on('exit', done)));
`;
const WRONG = `import { expect, test } from 'vitest'; test('is wrong', () => expect(1).toBe(2));`;

test('vitest runs, passes what is right and fails what is wrong', async () => {
  const { options, root } = await ground({ 'sum.test.ts': SUM, 'more/wrong.test.ts': WRONG });
  // A link out of the workspace, to a folder that the settings let commands read.
  mkdirSync(join(root, 'node_modules'));
  symlinkSync(join(MODULES, 'vitest'), join(root, 'node_modules/vitest'));
  const confinement = await open({ ...options, readRoots: () => [MODULES] });
  const vitest = `CI=1 NO_COLOR=1 node ${JSON.stringify(join(MODULES, 'vitest/vitest.mjs'))} run`;
  const right = await sh(confinement, `${vitest} sum`);
  expect(right.stdout, right.stderr).toMatch(/Tests +2 passed/);
  expect(right.code).toBe(0);
  const wrong = await sh(confinement, `${vitest} wrong`);
  expect(wrong.stdout, wrong.stderr).toMatch(/Tests +1 failed/);
  expect(wrong.code).toBe(1);
  expect([...right.findings, ...wrong.findings]).toEqual([]);
}, 60_000);

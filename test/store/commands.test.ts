/** Idempotency: one id, one run. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../server/store/store.ts';
import { tempStore } from '../fixtures/store.ts';
import { tempDir } from '../fixtures/temp.ts';

describe('a command', () => {
  it('runs once, however often it is sent, also at the same time', async () => {
    const { commands } = await tempStore();
    const id = randomUUID();
    let runs = 0;
    const run = async () => ({ status: 202, body: { run: ++runs } });
    const answers = await Promise.all(Array.from({ length: 10 }, () => commands.once(id, 'POST /x', run)));
    expect(runs).toBe(1);
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set(['{"status":202,"body":{"run":1}}']),
    );
  });

  it('is remembered over a restart', async () => {
    const dir = tempDir();
    const id = randomUUID();
    const first = await openStore(dir);
    await first.commands.once(id, 'POST /x', async () => ({ status: 201, body: { id: 'kept' } }));
    first.close();
    const { commands } = await tempStore(dir);
    const again = await commands.once(id, 'POST /x', async () => expect.unreachable('it ran twice'));
    expect(again).toEqual({ status: 201, body: { id: 'kept' } });
  });

  it('is refused when its id was used for another command', async () => {
    const { commands } = await tempStore();
    const id = randomUUID();
    await commands.once(id, 'POST /x', async () => ({ status: 200, body: null }));
    await expect(commands.once(id, 'POST /y', async () => ({ status: 200, body: null }))).rejects.toMatchObject({
      status: 409,
    });
  });

  it('may be tried again when it failed', async () => {
    const { commands } = await tempStore();
    const id = randomUUID();
    await expect(commands.once(id, 'w', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect((await commands.once(id, 'w', async () => ({ status: 200, body: 1 }))).body).toBe(1);
  });
});

/** Idempotency: one id, one run. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newMessageId, newTurnId } from '../../shared/ids.ts';
import { openStore } from '../../server/store/store.ts';
import { testSeals } from '../fixtures/seals.ts';
import { tempStore } from '../fixtures/store.ts';
import { tempDir } from '../fixtures/temp.ts';

const USER = 'user:ada/commands';

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
    const first = await openStore(dir, testSeals(dir));
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

  it('does not run again when the server was killed between its effect and its answer', async () => {
    const dir = tempDir();
    const id = randomUUID();
    const store = await openStore(dir, testSeals(dir));
    const session = store.sessions.create('s', USER);
    const data = { messageId: newMessageId(), text: 'once', delivery: 'start' as const };
    const turn = newTurnId();
    void store.commands.once(id, 'POST /x', async () => {
      store.log.record({ type: 'message.user', data, session, turn, actor: USER });
      return new Promise(() => undefined); // it never comes to answer
    });
    store.close();
    const { commands, log } = await tempStore(dir);
    const again = await commands.once(id, 'POST /x', async () => expect.unreachable('it ran twice'));
    expect(again).toEqual({ status: 0, body: { turnId: turn } });
    expect([...log.all(session)].filter((event) => event.type === 'message.user')).toHaveLength(1);
  });

  it('may be tried again when it failed after it had recorded something', async () => {
    const { commands, sessions } = await tempStore();
    const id = randomUUID();
    const run = async () => {
      sessions.create('s', USER);
      throw new Error('no');
    };
    await expect(commands.once(id, 'w', run)).rejects.toThrow('no');
    expect((await commands.once(id, 'w', async () => ({ status: 200, body: 1 }))).body).toBe(1);
  });

  it('may be tried again when it failed', async () => {
    const { commands } = await tempStore();
    const id = randomUUID();
    await expect(commands.once(id, 'w', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect((await commands.once(id, 'w', async () => ({ status: 200, body: 1 }))).body).toBe(1);
  });
});

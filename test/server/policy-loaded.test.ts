/** Which rules were in force is in the record: at a start, when a file of them changes, with each turn, and in the receipt of an export. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openStoreReader } from '../../server/store/store.ts';
import type { SessionEvent } from '../../shared/event.ts';
import { ask, startServer, type TestServer } from '../fixtures/server.ts';

const PATIENT = { timeout: 15_000 };
const HASH = /^[0-9a-f]{64}$/;

function recorded(server: TestServer, type: SessionEvent['type']): Record<string, unknown>[] {
  const store = openStoreReader(join(dirname(server.root), 'state', 'work'));
  onTestFinished(() => store.close());
  const all = store.log.after(0, { sessions: null, limit: 1_000 });
  return all.filter((event) => event.type === type).map(({ data }) => data);
}

const turnsOf = (server: TestServer, count: number) =>
  vi.waitFor(() => {
    const turns = recorded(server, 'turn.completed');
    expect(turns).toHaveLength(count);
    return recorded(server, 'turn.started').map(({ policy }) => policy);
  }, PATIENT);

it('is said once while they stay, and again when they change', async () => {
  const server = await startServer([{ text: 'One.' }, { text: 'Two.' }, { text: 'Three.' }]);
  const client = await server.login();
  const session = await ask(client);
  const [first] = await turnsOf(server, 1);
  const loaded = recorded(server, 'policy.loaded');
  expect(loaded).toHaveLength(1);
  expect(loaded[0]).toMatchObject({ policy: expect.stringMatching(HASH) as string, loosestMode: 'contained' });
  expect(first).toBe(loaded[0]!['policy']);

  // What a comment, another place or another reason changes is no other policy.
  writeFileSync(join(server.root, 'vtcode.toml'), '# nothing yet\n');
  await ask(client);
  expect(await turnsOf(server, 2)).toEqual([first, first]);
  expect(recorded(server, 'policy.loaded')).toHaveLength(1);

  writeFileSync(join(server.root, 'vtcode.toml'), '[tools.policies]\nwrite_file = "deny"\n');
  await client.send('GET', '/api/workspace');
  const rules = recorded(server, 'policy.loaded');
  expect(rules).toHaveLength(2);
  expect(rules[1]!['policy']).not.toBe(first);
  expect(rules[1]!['rules']).toBe((rules[0]!['rules'] as number) + 1);

  await client.post(`/api/sessions/${session}/messages`, { text: 'again' });
  expect((await turnsOf(server, 3))[2]).toBe(rules[1]!['policy']);
  const { body } = await client.send('GET', `/api/sessions/${session}/export.json`);
  expect((body as { receipt: { toolPolicies: string[] } }).receipt.toolPolicies).toEqual([first, rules[1]!['policy']]);
});

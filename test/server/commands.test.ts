/** Commands on the whole server: its own sandbox, over real HTTP, from the header's status to the end of what runs behind. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { askServer } from '../../server/cli/through-server.ts';
import { openStoreReader } from '../../server/store/store.ts';
import { Workspace } from '../../shared/api.ts';
import { SessionId } from '../../shared/ids.ts';
import { ask, eventsOf, pending, startServer, type Client } from '../fixtures/server.ts';

const call = (name: string, args: unknown) => ({ calls: [{ name, args }] });
const PATIENT = { timeout: 15_000 };

async function allow(client: Client): Promise<void> {
  const [open] = await vi.waitFor(async () => {
    const found = await pending(client);
    expect(found).toHaveLength(1);
    return found;
  }, PATIENT);
  await client.post(`/api/approvals/${open!.id}`, { answer: 'allow-once', digest: open!.digest });
}

const eventOf = (client: Client, session: string, type: string) =>
  vi.waitFor(async () => {
    const found = (await eventsOf(client, session)).find((event) => event.type === type);
    expect(found).toBeDefined();
    return found!;
  }, PATIENT);

it('says what holds its commands, and offers them', async () => {
  const server = await startServer([{ text: 'Hello.' }]);
  const { body } = await (await server.login()).send('GET', '/api/workspace');
  const { sandbox, tools, absentTools } = Workspace.parse(body);
  expect(sandbox).toMatchObject({ tier: 'full', layers: { namespaces: true, seccomp: true } });
  expect(sandbox.checks.length).toBeGreaterThan(5);
  expect(sandbox.checks.filter(({ blocked }) => !blocked)).toEqual([]);
  expect(tools).toContain('run_command');
  expect(absentTools).toEqual([]);
  expect(server.running.sandbox.tier).toBe('full');
});

it('runs what was allowed where the secrets are not, and records the layers that held it', async () => {
  const server = await startServer(
    [call('run_command', { command: 'cat .env; cat ~/.ssh/id_rsa; echo done > made' }), { text: 'Done.' }],
    { '.env': 'TOKEN=hunter2\n' },
  );
  const client = await server.login();
  const session = await ask(client);
  await allow(client);
  const { data } = await eventOf(client, session, 'tool.answered');
  expect(data['content']).not.toContain('hunter2');
  expect(data['content']).toMatch(/\.env: Permission denied/);
  expect(readFileSync(join(server.root, 'made'), 'utf8')).toBe('done\n');
  const started = await eventOf(client, session, 'command.started');
  expect(started.data).toMatchObject({
    tier: 'full',
    network: 'none',
    git: 'readonly',
    policy: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

it('stopped, ends what runs in the background first, and records that', async () => {
  const server = await startServer([
    call('run_command', { command: 'touch up; trap "touch down" TERM; sleep 60 & wait', background: true }),
    { text: 'It runs.' },
  ]);
  const client = await server.login();
  const session = await ask(client);
  await allow(client);
  await vi.waitFor(() => expect(existsSync(join(server.root, 'up'))).toBe(true), PATIENT);
  await eventOf(client, session, 'turn.completed');
  await server.restart();
  expect(existsSync(join(server.root, 'down'))).toBe(true);
  const { data } = await eventOf(await server.login(), session, 'command.finished');
  expect(data).toMatchObject({ code: null, signal: 'SIGTERM', timedOut: false });
});

it('deleted with its session, ends what runs in the background first: nothing comes into the record of it afterwards', async () => {
  const server = await startServer([
    call('run_command', { command: 'touch up; trap "touch down" TERM; sleep 60 & wait', background: true }),
    { text: 'It runs.' },
  ]);
  const client = await server.login();
  const session = SessionId.parse(await ask(client));
  await allow(client);
  await vi.waitFor(() => expect(existsSync(join(server.root, 'up'))).toBe(true), PATIENT);
  await eventOf(client, session, 'turn.completed');
  const stateDir = join(dirname(server.root), 'state', 'work');
  await askServer(stateDir, { op: 'sessions delete', id: session });
  expect(existsSync(join(server.root, 'down'))).toBe(true);
  const store = openStoreReader(stateDir);
  onTestFinished(() => store.close());
  const deleted = [...store.log.all('workspace')].find(({ type }) => type === 'session.deleted')!;
  const { events } = deleted.data as { events: number };
  expect([...store.log.all(session)]).toEqual([]);
  expect(store.log.chainAt(session, events)).not.toBeNull();
  await server.running.close();
  expect(store.log.chainAt(session, events + 1)).toBeNull();
});

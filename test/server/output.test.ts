/** What a command prints, for a page that comes late: while it runs from what is in flight, afterwards from the record. */
import { expect, it, vi } from 'vitest';
import type { CommandOutput, Response } from '../../shared/api.ts';
import { LIMITS } from '../../shared/limits.ts';
import { ask, eventsOf, pending, startServer, type Client } from '../fixtures/server.ts';

const runs = (command: string) => ({ calls: [{ name: 'run_command', args: { command } }] });

async function begun(command: string, config = '') {
  const server = await startServer([runs(command), { text: 'Done.' }], {}, true, { config });
  const client = await server.login();
  const session = await ask(client);
  // What only reads is not asked for.
  await vi.waitFor(async () => {
    const [request] = await pending(client);
    if (request) await client.post(`/api/approvals/${request.id}`, { answer: 'allow-once', digest: request.digest });
    expect((await eventsOf(client, session)).map(({ type }) => type)).toContain('command.started');
  });
  return { server, client, session };
}

const snapshot = async (client: Client, session: string) =>
  (await client.send('GET', `/api/sessions/${session}`)).body as Response<'session'>;

const finished = (client: Client, session: string) =>
  vi.waitFor(
    async () => {
      const found = (await eventsOf(client, session)).find(({ type }) => type === 'command.finished');
      expect(found).toBeDefined();
      return found!.data as { actionId: string; output: string; bytes: number };
    },
    { timeout: 15_000 },
  );

it('is in the snapshot and at the head of a stream while it runs, and not after', async () => {
  const { server, client, session } = await begun('echo one; echo two; read x < <(sleep 60)');
  const tails = await vi.waitFor(async () => {
    const { outputs } = await snapshot(client, session);
    expect(outputs).toMatchObject([{ session, output: { text: 'one\r\ntwo\r\n', cut: false, end: 10 } }]);
    return outputs;
  });
  const stream = await fetch(`${server.origin}/api/events`, { headers: { authorization: `Bearer ${client.token}` } });
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('command.tail')) text += (await reader.read()).value ?? '';
  expect(text).toContain(JSON.stringify(tails[0]));
  await reader.cancel();
  await client.post(`/api/sessions/${session}/abort`);
  await finished(client, session);
  expect((await snapshot(client, session)).outputs).toEqual([]);
});

it('is read whole from the record, in pages that end with whole characters, as text and nothing else', async () => {
  const { client, session } = await begun(
    'printf "\\xff<b>\\e[31m"; head -c 600000 /dev/zero | tr "\\0" x; printf "€€"',
  );
  const { actionId, bytes } = await finished(client, session);
  let text = '';
  let pages = 0;
  for (let next: number | null = 0; next !== null; pages++) {
    const { status, body } = await client.send(
      'GET',
      `/api/sessions/${session}/output?action=${actionId}&from=${next}`,
    );
    expect(status).toBe(200);
    const page = body as CommandOutput;
    expect(page).toMatchObject({ printed: bytes, kept: bytes, from: next });
    text += page.text;
    next = page.next;
  }
  expect(pages).toBe(Math.ceil(bytes / LIMITS.outputPageBytes.value));
  expect(text).toBe(`\ufffd<b>\u001b[31m${'x'.repeat(600_000)}€€`);
});

it('is of one session, and there is none of a command that is not there or printed nothing', async () => {
  const { client, session } = await begun('true');
  const { actionId, output } = await finished(client, session);
  expect(output).toBe('');
  const other = (await client.post('/api/sessions')).body as { id: string };
  const paths = [
    `/api/sessions/${session}/output?action=${actionId}`,
    `/api/sessions/${other.id}/output?action=${actionId}`,
    `/api/sessions/${session}/output?action=act_${'0'.repeat(26)}`,
  ];
  for (const path of paths) expect((await client.send('GET', path)).status, path).toBe(404);
  for (const query of ['', '?action=../../x', `?action=${actionId}&from=-1`, `?action=${actionId}&from=1e400`])
    expect((await client.send('GET', `/api/sessions/${session}/output${query}`)).status, query).toBe(400);
});

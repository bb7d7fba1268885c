/** Killed at any moment, the program loses nothing that it acknowledged, repeats nothing, and leaves no half-written file. */
import { randomUUID } from 'node:crypto';
import { runs } from '../long.ts';
import { expect, scenario, type Client } from './frame.ts';

const CYCLES = runs(6);

interface Seen {
  seq: number;
  chain: string;
  chainSeq: number;
  type: string;
  data: Record<string, unknown>;
}

scenario('keeps every acknowledged message, once, over kills at any moment', async ({ start }) => {
  const app = await start({
    files: { 'a.txt': 'before\n', 'script.json': script() },
    args: ['--script', 'script.json', '--mode', 'auto-edit'],
  });
  await (await app.openTrusted()).close();
  const first = await app.client();
  const { body } = await first.send('POST', '/api/sessions', { commandId: randomUUID() });
  const { id } = body as { id: string };
  let client = first;
  const acknowledged: string[] = [];
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const message = { commandId: randomUUID(), text: `message ${cycle}` };
    const sending = client.send('POST', `/api/sessions/${id}/messages`, message).catch(() => null);
    const killed = afterTurns(cycle * 7).then(() => app.restart('SIGKILL'));
    const [reply] = await Promise.all([sending, killed]);
    if (reply?.status === 202) acknowledged.push(message.text);
    client = await app.client();
    // What was not answered is asked for again with the same id: it runs once, whether it had run or not.
    const again = await client.send('POST', `/api/sessions/${id}/messages`, message);
    expect(again.status).toBe(202);
    acknowledged.push(message.text);
    await rested(client, id);
  }
  const events = await allEvents(client, id);
  const said = events.filter((event) => event.type === 'message.user').map((event) => String(event.data['text']));
  expect(said).toEqual([...new Set(acknowledged)]);
  expect(events.map((event) => event.chainSeq)).toEqual(events.map((_, place) => place + 1));
  const started = events.filter((event) => event.type === 'turn.started').length;
  const ended = events.filter((event) => /^turn\.(completed|failed|interrupted)$/.test(event.type)).length;
  expect(ended).toBe(started);
  expect(['before\n', WHOLE]).toContain((await app.place.read('a.txt')).toString());
});

const WHOLE = `${'whole '.repeat(2_000)}\n`;

/** Lists and reads, writes, and tells of it slowly, over and over. */
function script(): string {
  const edit = { calls: [{ name: 'write_file', args: { path: 'a.txt', content: WHOLE } }] };
  const list = {
    calls: [
      { name: 'list_directory', args: { path: '.' } },
      { name: 'read_file', args: { path: 'a.txt' } },
    ],
  };
  const turns = Array.from({ length: 200 }, (_, i) => [list, edit, { text: `done ${i}`, chunk: 2, delayMs: 1 }][i % 3]);
  return JSON.stringify({ version: 1, turns });
}

/** Lets so many rounds of the event loop pass: a moment that differs from cycle to cycle. */
async function afterTurns(rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) await new Promise((resolve) => setImmediate(resolve));
}

const rested = (client: Client, id: string) =>
  expect
    .poll(
      async () =>
        ((await client.send('GET', `/api/sessions/${id}`)).body as { session: { state: string } }).session.state,
      { timeout: 20_000 },
    )
    .toBe('rested');

async function allEvents(client: Client, id: string): Promise<Seen[]> {
  const events: Seen[] = [];
  for (let before = ''; ;) {
    const { body } = await client.send('GET', `/api/sessions/${id}${before}`);
    const page = body as { events: Seen[]; more: boolean };
    events.unshift(...page.events);
    if (!page.more) return events;
    before = `?before=${page.events[0]!.seq}`;
  }
}

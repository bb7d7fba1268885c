/** Killed at any moment, the program loses nothing it acknowledged, repeats nothing, leaves no half-written file and a whole chain. */
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runs } from '../long.ts';
import { expect, scenario, type App, type Client } from './frame.ts';

/** 4 kills in a short run, 200 in a long one. */
const CYCLES = runs(4);

interface Seen {
  seq: number;
  id: string;
  hash: string;
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
  const streams = [await listen(app, client)];
  let heardEvents = 0;
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const message = { commandId: randomUUID(), text: `message ${cycle}` };
    const sending = client.send('POST', `/api/sessions/${id}/messages`, message).catch(() => null);
    // Some events into the turn, and a few rounds of the event loop: another moment in each cycle.
    const moment = heardSo(streams.at(-1)!, (cycle * 7) % EVENTS_OF_A_TURN).then(() => afterTurns((cycle * 5) % 13));
    const killed = moment.then(() => app.restart('SIGKILL'));
    const [reply] = await Promise.all([sending, killed]);
    if (reply?.status === 202) acknowledged.push(message.text);
    client = await app.client();
    // What was not answered is asked for again with the same id: it runs once, whether it had run or not.
    const again = await client.send('POST', `/api/sessions/${id}/messages`, message);
    expect(again.status).toBe(202);
    acknowledged.push(message.text);
    await rested(client, id);
    // What a reader of the stream was told is there, as it was told.
    const heard = streams.at(-1)!;
    heard.stop();
    const recorded = new Map((await allEvents(client, id)).map((event) => [event.seq, event.hash]));
    for (const event of heard.events) if (event.chain === id) expect(recorded.get(event.seq)).toBe(event.hash);
    heardEvents += heard.events.length;
    expect(await wholeChain(app)).toMatchObject({ whole: true, broken: null });
    streams.push(await listen(app, client));
  }
  streams.at(-1)!.stop();
  expect(heardEvents).toBeGreaterThan(0);
  const events = await allEvents(client, id);
  const said = events.filter((event) => event.type === 'message.user').map((event) => String(event.data['text']));
  expect(said).toEqual([...new Set(acknowledged)]);
  expect(events.map((event) => event.chainSeq)).toEqual(events.map((_, place) => place + 1));
  const started = events.filter((event) => event.type === 'turn.started').length;
  const ended = events.filter((event) => /^turn\.(completed|failed|interrupted)$/.test(event.type)).length;
  expect(ended).toBe(started);
  expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
  expect(['before\n', WHOLE]).toContain((await app.place.read('a.txt')).toString());
  expect(await strayFiles(app)).toEqual([]);
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

const EVENTS_OF_A_TURN = 24;

/** Resolves when so many events of a session came, or the turn of it has ended. */
async function heardSo(heard: Heard, count: number): Promise<void> {
  const of = () => heard.events.filter(({ chain }) => chain !== 'workspace');
  const isOver = () => of().some(({ type }) => /^turn\.(completed|failed|interrupted)$/.test(type));
  while (of().length < count && !isOver()) await afterTurns(1);
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

interface Heard {
  events: Seen[];
  stop(): void;
}

/** Reads the stream of all sessions until it is cut, by the kill or by `stop`. */
async function listen(app: App, { token }: Client): Promise<Heard> {
  const stop = new AbortController();
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${app.server().origin}/api/events`, { headers, signal: stop.signal });
  const events: Seen[] = [];
  void (async () => {
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const chunk of response.body!) {
        text += decoder.decode(chunk as Uint8Array, { stream: true });
        const frames = text.split('\n\n');
        text = frames.pop()!; // what is cut in the middle was never told
        for (const frame of frames) {
          const data = /^data: (.*)$/m.exec(frame)?.[1];
          if (frame.startsWith('id: ') && data !== undefined) events.push(JSON.parse(data) as Seen);
        }
      }
    } catch {
      // The server was killed, or the listening ended: what came by then counts.
    }
  })();
  return { events, stop: () => stop.abort() };
}

async function wholeChain(app: App): Promise<unknown> {
  const { stdout } = await app.vtcode('audit', 'verify', '--json');
  return JSON.parse(stdout) as unknown;
}

/** What a write that was cut off may leave: in the workspace and beside the records. */
async function strayFiles({ place }: App): Promise<string[]> {
  const named = await readdir(place.workspace, { recursive: true });
  const kept = await readdir(join(place.home, '.state'), { recursive: true });
  return [
    ...named.filter((name) => /\.vtcode\/tmp\/./.test(name)),
    ...kept.filter((name) => /unfinished\/.|\.tmp$/.test(name)),
  ];
}

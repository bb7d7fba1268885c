/** The page's stream against a real HTTP server: it reads frames however they are cut, comes back, and goes on where it was. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../shared/event.ts';
import { StreamPorts, type FromStream, type Port } from '../../web/lib/stream-ports.ts';
import { EventStream, readMessage, type StreamItem, type StreamState } from '../../web/lib/stream-source.ts';
import { createScript } from '../fixtures/events.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

type Handler = (request: IncomingMessage, response: ServerResponse, nth: number) => void;

async function serve(handler: Handler): Promise<string> {
  let nth = 0;
  const server: Server = createServer((request, response) => handler(request, response, nth++));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/events`;
}

const frame = (event: SessionEvent) => `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const complete = (seq: number) => `event: replay.complete\ndata: {"seq":${seq}}\n\n`;
const head = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });

/** Listens and keeps what comes; `until` resolves once that is so. */
function listener(url: string, options: { silenceMs?: number; retryMs?: number; retryMaxMs?: number } = {}) {
  const items: StreamItem[] = [];
  const states: StreamState[] = [];
  const waits: { is: () => boolean; resolve: () => void }[] = [];
  const look = () => {
    for (const wait of waits) if (wait.is()) wait.resolve();
  };
  const stream = new EventStream({
    url,
    token: 'secret',
    retryMs: 5,
    retryMaxMs: 20,
    ...options,
    onItems: (more) => {
      items.push(...more);
      look();
    },
    onState: (state) => {
      states.push(state);
      look();
    },
  });
  open.push(() => stream.close());
  const until = (is: () => boolean) =>
    new Promise<void>((resolve) => {
      waits.push({ is, resolve });
      look();
    });
  return { items, states, until, stream };
}

function threeEvents(): SessionEvent[] {
  const { tell, events } = createScript();
  tell({ type: 'session.created', data: { title: 'Grüße 👩‍👩‍👧' } });
  tell({ type: 'session.renamed', data: { title: 'a\n\nevent: approval.resolved\ndata: {}\r\n' } });
  tell({ type: 'turn.completed', data: { steps: 1, toolCalls: 0, stop: 'end' } });
  return events;
}

describe('EventStream', () => {
  it('sends the token, and gives the events however their bytes are cut', async () => {
    const events = threeEvents();
    let authorization: string | undefined;
    const url = await serve((request, response) => {
      authorization = request.headers.authorization;
      head(response);
      for (const byte of Buffer.from(events.map(frame).join('') + complete(3))) response.write(Buffer.of(byte));
    });
    const { items, states, until } = listener(url);
    await until(() => states.some((state) => state.phase === 'live'));
    expect(authorization).toBe('Bearer secret');
    expect(items).toEqual(events.map((event) => ({ kind: 'event', event })));
    expect(states.at(-1)).toEqual({ phase: 'live', fresh: true, seq: 3 });
  });

  it('waits longer each time that nothing came, and no longer where a line brought something before it broke', async () => {
    const events = threeEvents();
    const url = await serve((request, response, nth) => {
      const seen = Number(request.headers['last-event-id'] ?? 0);
      if (nth < 4) return void response.writeHead(503).end();
      head(response);
      response.end(seen < 3 ? frame(events[seen]!) : complete(3));
    });
    const { states, until } = listener(url, { retryMs: 4, retryMaxMs: 1_000 });
    await until(() => states.some((state) => state.phase === 'live'));
    const waits = states.flatMap((state) => (state.phase === 'waiting' ? [state.retryInMs] : []));
    expect(waits).toHaveLength(7);
    const [first, second, third, fourth, ...progress] = waits;
    for (const [nth, wait] of [first!, second!, third!, fourth!].entries()) {
      expect(wait).toBeGreaterThanOrEqual(2 ** (nth + 1));
      expect(wait).toBeLessThanOrEqual(2 ** (nth + 2));
    }
    for (const wait of progress) expect(wait).toBeLessThanOrEqual(4);
  });

  it('comes back after a cut with the last number it saw, and is then not fresh', async () => {
    const events = threeEvents();
    const asked: (string | undefined)[] = [];
    const url = await serve((request, response, nth) => {
      asked.push(request.headers['last-event-id'] as string | undefined);
      head(response);
      if (nth === 0) {
        response.write(complete(0) + frame(events[0]!) + frame(events[1]!).slice(0, 40));
        return void setImmediate(() => response.destroy());
      }
      response.write(events.slice(1).map(frame).join('') + complete(3));
    });
    const { items, states, until } = listener(url);
    await until(() => items.length === 3 && states.at(-1)?.phase === 'live');
    expect(asked).toEqual([undefined, '1']);
    expect(items.map((item) => item.kind === 'event' && item.event.seq)).toEqual([1, 2, 3]);
    expect(states.at(-1)).toEqual({ phase: 'live', fresh: false, seq: 3 });
    expect(states.some((state) => state.phase === 'waiting')).toBe(true);
  });

  it('takes a stream that is silent for too long as dead', async () => {
    let calls = 0;
    const url = await serve((_request, response) => {
      calls++;
      head(response);
      response.write(complete(calls));
    });
    const { until } = listener(url, { silenceMs: 40 });
    await until(() => calls >= 2);
    expect(calls).toBeGreaterThanOrEqual(2);
  });

  it('stops at 401, and says so once', async () => {
    let calls = 0;
    const url = await serve((_request, response) => {
      calls++;
      response.writeHead(401).end();
    });
    const { states, until } = listener(url);
    await until(() => states.at(-1)?.phase === 'refused');
    expect(calls).toBe(1);
  });

  it('goes on trying while the server answers with an error', async () => {
    const url = await serve((_request, response, nth) => {
      if (nth < 3) return void response.writeHead(503).end();
      head(response);
      response.write(complete(7));
    });
    const { states, until } = listener(url);
    await until(() => states.at(-1)?.phase === 'live');
    expect(states.filter((state) => state.phase === 'waiting')).toHaveLength(3);
  });

  it('tells of a resync, and takes the number that the server gives with it', async () => {
    const asked: (string | undefined)[] = [];
    const url = await serve((request, response, nth) => {
      asked.push(request.headers['last-event-id'] as string | undefined);
      head(response);
      if (nth === 0) response.write(complete(90));
      if (nth === 1)
        response.write(`event: resync.required\ndata: {"seq":4,"why":"the record is another"}\n\n${complete(4)}`);
      if (nth === 2) response.write(complete(5));
      else response.end();
    });
    const { items, states, until } = listener(url);
    await until(() => states.filter((state) => state.phase === 'live').length === 3);
    expect(asked).toEqual([undefined, '90', '4']);
    expect(items).toContainEqual({ kind: 'resync', why: 'the record is another' });
  });
});

describe('readMessage', () => {
  it.each([
    ['what is not JSON', { event: 'turn.failed', data: '{' }],
    [
      'an event of no known type',
      { event: 'x.y', data: JSON.stringify(threeEvents()[0]).replace('session.created', 'x.y') },
    ],
    ['an event whose data is not that of its type', { event: 'live.state', data: '{"session":"ses_1"}' }],
  ])('names %s as unreadable and throws nothing', (_what, message) => {
    expect(readMessage(message).kind).toBe('unreadable');
  });
});

describe('StreamPorts', () => {
  const port = (): Port & { got: FromStream[] } => {
    const got: FromStream[] = [];
    return { got, postMessage: (message) => void got.push(message) };
  };

  it('feeds all tabs from one connection, and ends it with the last of them', async () => {
    let calls = 0;
    let closed = () => {};
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const [event] = threeEvents();
    let send = () => {};
    const url = await serve((request, response) => {
      calls++;
      head(response);
      response.write(complete(0));
      send = () => response.write(frame(event!));
      request.on('close', closed);
    });
    const ports = new StreamPorts(url);
    const tabs = Array.from({ length: 10 }, port);
    for (const tab of tabs) ports.receive(tab, { kind: 'hello', token: 'secret' });
    const all = async (is: (message: FromStream) => boolean) =>
      await expect.poll(() => tabs.every((tab) => tab.got.some(is)), { interval: 5 }).toBe(true);
    await all((message) => message.kind === 'state' && message.state.phase === 'live');
    send();
    await all((message) => message.kind === 'items' && message.items.length === 1);
    expect(calls).toBe(1);
    for (const tab of tabs) ports.receive(tab, { kind: 'bye' });
    await gone;
    expect(ports.size).toBe(0);
  });

  it('lets go of a tab that is silent, and tells it so when it speaks again', async () => {
    const url = await serve((_request, response) => {
      head(response);
      response.write(complete(0));
    });
    let now = 0;
    const ports = new StreamPorts(url, () => now);
    const [frozen, awake] = [port(), port()];
    ports.receive(frozen, { kind: 'hello', token: 'secret' });
    ports.receive(awake, { kind: 'hello', token: 'secret' });
    now = 140_000;
    ports.receive(awake, { kind: 'ping' });
    now = 160_000;
    ports.sweep();
    expect(ports.size).toBe(1);
    ports.receive(frozen, { kind: 'ping' });
    expect(frozen.got.map((message) => message.kind).slice(-2)).toEqual(['missed', 'state']);
    expect(ports.size).toBe(2);
    ports.receive(frozen, { kind: 'bye' });
    ports.receive(awake, { kind: 'bye' });
  });
});

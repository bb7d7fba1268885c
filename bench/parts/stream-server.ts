/**
 * The server of the stream benchmark, in a process of its own: `tsx stream-server.ts ours|raw|rows STATE_DIR`.
 * `GET /replay` sends the whole log; `GET /live` joins, and `POST /go` sends the log to all who joined. All ways write the
 * same frames: ours through the real log, bus and streams; raw ready-made, in batches, by node:http alone; rows does as raw,
 * but reads the events from the same database when it is asked, for nobody has a replay ready-made.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { SessionEvent } from '../../shared/event.ts';
import { newLoginId } from '../../shared/ids.ts';
import { eventFrame, noteFrame } from '../../server/routes/frame.ts';
import { createStreams } from '../../server/routes/stream.ts';
import { createBus } from '../../server/store/bus.ts';
import { openStore } from '../../server/store/store.ts';
import { benchSeals } from './seals.ts';

const BATCH_BYTES = 64 * 1024;
/** What may wait in a response before the sender waits for it: the same for both. */
const WAITING_BYTES = 512 * 1024;
const BURST = 64;

const [way, stateDir] = process.argv.slice(2);
if ((way !== 'ours' && way !== 'raw' && way !== 'rows') || stateDir === undefined)
  throw new Error('usage: stream-server.ts ours|raw|rows STATE_DIR');

const store = await openStore(stateDir, benchSeals(stateDir));
const joined = new Set<ServerResponse>();
const sender = way === 'ours' ? ours() : raw(way);

const server = createServer((request, response) => {
  if (request.method === 'POST') return void sender.go().then(() => response.end('done'));
  response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' });
  response.on('close', () => joined.delete(response));
  if (request.url === '/replay') return sender.replay(response);
  joined.add(response);
  sender.live(response);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});

interface Sender {
  replay(response: ServerResponse): void;
  live(response: ServerResponse): void;
  go(): Promise<void>;
}

function ours(): Sender {
  // What is sent live was recorded before: here the bus and what stands behind it is measured, not the disk.
  const bus = createBus();
  const events = [...everything()];
  const streams = createStreams({
    log: store.log,
    bus,
    agent: { allLive: () => [] },
    outputs: { all: () => [] },
    logins: { onRevoked: () => () => undefined },
    logger: { error: fail, warn: fail },
  });
  const open = (response: ServerResponse, start: { kind: 'now' } | { kind: 'after'; seq: number }) =>
    streams.open(response, { login: newLoginId(), sessions: null, start });
  let passed = store.log.head();
  return {
    replay: (response) => open(response, { kind: 'after', seq: 0 }),
    live: (response) => open(response, { kind: 'now' }),
    async go() {
      for (let i = 0; i < events.length; i += BURST) {
        // A reader takes each number once: those of the recorded ones go on from where the last round ended.
        for (const event of events.slice(i, i + BURST))
          bus.publish({ kind: 'durable', event: { ...event, seq: ++passed } });
        await taken();
      }
      bus.publish({ kind: 'live', event: { type: 'workspace.changed' } });
    },
  };
}

function raw(from: 'raw' | 'rows'): Sender {
  const ready = from === 'raw' ? [...batchesOf(everything())] : null;
  const send = async (responses: Set<ServerResponse>) => {
    for (const batch of ready ?? batchesOf(everything())) {
      for (const response of responses) response.write(batch);
      await taken(responses);
    }
  };
  return {
    replay: (response) =>
      void send(new Set([response])).then(() => response.write(noteFrame('replay.complete', { seq: 1 }))),
    live: (response) => void response.write(noteFrame('replay.complete', { seq: 1 })),
    async go() {
      await send(joined);
      for (const response of joined) response.write('event: workspace.changed\ndata: {"type":"workspace.changed"}\n\n');
    },
  };
}

function* everything(): Iterable<SessionEvent> {
  for (let after = 0; ;) {
    const page = store.log.after(after, { sessions: null, limit: 500 });
    if (page.length === 0) return;
    yield* page;
    after = page.at(-1)!.seq;
  }
}

function* batchesOf(events: Iterable<SessionEvent>): Iterable<Buffer> {
  let batch = '';
  for (const event of events) {
    batch += eventFrame({ kind: 'durable', event });
    if (batch.length < BATCH_BYTES) continue;
    yield Buffer.from(batch);
    batch = '';
  }
  yield Buffer.from(batch);
}

/** Until no response holds more than it may; at least until the next turn of the loop, for ours sends at its end. */
async function taken(responses: Iterable<ServerResponse> = joined): Promise<void> {
  await new Promise((done) => setImmediate(done));
  for (const response of responses) if (response.writableLength > WAITING_BYTES) await once(response, 'drain');
}

function fail(what: string, facts?: unknown): void {
  process.stderr.write(`${what} ${JSON.stringify(facts)}\n`);
  process.exitCode = 1;
}

/** How fast events reach who reads them: a replay from the log, and one event to ten readers. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { newMessageId } from '../shared/ids.ts';
import { openStore } from '../server/store/store.ts';
import { benchSeals } from './parts/seals.ts';
import { figure, inTurns, type Bench } from './measure.ts';

const EVENTS = 10_000;
const READERS = 10;
const SERVER = fileURLToPath(new URL('parts/stream-server.ts', import.meta.url));
const TSX = fileURLToPath(new URL('../node_modules/.bin/tsx', import.meta.url));

export const stream: Bench = {
  name: 'stream',
  about: `${EVENTS} recorded events over HTTP: replayed from SQLite to one reader, and published to ${READERS} readers at once. Baselines: node:http writing the same frames in batches of 64 KiB, read from the same rows at each replay, or ready-made in memory.`,
  rounds: 15,
  async run(rounds) {
    const dir = await mkdtemp(join(tmpdir(), 'vtcode-bench-'));
    const servers: Server[] = [];
    try {
      const written = await seed(dir);
      for (const way of ['ours', 'raw', 'rows']) servers.push(await startServer(way, dir));
      const [ours, raw, rows] = servers;
      const replay = await inTurns(rounds, {
        ours: () => replayRate(ours!.url),
        baseline: () => replayRate(rows!.url),
      });
      const fromMemory = await inTurns(rounds, {
        ours: () => replayRate(ours!.url),
        baseline: () => replayRate(raw!.url),
      });
      const fanOut = await inTurns(rounds, { ours: () => fanOutRate(ours!.url), baseline: () => fanOutRate(raw!.url) });
      const what = 'node:http, ready-made frames';
      return [
        figure({ what: 'events recorded, one by one', unit: 'events/s', samples: [written] }),
        figure({
          what: 'replay to one reader',
          unit: 'events/s',
          samples: replay.ours,
          baseline: { what: 'node:http, the same rows', samples: replay.baseline },
          goal: { of: 'ratio', atLeast: 0.8 },
        }),
        figure({
          what: 'replay to one reader, against one that reads nothing',
          unit: 'events/s',
          samples: fromMemory.ours,
          baseline: { what, samples: fromMemory.baseline },
        }),
        figure({
          what: `fan-out to ${READERS} readers, all together`,
          unit: 'events/s',
          samples: fanOut.ours,
          baseline: { what, samples: fanOut.baseline },
          goal: { of: 'ratio', atLeast: 0.8 },
        }),
      ];
    } finally {
      for (const server of servers) await server.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

/** Fills a log with what a talkative session leaves; answers how many events a second it took. */
async function seed(dir: string): Promise<number> {
  const store = await openStore(dir, benchSeals(dir));
  const session = store.sessions.create('A long session', 'system');
  const text = 'The function adds two numbers and returns their sum; the test beside it covers a negative one. ';
  const started = performance.now();
  for (let i = 1; i < EVENTS; i++) {
    const data = { messageId: newMessageId(), text: `${i} ${text.repeat(1 + (i % 4))}`, delivery: 'start' as const };
    store.log.record({ type: 'message.user', data, session, turn: null, actor: 'system' });
  }
  const rate = EVENTS / ((performance.now() - started) / 1000);
  store.close();
  return rate;
}

interface Server {
  url: string;
  stop(): Promise<void>;
}

async function startServer(way: string, dir: string): Promise<Server> {
  const child: ChildProcess = spawn(TSX, [SERVER, way, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout!, 'data')) as [Buffer];
  return {
    url: `http://127.0.0.1:${port.toString().trim()}`,
    async stop() {
      child.kill();
      await once(child, 'close');
    },
  };
}

/** Events a second, from the request to the note that the replay is complete. */
async function replayRate(url: string): Promise<number> {
  const started = performance.now();
  const response = await open(`${url}/replay`);
  await until(response, 'event: replay.complete');
  const seconds = (performance.now() - started) / 1000;
  response.destroy();
  return EVENTS / seconds;
}

/** Events a second, each counted once for each reader. */
async function fanOutRate(url: string): Promise<number> {
  const responses = await Promise.all(Array.from({ length: READERS }, () => open(`${url}/live`)));
  await Promise.all(responses.map((response) => until(response, 'event: replay.complete')));
  const started = performance.now();
  const done = responses.map((response) => until(response, 'event: workspace.changed'));
  const sent = fetch(`${url}/go`, { method: 'POST' });
  await Promise.all(done);
  const seconds = (performance.now() - started) / 1000;
  await (await sent).text();
  for (const response of responses) response.destroy();
  return (EVENTS * READERS) / seconds;
}

function open(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(url, { agent: false }, resolve).on('error', reject));
}

/** Reads until the end of what came holds a mark. Throws where the stream ends before. */
function until(response: IncomingMessage, mark: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let tail = '';
    const read = (chunk: Buffer) => {
      tail = (tail + chunk.subarray(-200).toString('latin1')).slice(-300);
      if (!tail.includes(mark)) return;
      response.off('data', read).off('end', cut);
      response.pause();
      resolve();
    };
    const cut = () => reject(new Error(`the stream ended before ${mark}`));
    response.on('data', read).on('end', cut).on('error', reject).resume();
  });
}

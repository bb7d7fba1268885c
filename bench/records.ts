/** What the records cost: a durable event, many with one sync, a replay into a session's view, a search, an audit, the check. */
import Database from 'better-sqlite3';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { newMessageId, newTurnId, type SessionId } from '../shared/ids.ts';
import { fold } from '../shared/timeline.ts';
import { signerOf, verifierOf } from '../server/base/signer.ts';
import { openStore, type Store } from '../server/store/store.ts';
import { verifyStore } from '../server/store/verify-store.ts';
import { figure, inTurns, type Bench, type Figure } from './measure.ts';

const EVENTS = 100_000;
const SESSIONS = 1_000;
const APPENDS = 200;
const GROUP = 50;
const SEARCH_MS = 50;

export const records: Bench = {
  name: 'records',
  about: `Events in SQLite: ${APPENDS} durable ones, each synced, and in groups of ${GROUP} with one sync; ${EVENTS} read and folded; a search over ${SESSIONS} sessions of ${EVENTS / SESSIONS} events; the check of every chain. Baselines: bare SQLite statements on the same disk, of the same bytes.`,
  rounds: 5,
  async run(rounds, share) {
    const dir = await mkdtemp(join(tmpdir(), 'vtcode-bench-'));
    const seals = { signer: signerOf(generateKeyPairSync('ed25519').privateKey), anchor: join(dir, 'anchor.json') };
    const store = await openStore(dir, seals);
    try {
      const appended = await appends(store, dir, rounds);
      const many = { events: EVENTS * share, sessions: SESSIONS * share };
      const session = fill(store, many);
      return [
        ...appended,
        ...(await replays(store, session, { dir, rounds, ...many })),
        ...(await searches(store, { dir, rounds, ...many })),
        await checks(store, { dir, rounds, seals }),
      ];
    } finally {
      store.close();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

const TEXT = 'The function adds two numbers and returns their sum; the test beside it covers a negative one. ';
const WORDS = ['walrus', 'harbour', 'lantern', 'quarry', 'meadow', 'anvil', 'thistle', 'gable', 'ember', 'sluice'];

const message = (session: SessionId, i: number) => ({
  type: 'message.user' as const,
  data: {
    messageId: newMessageId(),
    text: `${i} ${WORDS[i % WORDS.length]} ${TEXT.repeat(1 + (i % 3))}`,
    delivery: 'steer' as const,
  },
  session,
  turn: newTurnId(),
  actor: 'user:ada/bench' as const,
});

async function appends(store: Store, dir: string, rounds: number): Promise<Figure[]> {
  const session = store.sessions.create('appends', 'system');
  const bare = bareTable(join(dir, 'bare.db'));
  const times: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  // In turns, one by one, so that a slow moment of the disk falls on both.
  for (let i = 0; i < APPENDS * rounds; i++) {
    times.ours.push(timed(() => store.log.record(message(session, i), 'synced')));
    times.bare.push(timed(() => bare.insert(JSON.stringify(message(session, i)))));
  }
  const group = await inTurns(rounds, {
    ours: async () =>
      timed(() =>
        store.log.recordAll(
          Array.from({ length: GROUP }, (_, i) => message(session, i)),
          'synced',
        ),
      ) / GROUP,
    baseline: async () =>
      timed(() => bare.insertAll(Array.from({ length: GROUP }, (_, i) => JSON.stringify(message(session, i))))) / GROUP,
  });
  bare.close();
  const what = 'one INSERT of the same bytes, synced';
  const at = (share: number) => ({ ours: [quantile(times.ours, share)], bare: [quantile(times.bare, share)] });
  return [
    figure({
      what: 'durable event, p50',
      unit: 'ms',
      samples: at(0.5).ours,
      baseline: { what, samples: at(0.5).bare },
    }),
    figure({
      what: 'durable event, p99',
      unit: 'ms',
      samples: at(0.99).ours,
      baseline: { what, samples: at(0.99).bare },
    }),
    figure({
      what: `durable event in a group of ${GROUP}`,
      unit: 'ms',
      samples: group.ours,
      baseline: { what: 'as many INSERTs in one transaction, synced', samples: group.baseline },
    }),
  ];
}

/** A session with most of the events, and the rest of the sessions with their share. Answers the long one. */
function fill(store: Store, { events, sessions }: Pick<Where, 'events' | 'sessions'>): SessionId {
  const each = events / sessions;
  for (let s = 0; s < sessions; s++) {
    const session = store.sessions.create(`Session ${s}`, 'system');
    store.log.recordAll(Array.from({ length: each }, (_, i) => message(session, s * each + i)));
  }
  const long = store.sessions.create('A long session', 'system');
  for (let done = 0; done < events; done += each)
    store.log.recordAll(Array.from({ length: each }, (_, i) => message(long, done + i)));
  return long;
}

interface Where {
  dir: string;
  rounds: number;
  /** In the long session, and in the others together. */
  events: number;
  sessions: number;
}

async function replays(store: Store, session: SessionId, { dir, rounds, events }: Where): Promise<Figure[]> {
  const raw = new Database(join(dir, 'vtcode.db'), { readonly: true });
  const rows = raw.prepare('SELECT * FROM events WHERE chain = ? ORDER BY seq');
  const measured = await inTurns(rounds, {
    ours: async () => events / (timed(() => fold(store.log.all(session))) / 1_000),
    baseline: async () =>
      events /
      (timed(() => {
        for (const row of rows.iterate(session)) JSON.parse((row as { data: string }).data);
      }) /
        1_000),
  });
  raw.close();
  const what = 'the same rows read and parsed, not folded';
  return [
    figure({
      what: `replay of ${events} events into the view of a session`,
      unit: 'events/s',
      samples: measured.ours,
      baseline: { what, samples: measured.baseline },
    }),
  ];
}

async function searches(store: Store, { dir, rounds, events, sessions }: Where): Promise<Figure[]> {
  const raw = new Database(join(dir, 'vtcode.db'), { readonly: true });
  const like = raw.prepare('SELECT DISTINCT chain FROM events WHERE data LIKE ? LIMIT 50');
  const one = Math.ceil(events / 2 / 10) * 10; // its tenth word is the first: a walrus
  const find = (query: string) => timed(() => store.sessions.list({ query, cursor: null, archived: false }));
  const rare = await inTurns(rounds, {
    ours: async () => find(`${one} walrus`),
    baseline: async () => timed(() => like.all(`%${one} %`)),
  });
  const common = await inTurns(rounds, {
    ours: async () => find('lantern numbers'),
    baseline: async () => find('function'),
  });
  raw.close();
  const goal = { of: 'value' as const, atMost: SEARCH_MS };
  return [
    figure({
      what: `search over ${sessions} sessions, words of one event`,
      unit: 'ms',
      samples: rare.ours,
      baseline: { what: 'LIKE over the same events', samples: rare.baseline },
      goal,
    }),
    figure({
      what: `search over ${sessions} sessions, words of every tenth event`,
      unit: 'ms',
      samples: common.ours,
      goal,
    }),
    figure({
      what: `search over ${sessions} sessions, a word of all events`,
      unit: 'ms',
      samples: common.baseline,
      goal,
    }),
    figure({
      what: `a page of the audit of ${2 * events} events, with a filter that nothing fits`,
      unit: 'ms',
      samples: (
        await inTurns(rounds, {
          ours: async () =>
            timed(() =>
              store.audit.page({
                from: { order: 'falling', seq: Number.MAX_SAFE_INTEGER },
                filter: 'decision:deny who:agent:',
              }),
            ),
          baseline: async () => 0,
        })
      ).ours,
    }),
  ];
}

async function checks(
  store: Store,
  {
    dir,
    rounds,
    seals,
  }: Pick<Where, 'dir' | 'rounds'> & { seals: { signer: ReturnType<typeof signerOf>; anchor: string } },
): Promise<Figure> {
  const verifiers = [verifierOf(seals.signer.publicKey)!];
  const samples: number[] = [];
  let longest = 0;
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    const started = performance.now();
    const found = await verifyStore({
      stateDir: dir,
      anchor: seals.anchor,
      verifiers,
      signal: new AbortController().signal,
    });
    samples.push(found.events / ((performance.now() - started) / 1_000));
    if (!found.whole) throw new Error(`the record of the benchmark is broken: ${JSON.stringify(found.broken)}`);
    longest = Math.max(longest, found.events);
  }
  if (longest < store.log.head()) throw new Error(`checked ${longest} of ${store.log.head()} events`);
  return figure({ what: 'check of every chain', unit: 'events/s', samples });
}

function bareTable(path: string) {
  const raw = new Database(path);
  raw.pragma('journal_mode = WAL');
  raw.pragma('synchronous = FULL');
  raw.exec('CREATE TABLE lines (seq INTEGER PRIMARY KEY, data TEXT NOT NULL)');
  const statement = raw.prepare('INSERT INTO lines (data) VALUES (?)');
  const insertAll = raw.transaction((lines: string[]) => {
    for (const line of lines) statement.run(line);
  });
  return { insert: (line: string) => statement.run(line), insertAll, close: () => raw.close() };
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function quantile(samples: number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

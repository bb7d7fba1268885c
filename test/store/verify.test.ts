/** The check of the chains: whole records, records that somebody changed, and how each change is told. */
import Database from 'better-sqlite3';
import { generateKeyPairSync } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newMessageId, newTurnId, type SessionId } from '../../shared/ids.ts';
import { signerOf, verifierOf } from '../../server/base/signer.ts';
import { commitment, hashOf } from '../../server/store/chain.ts';
import type { EventLog } from '../../server/store/log.ts';
import { openStore } from '../../server/store/store.ts';
import { verifyStore } from '../../server/store/verify-store.ts';
import { testSeals } from '../fixtures/seals.ts';
import { tempStore } from '../fixtures/store.ts';
import { tempDir } from '../fixtures/temp.ts';

const USER = 'user:ada/verify_test';

function turn(log: EventLog, session: SessionId, text = 'go'): void {
  const at = { session, turn: newTurnId(), actor: USER } as const;
  const messageId = newMessageId();
  log.record({ type: 'message.user', data: { messageId, text, delivery: 'start' }, ...at });
  log.record({ type: 'turn.started', data: { messageId, provider: 'p', model: 'm', mode: 'ask' }, ...at });
  log.record({ type: 'turn.completed', data: { steps: 1, toolCalls: 0, stop: 'end' }, ...at });
}

const check = (dir: string, publicKey = testSeals(dir).signer.publicKey) =>
  verifyStore({
    stateDir: dir,
    anchor: testSeals(dir).anchor,
    verifiers: [verifierOf(publicKey)!],
    signal: new AbortController().signal,
  });

/** Two sessions with two turns each, closed. */
async function recorded(): Promise<{ dir: string; a: SessionId; b: SessionId }> {
  const dir = tempDir();
  const store = await openStore(dir, testSeals(dir));
  const [a, b] = [store.sessions.create('a', USER), store.sessions.create('b', USER)];
  for (const session of [a, b, a, b]) turn(store.log, session);
  store.close();
  return { dir, a, b };
}

function change(dir: string, work: (raw: Database.Database) => void): void {
  const raw = new Database(join(dir, 'vtcode.db'));
  work(raw);
  raw.close();
}

interface Row {
  [name: string]: unknown;
  seq: number;
  data: string;
  salt: string;
  hash: string;
}

/** Seals an event anew, as one could who knows how. */
function reseal(raw: Database.Database, seq: number): void {
  const row = raw.prepare<[number], Row>('SELECT *, chain_seq AS chainSeq FROM events WHERE seq = ?').get(seq)!;
  const hash = hashOf({ ...row, v: 1, data: JSON.parse(row.data) } as unknown as Parameters<typeof hashOf>[0]);
  raw.prepare('UPDATE events SET hash = ? WHERE seq = ?').run(hash, seq);
}

describe('a record', () => {
  it('is whole as it was made, with a signed head for each turn, also while it grows', async () => {
    const { dir, ...store } = await tempStore();
    const session = store.sessions.create('a', USER);
    turn(store.log, session);
    turn(store.log, session);
    const found = await check(dir);
    expect(found).toMatchObject({ whole: true, broken: null, chains: 2, tombstones: 0, unsealed: 0 });
    expect(found.heads).toMatchObject({ count: 2, foreign: 0 });
    store.sessions.create('b', USER);
    expect(await check(dir)).toMatchObject({ whole: true, unsealed: 1 });
  });

  it('signs nothing that it has not stored, and stores the head with the end of the turn', async () => {
    const { log, sessions } = await tempStore();
    const session = sessions.create('a', USER);
    turn(log, session);
    const [end, head] = log.after(0, { sessions: null, limit: 100 }).slice(-2);
    expect([end!.type, head!.type]).toEqual(['turn.completed', 'head.signed']);
    expect(head!.data).toMatchObject({ chain: session, chainSeq: end!.chainSeq, hash: end!.hash });
  });
});

type Tamper = [name: string, how: string, work: (raw: Database.Database, of: { a: string; b: string }) => number];

/** Each answers the seq at which the break must be found. */
const TAMPERED: Tamper[] = [
  [
    'the text of a message is another one',
    'edited',
    (raw, { a }) => {
      const row = first(raw, a, 'message.user');
      raw.prepare('UPDATE events SET data = ? WHERE seq = ?').run(row.data.replace('"go"', '"no"'), row.seq);
      return row.seq;
    },
  ],
  [
    'somebody else did it',
    'edited',
    (raw, { b }) => {
      const row = first(raw, b, 'turn.started');
      raw.prepare('UPDATE events SET actor = ? WHERE seq = ?').run('user:eve/x', row.seq);
      return row.seq;
    },
  ],
  [
    'it is said to have happened at another time',
    'edited',
    (raw, { a }) => {
      const row = first(raw, a, 'message.user');
      raw.prepare("UPDATE events SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = ?").run(row.seq);
      return row.seq;
    },
  ],
  [
    'an event was changed and sealed anew',
    'edited',
    (raw, { a }) => {
      const row = first(raw, a, 'message.user');
      raw.prepare('UPDATE events SET data = ? WHERE seq = ?').run(row.data.replace('"go"', '"no"'), row.seq);
      reseal(raw, row.seq);
      return row.seq;
    },
  ],
  [
    'its data is no JSON any more',
    'edited',
    (raw, { a }) => {
      const row = first(raw, a, 'message.user');
      raw.prepare("UPDATE events SET data = '{' WHERE seq = ?").run(row.seq);
      return row.seq;
    },
  ],
  [
    'an event in the middle is gone',
    'removed',
    (raw, { a }) => {
      const row = first(raw, a, 'turn.started');
      raw.prepare('DELETE FROM events WHERE seq = ?').run(row.seq);
      return row.seq;
    },
  ],
  [
    'the first event of a chain is gone',
    'removed',
    (raw, { a }) => {
      const row = first(raw, a, 'session.created');
      raw.prepare('DELETE FROM events WHERE seq = ?').run(row.seq);
      return row.seq;
    },
  ],
  [
    'an event is gone and the rest is numbered anew',
    'removed',
    (raw, { a }) => {
      const row = first(raw, a, 'turn.started');
      raw.prepare('DELETE FROM events WHERE seq = ?').run(row.seq);
      raw.prepare('UPDATE events SET chain_seq = -(chain_seq - 1) WHERE chain = ? AND seq > ?').run(a, row.seq);
      raw.prepare('UPDATE events SET chain_seq = -chain_seq WHERE chain_seq < 0').run();
      return row.seq;
    },
  ],
  [
    'its content is gone without a deletion',
    'removed',
    (raw, { a }) => {
      const row = first(raw, a, 'message.user');
      const kept = commitment(row.salt, JSON.parse(row.data));
      raw.prepare("UPDATE events SET data = '', salt = '', commitment = ? WHERE seq = ?").run(kept, row.seq);
      return row.seq;
    },
  ],
  [
    'two events changed places',
    'reordered',
    (raw, { a }) => {
      const [one, two] = [first(raw, a, 'message.user'), first(raw, a, 'turn.started')];
      raw.prepare('UPDATE events SET chain_seq = 900 WHERE seq = ?').run(one.seq);
      raw.prepare('UPDATE events SET chain_seq = ? WHERE seq = ?').run(one['chain_seq'], two.seq);
      raw.prepare('UPDATE events SET chain_seq = ? WHERE seq = ?').run(two['chain_seq'], one.seq);
      return two.seq;
    },
  ],
  [
    'the end of a session is gone',
    'truncated',
    (raw, { a }) => {
      const end = last(raw, a);
      raw.prepare('DELETE FROM events WHERE seq = ?').run(end);
      return end;
    },
  ],
  [
    'a session is gone as a whole',
    'truncated',
    (raw, { a }) => {
      const row = first(raw, a, 'session.created');
      raw.prepare('DELETE FROM events WHERE chain = ?').run(a);
      return row.seq;
    },
  ],
  [
    'the end of everything is gone',
    'truncated',
    (raw) => {
      const end = last(raw, 'workspace');
      raw.prepare('DELETE FROM events WHERE seq >= ?').run(end - 3);
      return end - 3;
    },
  ],
  [
    'the end of everything is gone, and the count of it',
    'truncated',
    (raw) => {
      const end = last(raw, 'workspace');
      raw.prepare('DELETE FROM events WHERE seq >= ?').run(end - 3);
      raw.prepare('UPDATE sqlite_sequence SET seq = ? WHERE name = ?').run(end - 4, 'events');
      return end - 3;
    },
  ],
];

const first = (raw: Database.Database, chain: string, type: string): Row =>
  raw
    .prepare<[string, string], Row>('SELECT * FROM events WHERE chain = ? AND type = ? ORDER BY seq')
    .get(chain, type)!;
const last = (raw: Database.Database, chain: string): number =>
  raw.prepare<[string], { seq: number }>('SELECT max(seq) AS seq FROM events WHERE chain = ?').get(chain)!.seq;

describe('a record that was tampered with', () => {
  it.each(TAMPERED)('is broken where %s: %s', async (_, how, work) => {
    const { dir, a, b } = await recorded();
    expect((await check(dir)).whole).toBe(true);
    let seq = 0;
    change(dir, (raw) => (seq = work(raw, { a, b })));
    const found = await check(dir);
    expect(found.whole).toBe(false);
    expect({ how: found.broken!.how, seq: found.broken!.seq }).toEqual({ how, seq });
  });

  it('is broken where a whole session was made anew, down to its heads, without the key', async () => {
    const { dir, a } = await recorded();
    change(dir, (raw) => {
      const rows = raw.prepare<[string], Row>('SELECT seq FROM events WHERE chain = ? ORDER BY seq').all(a);
      raw.prepare('UPDATE events SET data = replace(data, \'"go"\', \'"no"\') WHERE chain = ?').run(a);
      for (const { seq } of rows) {
        const before = raw
          .prepare<[string, number], Row>('SELECT hash FROM events WHERE chain = ? AND seq < ? ORDER BY seq DESC')
          .get(a, seq);
        if (before) raw.prepare('UPDATE events SET prev = ? WHERE seq = ?').run(before.hash, seq);
        reseal(raw, seq);
      }
    });
    expect((await check(dir)).broken).toMatchObject({ how: 'edited', why: 'a signed head says another hash of it' });
  });

  it('is broken where a head was signed by another key, or the signature is of something else', async () => {
    const { dir } = await recorded();
    const foreign = signerOf(generateKeyPairSync('ed25519').privateKey).publicKey;
    expect(await check(dir, foreign)).toMatchObject({
      whole: false,
      broken: { why: expect.stringContaining('key that is not here') },
    });
    change(dir, (raw) => {
      const [one, two] = raw.prepare<[], Row>("SELECT * FROM events WHERE type = 'head.signed' ORDER BY seq").all();
      const signature = (row: Row) => (JSON.parse(row.data) as { signature: string }).signature;
      raw
        .prepare('UPDATE events SET data = replace(data, ?, ?) WHERE seq = ?')
        .run(signature(one!), signature(two!), one!.seq);
      reseal(raw, one!.seq);
    });
    expect((await check(dir)).broken).toMatchObject({
      how: 'edited',
      why: expect.stringContaining('signature of this head'),
    });
  });

  it('is broken for good where an older copy was put back, though a server went on from there', async () => {
    const dir = tempDir();
    const first = await openStore(dir, testSeals(dir));
    const session = first.sessions.create('a', USER);
    turn(first.log, session);
    first.close();
    const copy = join(tempDir(), 'copy.db');
    change(dir, (raw) => void raw.prepare('VACUUM INTO ?').run(copy));
    const second = await openStore(dir, testSeals(dir));
    turn(second.log, session);
    second.close();
    for (const name of ['vtcode.db', 'vtcode.db-wal', 'vtcode.db-shm']) rmSync(join(dir, name), { force: true });
    const restored = new Database(copy);
    restored.prepare('VACUUM INTO ?').run(join(dir, 'vtcode.db'));
    restored.close();
    expect((await check(dir)).broken).toMatchObject({ how: 'truncated' });
    const third = await openStore(dir, testSeals(dir));
    turn(third.log, session);
    third.close();
    expect((await check(dir)).broken).toMatchObject({
      how: 'truncated',
      why: expect.stringContaining('had been cut off'),
    });
  });

  it('is broken where the database was taken away and begun anew', async () => {
    const { dir } = await recorded();
    for (const name of ['vtcode.db', 'vtcode.db-wal', 'vtcode.db-shm']) rmSync(join(dir, name), { force: true });
    (await openStore(dir, testSeals(dir))).close();
    expect((await check(dir)).broken).toMatchObject({ how: 'truncated', seq: 1 });
  });
});

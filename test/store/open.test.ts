/** Opening the database: an older format is brought up to date after a copy; what cannot be used is told, and left as it was. */
import Database from 'better-sqlite3';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { newMessageId, newSessionId, newTurnId } from '../../shared/ids.ts';
import { canonical } from '../../shared/canonical.ts';
import { sha256 } from '../../server/base/hash.ts';
import { verifierOf } from '../../server/base/signer.ts';
import { genesis, hashOf } from '../../server/store/chain.ts';
import { openDb } from '../../server/store/open.ts';
import { openStore, openStoreReader } from '../../server/store/store.ts';
import { verifyStore } from '../../server/store/verify-store.ts';
import { testSeals } from '../fixtures/seals.ts';
import { tempStore } from '../fixtures/store.ts';
import { tempDir } from '../fixtures/temp.ts';

const FIRST = fileURLToPath(new URL('../../drizzle/0000_foundation.sql', import.meta.url));
const USER = 'user:ada/open_test';

/** A database as the first format had it, with one session in it. */
function firstFormat(dir: string): { session: string; path: string } {
  const path = join(dir, 'vtcode.db');
  const raw = new Database(path);
  for (const statement of readFileSync(FIRST, 'utf8').split('--> statement-breakpoint')) raw.exec(statement);
  raw.pragma('user_version = 1');
  const session = newSessionId();
  const envelope = { v: 1 as const, at: '2026-01-02T03:04:05.000000Z', chain: session, actor: USER };
  let prev = genesis(session);
  const put = (chainSeq: number, type: string, data: object, turn: string | null) => {
    const salt = sha256(`${chainSeq}`).slice(0, 32);
    const unsealed = {
      ...envelope,
      id: `evt_0000000000000000000000000${chainSeq}`,
      chainSeq,
      turn,
      type,
      prev,
      salt,
      data,
    };
    const hash = hashOf(unsealed as unknown as Parameters<typeof hashOf>[0]);
    raw
      .prepare(
        'INSERT INTO events (id, at, chain, chain_seq, turn, actor, type, data, salt, prev, hash) VALUES (?,?,?,?,?,?,?,?,?,?,?)',
      )
      .run(unsealed.id, envelope.at, session, chainSeq, turn, USER, type, canonical(data), salt, prev, hash);
    prev = hash;
  };
  put(1, 'session.created', { title: 'An old one' }, null);
  put(2, 'message.user', { messageId: newMessageId(), text: 'the word is palimpsest', delivery: 'start' }, newTurnId());
  raw
    .prepare(
      "INSERT INTO sessions (id, title, created_at, updated_at, updated_seq, last_turn) VALUES (?, 'An old one', ?, ?, 2, 'completed')",
    )
    .run(session, envelope.at, envelope.at);
  raw.close();
  return { session, path };
}

const copies = (dir: string) => readdirSync(dir).filter((name) => name.includes('.backup-'));

describe('a database of an older format', () => {
  it('is brought up to date after a whole copy; what it held is found, audited and whole', async () => {
    const dir = tempDir();
    const { session } = firstFormat(dir);
    expect(() => openStoreReader(dir)).toThrow('written by an older vtcode');
    const store = await openStore(dir, testSeals(dir));
    expect(copies(dir)).toEqual(['vtcode.db.backup-1']);
    expect(statSync(join(dir, 'vtcode.db.backup-1')).mode & 0o777).toBe(0o600);
    const copy = new Database(join(dir, 'vtcode.db.backup-1'), { readonly: true });
    expect(copy.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 2 });
    expect(copy.pragma('user_version', { simple: true })).toBe(1);
    copy.close();
    expect(store.sessions.list({ query: 'palimpsest', cursor: null, archived: false }).sessions).toMatchObject([
      { id: session, title: 'An old one', pinned: false, match: { type: 'message.user' } },
    ]);
    const { rows } = store.audit.page({ from: { order: 'rising', seq: 0 }, filter: 'what:message.' });
    expect(rows.map(({ title }) => title)).toEqual(['the word is palimpsest']);
    const verifiers = [verifierOf(testSeals(dir).signer.publicKey)!];
    const { signal } = new AbortController();
    expect(await verifyStore({ stateDir: dir, anchor: testSeals(dir).anchor, verifiers, signal })).toMatchObject({
      whole: true,
    });
    store.close();
  });

  it('is left as it was where the change fails half way', async () => {
    const dir = tempDir();
    const { path } = firstFormat(dir);
    const raw = new Database(path);
    raw.exec('CREATE TABLE search (text)'); // in the way of the last step
    raw.close();
    await expect(openStore(dir, testSeals(dir))).rejects.toThrow('already exists');
    const after = new Database(path, { readonly: true });
    expect(after.pragma('user_version', { simple: true })).toBe(1);
    expect(after.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'audit'").get()).toEqual({ n: 0 });
    expect(after.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 2 });
    after.close();
    expect(copies(dir)).toEqual(['vtcode.db.backup-1']);
  });
});

describe('a database that cannot be used', () => {
  it('that another program holds is said to be locked; what was refused was not published, and the next goes in', async () => {
    const { dir, log, sessions, bus } = await tempStore();
    const session = sessions.create('x', USER);
    const other = new Database(join(dir, 'vtcode.db'));
    other.exec('BEGIN IMMEDIATE');
    const heard = vi.fn();
    bus.subscribe(heard);
    const data = { messageId: newMessageId(), text: 'hello', delivery: 'start' as const };
    const say = () => log.record({ type: 'message.user', data, session, turn: newTurnId(), actor: USER }, 'synced');
    expect(say).toThrow(expect.objectContaining({ status: 503, code: 'store_locked' }));
    expect(heard).not.toHaveBeenCalled();
    expect([...log.all(session)]).toHaveLength(1);
    other.exec('ROLLBACK');
    other.close();
    expect(say().chainSeq).toBe(2);
  });

  it('with a page of rubbish is said to be damaged, by who reads it and by who checks it', async () => {
    const dir = tempDir();
    const store = await openStore(dir, testSeals(dir));
    const session = store.sessions.create('x', USER);
    for (let i = 0; i < 200; i++) {
      const data = { messageId: newMessageId(), text: `${i} ${'word '.repeat(200)}`, delivery: 'start' as const };
      store.log.record({ type: 'message.user', data, session, turn: newTurnId(), actor: USER });
    }
    store.close();
    const path = join(dir, 'vtcode.db');
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 4096, bytes.length - 4096);
    writeFileSync(path, bytes);
    await expect(openStore(dir, testSeals(dir))).rejects.toMatchObject({ code: 'store_damaged' });
    const { signal } = new AbortController();
    const check = verifyStore({ stateDir: dir, anchor: testSeals(dir).anchor, verifiers: [], signal });
    await expect(check).rejects.toMatchObject({ code: 'store_damaged' });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('of a newer format is refused, and not a byte of it changes', () => {
    const dir = tempDir();
    openDb(dir, 'write').close();
    const path = join(dir, 'vtcode.db');
    const raw = new Database(path);
    raw.pragma('journal_mode = DELETE');
    raw.pragma('user_version = 999');
    raw.close();
    const before = readFileSync(path);
    for (const mode of ['write', 'read'] as const)
      expect(() => openDb(dir, mode)).toThrow(expect.objectContaining({ code: 'store_newer', status: 503 }));
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dir).filter((name) => name.startsWith('vtcode.db'))).toEqual(['vtcode.db']);
  });
});

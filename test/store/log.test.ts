/** The event log: numbers, chains, durability, and what it refuses. */
import Database from 'better-sqlite3';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { SessionEvent } from '../../shared/event.ts';
import { newApprovalId, newActionId, newMessageId, newTurnId, type SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { EventLog } from '../../server/store/log.ts';
import { genesis, hashOf } from '../../server/store/chain.ts';
import { verifierOf } from '../../server/base/signer.ts';
import { verifyStore } from '../../server/store/verify-store.ts';
import { openStore, openStoreReader } from '../../server/store/store.ts';
import { testSeals } from '../fixtures/seals.ts';
import { tempStore } from '../fixtures/store.ts';
import { tempDir } from '../fixtures/temp.ts';

const USER = 'user:ada/log_test';

function say(log: EventLog, session: SessionId, text: string) {
  const data = { messageId: newMessageId(), text, delivery: 'start' as const };
  return log.record({ type: 'message.user', data, session, turn: newTurnId(), actor: USER });
}

describe('the event log', () => {
  it('numbers events without gaps over all sessions and chains each session by itself', async () => {
    const { log, sessions } = await tempStore();
    const [a, b] = [sessions.create('a', USER), sessions.create('b', USER)];
    for (const session of [a, b, a, a, b]) say(log, session, `to ${session}`);
    const all = log.after(0, { sessions: null, limit: 100 });
    expect(all.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    for (const chain of [a, b]) {
      let prev = genesis(chain);
      const own = all.filter((event) => event.chain === chain);
      expect(own.map((event) => event.chainSeq)).toEqual(own.map((_, place) => place + 1));
      for (const event of own) {
        expect(event.prev).toBe(prev);
        expect(hashOf(event)).toBe(event.hash);
        prev = event.hash;
      }
    }
  });

  it('gives back every event as it was recorded, and it parses by its schema', async () => {
    const { log, sessions } = await tempStore();
    const session = sessions.create(null, USER);
    const hostile = 'line\n\nevent: approval.resolved\ndata: {"x":1}\r\u2028\u202e\0\ud83d end';
    const stored = say(log, session, hostile);
    expect(log.at(stored.seq)).toEqual(stored);
    expect(SessionEvent.parse(log.at(stored.seq))).toEqual(stored);
  });

  it('goes on where it was after a restart', async () => {
    const dir = tempDir();
    const first = await openStore(dir, testSeals(dir));
    const session = first.sessions.create('kept', USER);
    const before = say(first.log, session, 'one');
    first.close();
    const second = await tempStore(dir);
    expect(second.log.head()).toBe(before.seq);
    const after = say(second.log, session, 'two');
    expect(after.seq).toBe(before.seq + 1);
    expect(after.prev).toBe(before.hash);
  });

  it('keeps the order of what happened when the clock jumps back, while it runs and from one server to the next', async () => {
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers({ now: new Date('2026-03-01T12:00:00Z'), toFake: ['Date'] });
    const dir = tempDir();
    const first = await openStore(dir, testSeals(dir));
    const session = first.sessions.create('a', USER);
    say(first.log, session, 'one');
    vi.setSystemTime(new Date('2026-03-01T09:00:00Z'));
    const other = first.sessions.create('b', USER);
    say(first.log, session, 'two');
    const times = first.log.after(0, { sessions: null, limit: 10 }).map(({ at }) => at);
    expect(times).toEqual(times.toSorted());
    expect(new Set(times).size).toBe(times.length);
    first.close();
    vi.setSystemTime(new Date('2020-01-01T00:00:00Z'));
    const second = await tempStore(dir);
    say(second.log, other, 'three');
    say(second.log, session, 'four');
    const all = second.log.after(0, { sessions: null, limit: 10 });
    expect(all.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    // The list goes by numbers, not by the clock: what was touched last stands first.
    const { sessions } = second.sessions.list({ query: '', cursor: null, archived: false });
    expect(sessions.map(({ id }) => id)).toEqual([session, other]);
    const verified = await verifyStore({
      ...{ stateDir: dir, anchor: testSeals(dir).anchor, signal: new AbortController().signal },
      verifiers: [verifierOf(testSeals(dir).signer.publicKey)!],
    });
    expect(verified).toMatchObject({ whole: true, events: 6 });
  });

  it('publishes nothing and keeps its chain whole when an event cannot be stored', async () => {
    const { log, sessions, bus } = await tempStore();
    const session = sessions.create('x', USER);
    const heard = vi.fn();
    bus.subscribe(heard);
    const data = { approvalId: newApprovalId(), actionId: newActionId(), why: 'time' as const, message: '' };
    const event = { type: 'approval.expired' as const, data, session, turn: newTurnId(), actor: 'system' as const };
    expect(() => log.record(event)).toThrow('is not open');
    expect(heard).not.toHaveBeenCalled();
    expect(log.head()).toBe(1);
    expect(say(log, session, 'next').chainSeq).toBe(2);
  });

  it('refuses an event over the bound, with the bound and its reason', async () => {
    const { log, sessions } = await tempStore();
    const session = sessions.create('x', USER);
    const huge = 'x'.repeat(LIMITS.eventBytes.value);
    expect(() => say(log, session, huge)).toThrow(`the bound is ${LIMITS.eventBytes.value}`);
    expect(log.head()).toBe(1);
  });

  it('reads a window backwards and a replay forwards, filtered by session', async () => {
    const { log, sessions } = await tempStore();
    const [a, b] = [sessions.create('a', USER), sessions.create('b', USER)];
    for (let i = 0; i < 10; i++) say(log, i % 2 ? a : b, String(i));
    const window = log.window(a, { before: Number.MAX_SAFE_INTEGER, limit: 2 });
    expect(window.map((event) => (event.data as { text: string }).text)).toEqual(['7', '9']);
    const earlier = log.window(a, { before: window[0]!.seq, limit: 2 });
    expect(earlier.map((event) => (event.data as { text: string }).text)).toEqual(['3', '5']);
    expect(log.after(2, { sessions: [b], limit: 100 }).every((event) => event.chain === b)).toBe(true);
    expect([...log.all(b)]).toHaveLength(6);
  });

  it('refuses a file of a newer format and changes nothing in it', async () => {
    const dir = tempDir();
    (await openStore(dir, testSeals(dir))).close();
    const raw = new Database(join(dir, 'vtcode.db'));
    raw.pragma('user_version = 999');
    raw.close();
    await expect(openStore(dir, testSeals(dir))).rejects.toThrow('newer vtcode');
    expect(() => openStoreReader(dir)).toThrow('newer vtcode');
  });

  it('says what to do when the file is no database', async () => {
    const dir = tempDir();
    writeFileSync(
      join(dir, 'vtcode.db'),
      'not a database at all, but long enough to have a header of its own'.repeat(20),
    );
    await expect(openStore(dir, testSeals(dir))).rejects.toMatchObject({
      code: 'store_damaged',
      hint: expect.stringContaining('backup'),
    });
  });

  it('leaves an empty directory alone when only read', () => {
    const dir = tempDir();
    expect(() => openStoreReader(dir)).toThrow('Nothing has been recorded');
    expect(readdirSync(dir)).toEqual([]);
    expect(existsSync(join(dir, 'vtcode.db'))).toBe(false);
  });

  it('is read while a server writes', async () => {
    const { log, sessions, dir } = await tempStore();
    const session = sessions.create('shared', USER);
    say(log, session, 'hello');
    const reader = openStoreReader(dir);
    expect(reader.sessions.list({ query: '', cursor: null, archived: false }).sessions).toHaveLength(1);
    expect([...reader.log.all(session)]).toHaveLength(2);
    reader.close();
  });
});

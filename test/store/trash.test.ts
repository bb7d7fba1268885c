/** Deleting a session: out of sight at once, back for a while, then its content gone for good and its chain still whole. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { newActionId, newMessageId, newTurnId, type SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { verifierOf } from '../../server/base/signer.ts';
import { openStore, openStoreReader, type Store } from '../../server/store/store.ts';
import { verifyStore } from '../../server/store/verify-store.ts';
import { testSeals } from '../fixtures/seals.ts';
import { tempStore } from '../fixtures/store.ts';
import { tempDir } from '../fixtures/temp.ts';

const USER = 'user:ada/trash_test';
const SECRET = 'xyzzy-the-word-that-must-go';

function turn({ log }: Pick<Store, 'log'>, session: SessionId, text = SECRET): void {
  const at = { session, turn: newTurnId(), actor: USER } as const;
  const messageId = newMessageId();
  log.record({ type: 'message.user', data: { messageId, text, delivery: 'start' }, ...at });
  log.record({ type: 'turn.completed', data: { steps: 1, toolCalls: 0, stop: 'end' }, ...at });
}

async function fileChanged({ log, blobs }: Store, session: SessionId, content: string): Promise<string> {
  const sha256 = await blobs.put(Buffer.from(content));
  const file = { state: 'file' as const, sha256, size: content.length, mode: 0o644 };
  const data = {
    actionId: newActionId(),
    op: 'create' as const,
    path: 'a',
    from: 'a',
    before: { state: 'absent' as const },
    after: file,
  };
  log.record({ type: 'file.changed', data: { ...data, added: 1, removed: 0 }, session, turn: null, actor: USER });
  return sha256;
}

const check = (dir: string) =>
  verifyStore({
    ...{ stateDir: dir, anchor: testSeals(dir).anchor, signal: new AbortController().signal },
    verifiers: [verifierOf(testSeals(dir).signer.publicKey)!],
  });

/** Whether any file of the state directory holds the text. */
const holds = (dir: string, text: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text))
    .map(({ name }) => name);

const NOTHING_RUNS = { busy: () => false, end: () => Promise.resolve() };

describe('a deleted session', () => {
  it('is out of the list and of the search, cannot be read, and comes back whole', async () => {
    const { sessions, trash, log } = await tempStore();
    const session = sessions.create('gone', USER);
    turn({ log }, session);
    const { until } = trash.put(session, USER);
    expect(Date.parse(until)).toBeGreaterThan(Date.now());
    expect(sessions.list({ query: '', cursor: null, archived: false }).sessions).toEqual([]);
    expect(sessions.list({ query: SECRET, cursor: null, archived: false }).sessions).toEqual([]);
    expect(() => sessions.get(session)).toThrow('There is no session');
    trash.restore(session, USER);
    expect(sessions.get(session).title).toBe('gone');
    expect(sessions.list({ query: SECRET, cursor: null, archived: false }).sessions).toHaveLength(1);
    expect(() => trash.restore(session, USER)).toThrow('There is no session');
    await trash.close();
  });

  it('is refused while it works or waits', async () => {
    const { sessions, trash, log } = await tempStore();
    const session = sessions.create('busy', USER);
    const data = { messageId: newMessageId(), text: 'go', delivery: 'start' as const };
    log.record({ type: 'message.user', data, session, turn: newTurnId(), actor: USER });
    expect(() => trash.put(session, USER)).toThrow('deleted only at rest');
    await expect(trash.remove(session, USER)).rejects.toMatchObject({ status: 409 });
  });

  it('leaves nothing of what it held on the disk, and a chain that is whole', async () => {
    const dir = tempDir();
    const store = await openStore(dir, testSeals(dir));
    const [gone, kept] = [store.sessions.create(SECRET, USER), store.sessions.create('kept', USER)];
    turn(store, gone);
    turn(store, kept, 'something else');
    const files = join(dir, 'sessions');
    const [mine, shared] = [await fileChanged(store, gone, 'only mine'), await fileChanged(store, gone, 'of both')];
    await fileChanged(store, kept, 'of both');
    writeFileSync(join(dir, 'vtcode.db.backup-1'), SECRET);
    expect(existsSync(files)).toBe(false);
    const later = Date.now() + LIMITS.blobFreshMs.value + 1;
    vi.spyOn(Date, 'now').mockReturnValue(later);
    await store.trash.remove(gone, USER);
    vi.restoreAllMocks();
    expect(await store.blobs.get(mine)).toBeNull();
    expect((await store.blobs.get(shared))?.toString()).toBe('of both');
    store.close();
    expect(holds(dir, SECRET)).toEqual([]);
    const found = await check(dir);
    expect(found).toMatchObject({ whole: true, broken: null, tombstones: 6 });
    const reader = openStoreReader(dir);
    const deleted = [...reader.log.all('workspace')].filter((event) => event.type === 'session.deleted');
    expect(deleted.map(({ data, actor }) => ({ data, actor }))).toMatchObject([
      { data: { session: gone, why: 'person', events: 6 }, actor: USER },
    ]);
    reader.close();
  });

  it('leaves another one that is deleted whole, which may come back, and what both held goes with the last', async () => {
    const store = await tempStore();
    const [first, second] = [store.sessions.create('one', USER), store.sessions.create('two', USER)];
    const both = await fileChanged(store, first, 'of both');
    await fileChanged(store, second, 'of both');
    const later = Date.now() + LIMITS.blobFreshMs.value + 1;
    vi.spyOn(Date, 'now').mockReturnValue(later);
    store.trash.put(second, USER);
    await store.trash.remove(first, USER);
    store.trash.restore(second, USER);
    expect((await store.blobs.get(both))?.toString()).toBe('of both');
    await store.trash.remove(second, USER);
    vi.restoreAllMocks();
    expect(await store.blobs.get(both)).toBeNull();
  });

  it('goes when its time has come, also where the server was not there then', async () => {
    const dir = tempDir();
    const first = await openStore(dir, testSeals(dir));
    const session = first.sessions.create('x', USER);
    turn(first, session);
    first.trash.put(session, USER);
    first.close();
    const second = await tempStore(dir);
    const failed = vi.fn();
    vi.useFakeTimers({ now: Date.now() + LIMITS.undoMs.value * 2 });
    second.trash.start({ keepDays: null, onFailed: failed, ...NOTHING_RUNS });
    vi.runAllTimers();
    vi.useRealTimers();
    await second.trash.close();
    expect(failed).not.toHaveBeenCalled();
    expect([...second.log.all(session)]).toEqual([]);
    expect(await check(dir)).toMatchObject({ whole: true, tombstones: 4 });
    expect(() => second.trash.restore(session, USER)).toThrow('its content has gone');
  });

  it('retires what nobody touched, but for what is pinned', async () => {
    const { sessions, trash, log, dir } = await tempStore();
    const [old, pinned] = [sessions.create('old', USER), sessions.create('pinned', USER)];
    turn({ log }, old);
    sessions.change(pinned, { pinned: true }, USER);
    const day = 86_400_000;
    expect(await trash.retire(30, Date.now() + 29 * day)).toBe(0);
    expect(await trash.retire(30, Date.now() + 31 * day)).toBe(1);
    expect(sessions.list({ query: '', cursor: null, archived: false }).sessions.map(({ id }) => id)).toEqual([pinned]);
    expect((await check(dir)).whole).toBe(true);
  });

  it('does not retire while something of it still runs', async () => {
    const { sessions, trash, log } = await tempStore();
    const [busy, idle] = [sessions.create('busy', USER), sessions.create('idle', USER)];
    for (const session of [busy, idle]) turn({ log }, session);
    const ended: string[] = [];
    const end = (session: string) => Promise.resolve(void ended.push(session));
    trash.start({ keepDays: null, onFailed: vi.fn(), busy: (session) => session === busy, end });
    expect(await trash.retire(30, Date.now() + 31 * 86_400_000)).toBe(1);
    expect([ended, sessions.get(busy).id]).toEqual([[idle], busy]);
    await trash.close();
  });

  it('takes nothing more once its content has gone', async () => {
    const { sessions, trash, log, dir } = await tempStore();
    const session = sessions.create('x', USER);
    turn({ log }, session);
    await trash.remove(session, USER);
    const before = log.head();
    expect(() => turn({ log }, session)).toThrow('is not there any more, so a record of type');
    expect([log.head(), [...log.all(session)]]).toEqual([before, []]);
    expect((await check(dir)).whole).toBe(true);
  });

  it('retires by itself when a server starts, where a number of days is set', async () => {
    const { sessions, trash, log } = await tempStore();
    const old = sessions.create('old', USER);
    turn({ log }, old);
    vi.useFakeTimers({ now: Date.now() + 8 * 86_400_000, toFake: ['Date'] });
    const failed = vi.fn();
    trash.start({ keepDays: 7, onFailed: failed, ...NOTHING_RUNS });
    await vi.waitFor(() => expect([...log.all(old)]).toEqual([]));
    await trash.close();
    vi.useRealTimers();
    expect(failed).not.toHaveBeenCalled();
    const said = [...log.all('workspace')].find((event) => event.type === 'session.deleted');
    expect(said).toMatchObject({ actor: 'system', data: { session: old, why: 'retention' } });
  });
});

/** Shares as they are kept: they end in the same moment for all, nothing brings one back, and nobody can have too much of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Viewer } from '../../server/share/audience.ts';
import { createShares, type Shares } from '../../server/share/shares.ts';
import { rebuildStore } from '../../server/store/rebuild.ts';
import { openStore, type Store } from '../../server/store/store.ts';
import { newMessageId, type SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { ShareWish } from '../../shared/share.ts';
import { testSeals } from '../fixtures/seals.ts';
import { tempStore } from '../fixtures/store.ts';
import { tempDir } from '../fixtures/temp.ts';
import { keeper } from '../fixtures/kept.ts';
import { linkOf } from '../fixtures/shared.ts';

const ANN = 'user:ann/log' as const;
const FACTS = { known: [], home: '', root: '', host: '', user: '' };

interface Kept {
  store: Store & { dir?: string };
  shares: Shares;
  session: SessionId;
  warned: string[];
  clock: { now: number };
}

function open(store: Store, clock = { now: Date.now() }): { shares: Shares; warned: string[]; clock: { now: number } } {
  const warned: string[] = [];
  const shares = createShares({
    ...store,
    facts: FACTS,
    open: async () => ({ origin: 'http://127.0.0.1:4748', port: 4748 }),
    logger: { warn: (event) => void warned.push(event) },
    now: () => clock.now,
  });
  onTestFinished(() => shares.close());
  return { shares, warned, clock };
}

async function kept(): Promise<Kept> {
  const store = await tempStore();
  const session = store.sessions.create('A walrus', ANN);
  say(store, session, 'first');
  return { store, session, ...open(store) };
}

const say = (store: Store, session: SessionId, text: string) =>
  store.log.record({
    type: 'message.user',
    data: { messageId: newMessageId(), text, delivery: 'start' },
    session,
    turn: null,
    actor: ANN,
  });

async function make(
  { shares, session }: Pick<Kept, 'shares' | 'session'>,
  wish: Partial<ShareWish> = {},
  minutes = 60,
) {
  const { id } = await shares.create(session, { ...ShareWish.parse(wish), expiresInMinutes: minutes }, ANN);
  return linkOf(shares.linkOf(id));
}

/** One who looks, and what they were sent. */
function viewer(): Viewer & { texts: string[]; isClosed: boolean } {
  return {
    texts: [],
    isClosed: false,
    sent: 0,
    isLevel: true,
    push(frames) {
      this.texts.push(...frames.map(({ json }) => json));
    },
    beat: () => undefined,
    close() {
      this.isClosed = true;
    },
  };
}

describe('a share', () => {
  it('closes its streams in the very moment that it is taken back, or its session deleted', async () => {
    const at = await kept();
    for (const end of ['revoke', 'trash'] as const) {
      const link = await make(at, { live: true });
      const one = viewer();
      at.shares.admit(link.id, link.token)!.enter(one);
      expect(one.isClosed).toBe(false);
      if (end === 'revoke') at.shares.revoke(link.id as never, ANN);
      else at.store.trash.put(at.session, ANN);
      expect(one.isClosed).toBe(true);
      expect(at.shares.admit(link.id, link.token)).toBe(null);
    }
  });

  it('ends at its time, for who looks and for who comes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const store = await tempStore();
    const session = store.sessions.create('A walrus', ANN);
    const shares = createShares({
      ...{ ...store, facts: FACTS, open: async () => ({ origin: 'http://127.0.0.1:1', port: 1 }) },
      logger: { warn: () => undefined },
    });
    onTestFinished(() => shares.close());
    const link = await make({ shares, session }, {}, 30 * 24 * 60);
    const one = viewer();
    shares.admit(link.id, link.token)!.enter(one);
    vi.advanceTimersByTime(29 * 86_400_000);
    expect([one.isClosed, shares.admit(link.id, link.token) !== null]).toEqual([false, true]);
    vi.advanceTimersByTime(86_400_000);
    expect([one.isClosed, shares.admit(link.id, link.token)]).toEqual([true, null]);
    expect(shares.list(null)).toMatchObject([{ state: 'expired' }]);
  });

  it('ends at its time also where the machine slept past it, or where that was this very moment', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const at = await kept();
    const [slept, late] = [await make(at, {}, 60), await make(at, {}, 120)];
    const [one, two] = [viewer(), viewer()];
    at.shares.admit(slept.id, slept.token)!.enter(one);
    at.clock.now += 3_600_000;
    vi.advanceTimersByTime(LIMITS.heartbeatMs.value);
    expect(one.isClosed).toBe(true);
    // It opens something when it is looked for, and nothing a millisecond later.
    const end = at.clock.now + 3_600_000;
    const times = [end - 1];
    Object.defineProperty(at.clock, 'now', { get: () => times.shift() ?? end });
    at.shares.admit(late.id, late.token)!.enter(two);
    vi.advanceTimersByTime(1);
    expect(two.isClosed).toBe(true);
  });

  it('keeps nothing of the session once it has ended: no token, no word that was masked', async () => {
    const at = await kept();
    const link = await make(at, { redactions: ['Secretissimo'] });
    const other = await make(at, { redactions: ['Expirissimo'] }, 1);
    at.shares.revoke(link.id as never, ANN);
    at.clock.now += 120_000;
    open(at.store, at.clock);
    const rows = JSON.stringify([...at.store.log.all('workspace')]);
    for (const word of ['Secretissimo', 'Expirissimo', link.token, other.token]) expect(rows).not.toContain(word);
    expect(at.store.shares.open(link.id, new Date(0).toISOString())).toBe(null);
    expect(at.store.shares.open(other.id, new Date(0).toISOString())).toBe(null);
    expect(at.shares.list(null).map(({ state }) => state)).toEqual(['expired', 'revoked']);
  });

  it('is recorded with what it shows and never with its token or a word of its owner', async () => {
    const at = await kept();
    const link = await make(at, { live: true, redactions: [{ keep: 'e-mail address' }, 'Codename'] });
    const events = [...at.store.log.all('workspace')].filter(({ type }) => type === 'share.created');
    expect(events).toMatchObject([
      { actor: ANN, data: { shareId: link.id, session: at.session, live: true, kept: ['e-mail address'], words: 1 } },
    ]);
    const text = JSON.stringify(events);
    expect([text.includes('Codename'), text.includes(link.token.slice(4, 20))]).toEqual([false, false]);
  });

  it('tells its link for a minute to who repeats the command, and never after', async () => {
    const at = await kept();
    const { id } = await make(at);
    expect(at.shares.linkOf(id)).toContain('#vts_');
    at.clock.now += LIMITS.shareLinkMs.value;
    expect(at.shares.linkOf(id)).toBe('');
  });
});

describe('what is made anew', () => {
  it('brings no share back: not records that are rebuilt, not a session that is forked or imported', async () => {
    const dir = tempDir();
    const store = await openStore(dir, testSeals(dir));
    const files = keeper(store, dir);
    const session = store.sessions.create('A walrus', ANN);
    const { shares } = open(store);
    const link = await make({ shares, session });
    const fork = store.sessions.fork(session, null, ANN);
    expect(shares.list(fork)).toEqual([]);
    shares.close();
    await files.close();
    store.close();
    await rebuildStore({ stateDir: dir, seals: testSeals(dir), now: new Date().toISOString() });
    const again = await openStore(dir, testSeals(dir));
    onTestFinished(() => again.close());
    const { shares: anew } = open(again);
    expect(anew.list(null)).toMatchObject([{ id: link.id, state: 'lost' }]);
    expect(anew.admit(link.id, link.token)).toBe(null);
    expect(readFileSync(join(dir, 'vtcode.db')).includes(link.token)).toBe(false);
  });
});

describe('of shares', () => {
  it('there are so many at once and no more', async () => {
    const at = await kept();
    for (let i = 0; i < LIMITS.shares.value; i++) await make(at);
    await expect(make(at)).rejects.toMatchObject({ code: 'too_many_shares' });
    at.shares.revoke(at.shares.list(null)[0]!.id, ANN);
    await make(at);
  });

  it('one takes so many streams and so many requests', async () => {
    const at = await kept();
    const link = await make(at);
    const audience = at.shares.admit(link.id, link.token)!;
    for (let i = 0; i < LIMITS.shareViewers.value; i++) {
      at.shares.refuseFull(audience);
      audience.enter(viewer());
    }
    expect(() => at.shares.refuseFull(audience)).toThrowError(expect.objectContaining({ code: 'too_many_viewers' }));
    const taken = Array.from({ length: LIMITS.shareRequests.value + 1 }, () => audience.takes());
    expect([taken[0], taken.at(-1)]).toEqual([true, false]);
    at.clock.now += LIMITS.shareWindowMs.value;
    expect(audience.takes()).toBe(true);
  });

  it('those that nobody looks at give way, and those that are looked at stay', async () => {
    const at = await kept();
    const first = await make(at, { live: true });
    const one = viewer();
    at.shares.admit(first.id, first.token)!.enter(one);
    for (let i = 0; i < 2 * LIMITS.sharesKept.value; i++) {
      const link = await make(at);
      expect(at.shares.admit(link.id, link.token)).not.toBe(null);
    }
    expect(one.isClosed).toBe(false);
    say(at.store, at.session, 'second');
    await vi.waitFor(() => expect(one.texts.join()).toContain('second'));
  });

  it('many views are one record a minute, and none is lost', async () => {
    const at = await kept();
    const link = await make(at);
    const audience = at.shares.admit(link.id, link.token)!;
    for (let i = 0; i < 100; i++) at.shares.viewed(audience);
    const viewed = () => [...at.store.log.all('workspace')].filter(({ type }) => type === 'share.viewed');
    expect(viewed()).toHaveLength(1);
    at.clock.now += LIMITS.shareViewedMs.value;
    at.shares.viewed(audience);
    expect(viewed().map(({ data }) => data)).toEqual([
      { shareId: link.id, views: 1 },
      { shareId: link.id, views: 100 },
    ]);
    expect(at.shares.list(null)).toMatchObject([{ views: 101 }]);
  });

  it('a burst of what is recorded reaches a viewer once each, in order', async () => {
    const at = await kept();
    const link = await make(at, { live: true });
    const audience = at.shares.admit(link.id, link.token)!;
    await audience.advance();
    const one = viewer();
    one.sent = audience.viewing.frames.length;
    audience.enter(one);
    for (let i = 0; i < 50; i++) {
      say(at.store, at.session, `line ${i}.`);
      if (i % 7 === 0) await audience.advance();
    }
    await vi.waitFor(() => expect(one.texts).toHaveLength(50));
    expect(one.texts.map((text) => /line \d+/.exec(text)?.[0])).toEqual(
      Array.from({ length: 50 }, (_, i) => `line ${i}`),
    );
  });
});

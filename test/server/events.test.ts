/** The stream of events over real HTTP: where it begins, what it has, and that nothing is lost, doubled or hoarded. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LiveEvent, SessionEvent } from '../../shared/event.ts';
import { newMessageId, newSessionId, type SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { openHouse, USER, type House } from './house.ts';
import { EventReader, raw, request, type Frame } from './wire.ts';

let house: House;
const open: EventReader[] = [];
beforeAll(async () => (house = await openHouse({ streams: { heartbeatMs: 50 } })));
afterAll(() => house.close());
afterEach(async () => {
  for (const reader of open.splice(0)) reader.close();
  house.live.clear();
});

async function read(path = '/api/events', headers: Record<string, string> = {}): Promise<EventReader> {
  const reader = await EventReader.open(house.origin, path, { Authorization: house.bearer, ...headers });
  open.push(reader);
  return reader;
}

const say = (session: SessionId, text: string) =>
  house.store.log.record({
    type: 'message.user',
    data: { messageId: newMessageId(), text, delivery: 'start' },
    session,
    turn: null,
    actor: USER,
  });
const create = (title: string) => house.store.sessions.create(title, USER);
const ids = (frames: Frame[]) => frames.flatMap(({ id }) => (id === undefined ? [] : [Number(id)]));
const types = (frames: Frame[]) => frames.map(({ event }) => event);
const after = (seq: number) => `/api/events?after=${seq}`;

describe('where a stream begins', () => {
  it('without an id, with what comes: only the head is told', async () => {
    create('before');
    const head = house.store.log.head();
    const reader = await read();
    await reader.seen('replay.complete');
    const session = create('now');
    const frames = await reader.seen('session.created');
    expect(frames[0]).toMatchObject({ event: 'replay.complete', data: JSON.stringify({ seq: head }) });
    expect(frames[1]).toMatchObject({ id: String(head + 1), event: 'session.created' });
    expect(JSON.parse(frames[1]!.data)).toMatchObject({ seq: head + 1, chain: session, data: { title: 'now' } });
  });

  it('after an id, with all that followed it, over many pages, and then with what comes', async () => {
    const session = create('pages');
    const from = house.store.log.head();
    for (let i = 0; i < 2 * LIMITS.replayPage.value + 1; i++) say(session, `message ${i}`);
    const reader = await read(after(from));
    await reader.seen('replay.complete');
    say(session, 'live');
    const frames = await reader.until(
      (seen) => types(seen).at(-1) === 'message.user' && types(seen).includes('replay.complete'),
    );
    const last = house.store.log.head();
    expect(ids(frames)).toEqual(Array.from({ length: last - from }, (_, i) => from + 1 + i));
    expect(types(frames).indexOf('replay.complete')).toBe(frames.length - 2);
  });

  it('the header is heard before the query', async () => {
    const session = create('header');
    const from = house.store.log.head();
    say(session, 'one');
    say(session, 'two');
    const reader = await read(after(from), { 'Last-Event-ID': String(from + 1) });
    expect(ids(await reader.seen('replay.complete'))).toEqual([from + 2]);
  });

  it('after 0, with everything', async () => {
    const reader = await read(after(0));
    const frames = await reader.seen('replay.complete');
    expect(ids(frames)).toEqual(Array.from({ length: house.store.log.head() }, (_, i) => i + 1));
  });

  it('what is in flight is told after the replay', async () => {
    const [mine, other] = [newSessionId(), newSessionId()];
    const state = { messageId: newMessageId(), text: 'so far', reasoning: '', calls: [] };
    house.live.set(mine, state).set(other, state);
    const all = await read();
    expect(types(await all.until((frames) => frames.length === 3))).toEqual([
      'replay.complete',
      'live.state',
      'live.state',
    ]);
    const one = await read(`/api/events?sessions=${mine}`);
    const frames = await one.seen('live.state');
    expect(types(frames)).toEqual(['replay.complete', 'live.state']);
    expect(JSON.parse(frames[1]!.data)).toEqual({ session: mine, state });
  });
});

describe('a filter', () => {
  it('lets through its sessions and what belongs to none, in the replay and live', async () => {
    const from = house.store.log.head();
    const [a, b, c] = [create('a'), create('b'), create('c')];
    await house.deps.workspace.choose({ mode: 'plan', model: null }, USER);
    const reader = await read(`${after(from)}&sessions=${c},${a}`);
    await reader.seen('replay.complete');
    for (const session of [a, b, c]) {
      say(session, 'live');
      publish({ type: 'message.reset', session, messageId: newMessageId() });
    }
    await house.deps.workspace.choose({ mode: 'ask', model: null }, USER);
    publish({ type: 'workspace.changed' });
    const frames = await reader.seen('workspace.changed');
    const events = frames
      .filter(({ event }) => event !== 'replay.complete')
      .map(({ data }) => JSON.parse(data) as Partial<SessionEvent> & { session?: string });
    expect(events.map(({ chain, session }) => chain ?? session)).toEqual([
      a,
      c,
      'workspace',
      a,
      a,
      c,
      c,
      'workspace',
      undefined,
    ]);
    expect(frames.some(({ data }) => data.includes(b))).toBe(false);
  });

  it.each(['', 'x', ',', 'ses_0', 'workspace', `${newSessionId()},`, '*', "ses_' or 1=1"])(
    'of %s is told 400',
    async (sessions) => {
      const headers: [string, string][] = [
        ['Host', `127.0.0.1:${house.port}`],
        ['Authorization', house.bearer],
      ];
      const answer = await raw(
        house.port,
        request({ target: `/api/events?sessions=${encodeURIComponent(sessions)}`, headers }),
      );
      expect(answer.status).toBe(400);
      expect(answer.body).toContain('query.sessions');
    },
  );

  const publish = (event: LiveEvent) => house.store.bus.publish({ kind: 'live', event });
});

describe('a stream', () => {
  it('loses and doubles nothing while events pour in, whenever it begins', async () => {
    const session = create('pour');
    const from = house.store.log.head();
    const total = 1_000;
    let said = 0;
    const poured = new Promise<void>((resolve) => {
      const pour = () => {
        for (let i = 0; i < 20 && said < total; i++) say(session, `drop ${said++}`);
        if (said < total) setImmediate(pour);
        else resolve();
      };
      setImmediate(pour);
    });
    const readers: EventReader[] = [];
    while (said < total && readers.length < 8) readers.push(await read(after(from)));
    await poured;
    expect(readers.length).toBeGreaterThan(3);
    const expected = Array.from({ length: total }, (_, i) => from + 1 + i);
    for (const reader of readers)
      expect(ids(await reader.until((frames) => ids(frames).at(-1) === from + total))).toEqual(expected);
  });

  it('is not sent again what its replay had, when that is published late', async () => {
    const session = create('late');
    const late = say(session, 'recorded');
    const reader = await read(after(late.seq - 1));
    await reader.seen('replay.complete');
    house.store.bus.publish({ kind: 'durable', event: late });
    const next = say(session, 'and then');
    expect(ids(await reader.until((frames) => ids(frames).includes(next.seq)))).toEqual([late.seq, next.seq]);
  });

  it('is told what is in flight once: no delta again that its state has', async () => {
    const live: LiveEvent = {
      type: 'text.delta',
      session: newSessionId(),
      messageId: newMessageId(),
      offset: 0,
      text: 'so far',
    };
    const small = await openHouse({
      streams: {
        agent: {
          allLive() {
            small.store.bus.publish({ kind: 'live', event: live });
            return [];
          },
        },
      },
    });
    const open = () => EventReader.open(small.origin, '/api/events', { Authorization: small.bearer });
    const first = await open();
    await first.seen('replay.complete');
    const second = await open();
    await second.seen('replay.complete');
    small.store.sessions.create('after', USER);
    expect(types(await first.seen('session.created'))).toEqual(['replay.complete', 'text.delta', 'session.created']);
    expect(types(await second.seen('session.created'))).toEqual(['replay.complete', 'session.created']);
    await small.close();
  });

  it('leaves the loop to others between the pages of a replay', async () => {
    let turn = 0;
    let counting = true;
    const count = () => void (turn++, counting && setImmediate(count));
    const turns: number[] = [];
    const small = await openHouse();
    const session = small.store.sessions.create('long', USER);
    const { log } = small.store;
    for (let i = 0; i < 1_500; i++)
      log.record({ type: 'session.renamed', data: { title: String(i) }, session, turn: null, actor: USER });
    const { replay } = log;
    log.replay = (...asked) => (turns.push(turn), replay(...asked));
    count();
    const reader = await EventReader.open(small.origin, '/api/events?after=0', { Authorization: small.bearer });
    await reader.seen('replay.complete');
    counting = false;
    expect(turns.length).toBeGreaterThan(3);
    expect(new Set(turns).size).toBe(turns.length);
    await small.close();
  });

  it('beats', async () => {
    const reader = await read();
    expect(await reader.untilComment()).toBe('beat');
  });

  it('has the head of every answer, and is not kept', async () => {
    const response = await fetch(`${house.origin}/api/events`, { headers: { Authorization: house.bearer } });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    await response.body!.cancel();
  });

  it('is forgotten when its reader goes', async () => {
    const reader = await read();
    await reader.seen('replay.complete');
    const count = house.streams.count();
    reader.close();
    await expect.poll(() => house.streams.count()).toBe(count - 1);
  });

  it('is opened only so many times at once', async () => {
    await expect.poll(() => house.streams.count()).toBe(0);
    const readers = await Promise.all(Array.from({ length: LIMITS.subscribers.value }, () => read()));
    const response = await fetch(`${house.origin}/api/events`, { headers: { Authorization: house.bearer } });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: 'too_many_streams' } });
    readers[0]!.close();
    await expect.poll(() => house.streams.count()).toBe(LIMITS.subscribers.value - 1);
    await (await read()).seen('replay.complete');
  });

  it('ends when the server stops', async () => {
    const small = await openHouse();
    const reader = await EventReader.open(small.origin, '/api/events', { Authorization: small.bearer });
    await reader.seen('replay.complete');
    await small.close();
    await reader.end();
  });
});

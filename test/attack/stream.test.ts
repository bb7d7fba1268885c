/** Attacks on the stream: ids that are no place in it, and readers that take nothing. No leak, and no hoard. */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newMessageId, newSessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { parseStart } from '../../server/routes/events.ts';
import { openHouse, USER, type House } from '../server/house.ts';
import { EventReader, raw, request, slowReader, type Frame } from '../server/wire.ts';

let house: House;
const open: EventReader[] = [];
beforeAll(async () => (house = await openHouse()));
afterAll(() => house.close());
afterEach(async () => {
  for (const reader of open.splice(0)) reader.close();
  await expect.poll(() => house.streams.count()).toBe(0);
});

async function read(path = '/api/events', headers: Record<string, string> = {}): Promise<EventReader> {
  const reader = await EventReader.open(house.origin, path, { Authorization: house.bearer, ...headers });
  open.push(reader);
  return reader;
}

const create = (title: string) => house.store.sessions.create(title, USER);
const types = (frames: Frame[]) => frames.map(({ event }) => event);

describe('an id that is no place (H1)', () => {
  const odd: string[] = [
    '-1',
    '1e99',
    'NaN',
    '1.5',
    '0x10',
    '007',
    '',
    ' ',
    '+1',
    '1,2',
    '9'.repeat(16),
    '9'.repeat(10_000),
    'evt_00000000000000000000000000',
    '1\n2',
    '１',
  ];
  it.each(odd.map((id) => [id.length > 40 ? `${id.slice(0, 10)}… (${id.length})` : JSON.stringify(id), id]))(
    '%s is told to begin anew, then gets what comes',
    async (_name, id) => {
      const reader = await read(`/api/events?after=${encodeURIComponent(id)}`);
      const [first] = await reader.seen('resync.required');
      expect(JSON.parse(first!.data)).toMatchObject({
        seq: house.store.log.head(),
        why: expect.stringMatching(/^the id is/) as string,
      });
      expect(first!.data).not.toContain(id.length > 3 ? id : 'nothing to leak');
      create('after a resync');
      expect(types(await reader.seen('session.created'))).toEqual(['resync.required', 'session.created']);
    },
  );

  it.each(['-1', '1e99', '1, 2', 'x'.repeat(10_000)])('the same in the header', async (id) => {
    const reader = await read('/api/events', { 'Last-Event-ID': id });
    expect(types(await reader.seen('resync.required'))).toEqual(['resync.required']);
  });

  it('two headers are no place either', async () => {
    const { token, login } = house.logins.login(house.logins.issueCode());
    const headers: [string, string][] = [
      ['Host', `127.0.0.1:${house.port}`],
      ['Authorization', `Bearer ${token}`],
      ['Last-Event-ID', '1'],
      ['Last-Event-ID', '2'],
    ];
    const whole = raw(house.port, request({ target: '/api/events', headers }));
    await expect.poll(() => house.streams.count()).toBe(1);
    house.logins.revoke(login.id);
    expect((await whole).body).toContain('event: resync.required');
  });

  it('a number is a place exactly when the log has come to it', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (id, head) => {
        expect(parseStart(String(id), undefined, head).kind).toBe(id <= head ? 'after' : 'odd');
      }),
    );
    fc.assert(
      fc.property(fc.string(), (id) => {
        const start = parseStart(undefined, id, Number.MAX_SAFE_INTEGER);
        expect(start.kind === 'after').toBe(/^\d+$/.test(id) && String(Number(id)) === id);
      }),
    );
  });
});

describe('a slow reader (H4)', () => {
  const headers = (): [string, string][] => [
    ['Host', `127.0.0.1:${house.port}`],
    ['Authorization', house.bearer],
  ];
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('is let go while others get everything, and what waits is bounded', async () => {
    const quick = await read();
    await quick.seen('replay.complete');
    const before = process.memoryUsage().arrayBuffers;
    const { said } = await floodUntilEvicted();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * LIMITS.subscriberBytes.value);
    await quick.until((frames) => frames.filter(({ event }) => event === 'text.delta').length === said);
    expect(types(quick.frames)).not.toContain('reader.slow');
  });

  it('is warned before that, and has lost nothing when it reads on', async () => {
    const { said } = await floodUntilEvicted();
    const slow = await slowReader(house.port, headers());
    // So many fewer that what waits is between the two bounds, with room for what the system buffers.
    const fewer = said - Math.round(LIMITS.subscriberBytes.value / 2 / CHUNK.length);
    for (let i = 0; i < fewer; i++) await flood();
    const received: Buffer[] = [];
    slow.on('data', (chunk) => received.push(chunk));
    const text = () => Buffer.concat(received).toString();
    const deltas = () => text().match(/event: text\.delta/g)?.length ?? 0;
    await expect.poll(deltas).toBe(fewer);
    expect(text().includes('event: reader.slow')).toBe(true);
    slow.destroy();
  });

  it('of a replay holds it up without hoarding it, and is let go when it takes nothing', async () => {
    const small = await openHouse({ streams: { stallMs: 200 } });
    const session = small.store.sessions.create('heavy', USER);
    const text = 'x'.repeat(200_000);
    for (let i = 0; i < 120; i++)
      small.store.log.record({
        type: 'message.user',
        data: { messageId: newMessageId(), text, delivery: 'start' },
        session,
        turn: null,
        actor: USER,
      });
    const before = process.memoryUsage().arrayBuffers;
    const own: [string, string][] = [
      ['Host', `127.0.0.1:${small.port}`],
      ['Authorization', small.bearer],
      ['Last-Event-ID', '0'],
    ];
    const slow = await slowReader(small.port, own);
    await expect
      .poll(() => small.errors)
      .toMatchObject([{ event: 'stream.evicted', why: 'took nothing of its replay' }]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * LIMITS.replayBytes.value);
    slow.destroy();
    const quick = await EventReader.open(small.origin, '/api/events?after=0', { Authorization: small.bearer });
    expect((await quick.seen('replay.complete')).filter(({ id }) => id !== undefined)).toHaveLength(121);
    await small.close();
  });

  const CHUNK = 'x'.repeat(100_000);
  const session = newSessionId();

  async function flood(): Promise<void> {
    const event = { type: 'text.delta', session, messageId: newMessageId(), offset: 0, text: CHUNK } as const;
    house.store.bus.publish({ kind: 'live', event });
    await turn();
  }

  /** How many chunks it takes until a reader that takes none is gone. */
  async function floodUntilEvicted(): Promise<{ said: number }> {
    house.errors.length = 0;
    const slow = await slowReader(house.port, headers());
    let said = 0;
    for (; house.errors.length === 0 && said < 400; said++) await flood();
    expect(house.errors).toMatchObject([{ event: 'stream.evicted', login: house.login.id }]);
    slow.on('error', () => slow.destroy()).resume();
    await new Promise((resolve) => slow.on('close', resolve));
    return { said };
  }
});

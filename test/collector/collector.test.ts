/** Records on their way to a collector: all of them, in order, masked, whatever the collector does, and none of it in a turn's way. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLogger } from '../../server/base/log.ts';
import { createRedactor } from '../../server/base/redact.ts';
import { type Collector as Stream, startCollector as stream } from '../../server/collector/collector.ts';
import { cursorPath, readCursor } from '../../server/store/siem/cursor.ts';
import { siemExporter } from '../../server/store/siem/exporter.ts';
import type { Store } from '../../server/store/store.ts';
import type { SessionEvent } from '../../shared/event.ts';
import { newMessageId } from '../../shared/ids.ts';
import { type Answering, type Collector, startCollector, type Taken } from '../fixtures/collector.ts';
import { tempStore } from '../fixtures/store.ts';

const KEY = 'held-9f1c7be2d04a55b1';
const PACE = { batch: 5, retryBaseMs: 5, retryMaxMs: 20, delayMs: 1, flushMs: 60_000 };

type Kept = Store & { dir: string };

interface Sending {
  stream: Stream;
  /** Each line of the server's log: its name and facts. */
  log: Record<string, unknown>[];
  /** Resolves once a line of that name was written. */
  logged(event: string): Promise<void>;
}

function send(store: Kept, url: string, { pace = {}, headers = {} } = {}): Sending {
  const log: Record<string, unknown>[] = [];
  let looked: (() => void)[] = [];
  const write = (line: string) => {
    log.push(JSON.parse(line) as Record<string, unknown>);
    for (const look of looked) look();
  };
  const logger = createLogger({ level: 'info', redactor: createRedactor([KEY]), write });
  const exporter = siemExporter({ secrets: [KEY], root: '/home/ann/work', version: '1.2.3' });
  const options = { stateDir: store.dir, endpoint: url, headers, exporter, logger, pace: { ...PACE, ...pace } };
  const made = stream(store, options);
  onTestFinished(() => made.close());
  const logged = (event: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (log.some((line) => line['event'] === event)) resolve();
      };
      looked = [...looked, look];
      look();
    });
  return { stream: made, log, logged };
}

const say = (store: Kept, title: string) => store.sessions.create(title, 'user:ann/4f2a');
const many = (store: Kept, count: number) => Array.from({ length: count }, (_, i) => say(store, `session ${i}`));

/** All that is recorded by now is taken. */
const whole = (store: Kept, collector: Collector) =>
  collector.until(() => collector.taken.some(({ attributes }) => attributes['vtcode.seq'] === store.log.head()));

const seqs = (taken: Taken[]) => taken.map(({ attributes }) => attributes['vtcode.seq']);
const recorded = (store: Kept, after = 0) => store.log.after(after, { sessions: null, limit: 1_000 });
const numbers = (events: SessionEvent[]) => events.map(({ seq }) => seq);

describe('what is sent', () => {
  it('is each event as a log record, with where it comes from, what it is and how grave', async () => {
    const store = await tempStore();
    const collector = await startCollector();
    send(store, collector.url);
    const id = say(store, `a\ntitle with ${KEY}`);
    await whole(store, collector);
    const [event] = recorded(store);
    const [record] = collector.taken;
    const nanos = `${(Date.parse(event!.at) / 1_000) | 0}${event!.at.slice(20, 26)}000`;
    expect(record).toMatchObject({
      event: 'vtcode.session.created',
      time: nanos,
      severity: [9, 'info'],
      body: 'Session created: a title with [redacted secret]',
      scope: { name: 'vtcode.audit', version: '1.2.3' },
      resource: { 'service.name': 'vtcode', 'service.version': '1.2.3', 'vtcode.workspace': '/home/ann/work' },
    });
    expect(record!.attributes).toEqual({
      'log.record.uid': event!.id,
      'session.id': id,
      'user.name': 'ann',
      'vtcode.actor': 'user:ann/4f2a',
      'vtcode.at': event!.at,
      'vtcode.chain': id,
      'vtcode.chain_seq': 1,
      'vtcode.seq': event!.seq,
      'vtcode.hash': event!.hash,
      'vtcode.prev': event!.prev,
      'vtcode.data': JSON.stringify({ title: 'a\ntitle with [redacted secret]' }),
    });
    expect(JSON.stringify(collector.taken)).not.toContain(event!.salt);
  });

  it('is not what was recorded before it was asked for', async () => {
    const store = await tempStore();
    say(store, 'before');
    const before = store.log.head();
    const collector = await startCollector();
    send(store, collector.url);
    say(store, 'after');
    await whole(store, collector);
    expect(seqs(collector.taken)).toEqual(numbers(recorded(store, before)));
  });

  it('goes with the headers that were named, and no word of them is in the log', async () => {
    const store = await tempStore();
    const collector = await startCollector((_, nth) => ({ status: nth === 1 ? 401 : 200 }));
    const { log, stream: sending } = send(store, collector.url, {
      headers: { Authorization: `Bearer ${KEY}`, 'x-scope': 'team' },
    });
    say(store, 'one');
    await whole(store, collector);
    await sending.close();
    expect(collector.headers.at(-1)).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'x-scope': 'team',
      'content-type': 'application/json',
    });
    expect(log.map(({ event, why }) => [event, why])).toEqual([
      ['collector.failing', 'it answers 401'],
      ['collector.recovered', undefined],
    ]);
    expect(JSON.stringify(log)).not.toContain(KEY);
  });

  it('is without the data of an event that is too large, whose beginning is masked all the same', async () => {
    const store = await tempStore();
    const collector = await startCollector();
    send(store, collector.url);
    const session = say(store, 'large');
    const text = `${KEY} ${'x'.repeat(200_000)}`;
    store.log.record({
      type: 'message.user',
      data: { messageId: newMessageId(), text, delivery: 'start' },
      session,
      turn: null,
      actor: 'system',
    });
    await whole(store, collector);
    const { body, attributes } = collector.taken.at(-1)!;
    expect(body).toContain('[redacted secret] xxx');
    expect(attributes['vtcode.data']).toBeUndefined();
    expect(attributes['vtcode.data_left_out_bytes']).toBeGreaterThan(200_000);
  });
});

describe('a collector that does not take it', () => {
  it('gets all of it, in order, once it is there', async () => {
    const store = await tempStore();
    const first = await startCollector();
    const { port, url } = first;
    await first.close();
    const { log, logged, stream: sending } = send(store, url);
    many(store, 12);
    await logged('collector.failing');
    expect(readCursor(store.dir)).toMatchObject({ seq: 0, trouble: 'it cannot be reached (ECONNREFUSED)' });
    const collector = await startCollector(undefined, port);
    await whole(store, collector);
    await sending.close();
    expect(seqs(collector.taken)).toEqual(numbers(recorded(store)));
    expect(readCursor(store.dir)).toMatchObject({ seq: store.log.head(), trouble: '', since: '' });
    expect(log.map(({ event }) => event)).toEqual(['collector.failing', 'collector.recovered']);
  });

  const REFUSALS: [string, Answering][] = [
    [
      '429 with seconds to wait',
      (_, nth) => (nth < 3 ? { status: 429, headers: { 'retry-after': '0' } } : { status: 200 }),
    ],
    [
      '503 with a date',
      (_, nth) => (nth < 3 ? { status: 503, headers: { 'retry-after': new Date(0).toUTCString() } } : { status: 200 }),
    ],
    ['502, 504 and 500', (_, nth) => ({ status: [502, 504, 500][nth - 1] ?? 200 })],
    ['403 until its token is let in', (_, nth) => ({ status: nth < 4 ? 403 : 202 })],
  ];
  it.each(REFUSALS)('is asked again after %s, and nothing is lost or out of order', async (_, answering) => {
    const store = await tempStore();
    const collector = await startCollector(answering);
    send(store, collector.url);
    many(store, 7);
    await whole(store, collector);
    expect(seqs(collector.taken)).toEqual(numbers(recorded(store)));
  });

  it('waits as long as it is told to', async () => {
    const store = await tempStore();
    const collector = await startCollector((_, nth) =>
      nth === 1 ? { status: 503, headers: { 'retry-after': '1' } } : { status: 200 },
    );
    send(store, collector.url);
    say(store, 'one');
    await collector.until(() => collector.headers.length === 1);
    const asked = performance.now();
    await whole(store, collector);
    expect(performance.now() - asked).toBeGreaterThan(900); // its own back-off is at most 20 ms here
  });

  it('that will not have one event gets all the others, and the one is told of', async () => {
    const store = await tempStore();
    const isBad = ({ body }: Taken) => body.includes('session 4');
    const collector = await startCollector((records) => ({ status: records.some(isBad) ? 400 : 200 }));
    const { log } = send(store, collector.url);
    many(store, 9);
    await whole(store, collector);
    const bad = recorded(store).find(({ data }) => JSON.stringify(data).includes('session 4'))!;
    expect(seqs(collector.taken)).toEqual(numbers(recorded(store)).filter((seq) => seq !== bad.seq));
    expect(log.filter(({ event }) => event === 'collector.refused')).toMatchObject([
      { seq: bad.seq, count: 1, why: 'it answers 400' },
    ]);
  });

  it('that takes a part and says so is believed: the part is told of, and not sent again', async () => {
    const store = await tempStore();
    const partialSuccess = { rejectedLogRecords: '1', errorMessage: `no ${KEY}` };
    const collector = await startCollector(() => ({ status: 200, body: JSON.stringify({ partialSuccess }) }));
    const { log, stream: sending } = send(store, collector.url);
    say(store, 'one');
    await whole(store, collector);
    await sending.close();
    expect(collector.headers).toHaveLength(1);
    expect(log).toMatchObject([{ event: 'collector.refused', count: 1, why: 'no [redacted]' }]);
  });

  it.each(['null', '[]', '"ok"', 'fine', '{"partialSuccess":null}', '{"partialSuccess":{"rejectedLogRecords":{}}}'])(
    'that takes them and answers %s has them, and gets them once',
    async (body) => {
      const store = await tempStore();
      const collector = await startCollector(() => ({ status: 200, body }));
      const { log, stream: sending } = send(store, collector.url);
      say(store, 'one');
      await whole(store, collector);
      await sending.close();
      expect(seqs(collector.taken)).toEqual(numbers(recorded(store)));
      expect([log, readCursor(store.dir)?.seq]).toEqual([[], store.log.head()]);
    },
  );

  it('is not followed where it redirects', async () => {
    const store = await tempStore();
    const other = await startCollector();
    const collector = await startCollector((_, nth) =>
      nth === 1 ? { status: 307, headers: { location: other.url } } : { status: 200 },
    );
    const { log } = send(store, collector.url, { headers: { authorization: KEY } });
    say(store, 'one');
    await whole(store, collector);
    expect(other.headers).toEqual([]);
    expect(log[0]).toMatchObject({ why: 'it answers 307, and a redirect is not followed' });
  });

  it('and never answers holds nobody up: events are recorded, and stopping ends in time', async () => {
    const store = await tempStore();
    const collector = await startCollector(() => 'hang');
    const { stream: sending } = send(store, collector.url, { pace: { flushMs: 50 } });
    say(store, 'one');
    await collector.until(() => collector.headers.length === 1);
    many(store, 50);
    expect(store.log.head()).toBe(51);
    await sending.close();
    const after = await startCollector();
    send(store, after.url);
    await whole(store, after);
    expect(seqs(after.taken)).toEqual(numbers(recorded(store)));
  });
});

describe('from one server to the next', () => {
  it('goes on where the last one was, and sends at the end what came last', async () => {
    const store = await tempStore();
    const collector = await startCollector();
    const first = send(store, collector.url, { pace: { delayMs: 3_600_000 } });
    many(store, 8);
    await first.stream.close();
    expect(seqs(collector.taken)).toEqual(numbers(recorded(store)));
    many(store, 3);
    send(store, collector.url);
    await whole(store, collector);
    expect(seqs(collector.taken)).toEqual(numbers(recorded(store)));
  });

  it('finds its place by the event where numbers are other ones now', async () => {
    const store = await tempStore();
    const collector = await startCollector();
    await send(store, collector.url).stream.close();
    many(store, 4);
    const third = recorded(store)[2]!;
    const cursor = readCursor(store.dir)!;
    writeFileSync(cursorPath(store.dir), JSON.stringify({ ...cursor, seq: 900, id: third.id, at: third.at }));
    send(store, collector.url);
    await whole(store, collector);
    expect(seqs(collector.taken)).toEqual([third.seq + 1]);
  });

  it('sends again what came later than an event that is not there any more', async () => {
    const store = await tempStore();
    const collector = await startCollector();
    await send(store, collector.url).stream.close();
    many(store, 4);
    const third = recorded(store)[2]!;
    const cursor = readCursor(store.dir)!;
    writeFileSync(cursorPath(store.dir), JSON.stringify({ ...cursor, seq: 2, id: 'gone', at: third.at }));
    send(store, collector.url);
    await whole(store, collector);
    expect(seqs(collector.taken)).toEqual([third.seq, third.seq + 1]);
  });

  it('sends nothing where its place cannot be read, and says which file', async () => {
    const store = await tempStore();
    const collector = await startCollector();
    writeFileSync(join(store.dir, 'otlp.json'), '{"v":1,"seq":');
    const { log, stream: sending } = send(store, collector.url);
    many(store, 3);
    await sending.close();
    expect(collector.headers).toEqual([]);
    expect(JSON.stringify(log)).toContain('otlp.json cannot be read');
    expect(readFileSync(cursorPath(store.dir), 'utf8')).toBe('{"v":1,"seq":');
  });
});

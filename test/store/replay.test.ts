/** Pages of the log as the stream sends them: the very events, whatever they quote, and nothing that passes for one. */
import Database from 'better-sqlite3';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newMessageId, newTurnId, type SessionId } from '../../shared/ids.ts';
import { eventFrame } from '../../server/routes/frame.ts';
import type { EventLog } from '../../server/store/log.ts';
import { tempStore } from '../fixtures/store.ts';

function read(frames: Buffer) {
  const events: { id: string | undefined; event: string | undefined; data: unknown }[] = [];
  createParser({
    onEvent: ({ id, event, data }) => events.push({ id, event, data: JSON.parse(data) as unknown }),
  }).feed(frames.toString());
  return events;
}

const say = (log: EventLog, session: SessionId | null, { text, actor }: { text: string; actor: string }) =>
  log.record({
    type: 'message.user',
    data: { messageId: newMessageId(), text, delivery: 'start' },
    session,
    turn: session && newTurnId(),
    actor,
  });

describe('a page of the log', () => {
  it('is the same as of events that happen, whatever they quote', async () => {
    const { log } = await tempStore();
    const piece = fc.constantFrom(
      '\n',
      '\r',
      '\u2028',
      '"',
      '\\',
      "'",
      '\0',
      '\ud83d\ude00',
      'id: 9\n',
      'é',
      '%s',
      '$limit',
      '||',
      '\ud800',
    );
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: piece }));
    const said = fc.record({ text, actor: text.map((name) => `agent:x${name.replaceAll(/[\n\0]|\ud800/g, '')}`) });
    fc.assert(
      fc.property(said, (event) => {
        const before = log.head();
        say(log, null, event);
        const { frames, count, last } = log.replay(before, { sessions: null, limit: 10, bytes: 1_000_000 });
        expect([count, last]).toEqual([1, before + 1]);
        const [stored] = log.after(before, { sessions: null, limit: 10 });
        expect(read(frames)).toEqual(read(Buffer.from(eventFrame({ kind: 'durable', event: stored! }))));
        expect(read(frames)).toEqual([{ id: String(before + 1), event: 'message.user', data: stored }]);
      }),
    );
  });

  it('holds so many, rising, of the sessions that are asked for and of none', async () => {
    const { log, sessions } = await tempStore();
    const [a, b, c] = ['a', 'b', 'c'].map((title) => sessions.create(title, 'system'));
    for (let i = 0; i < 30; i++) say(log, [a!, b!, c!, null][i % 4]!, { text: `${i}`, actor: 'system' });
    for (const asked of [null, [a!], [c!, a!], []])
      for (const limit of [1, 7, 100]) {
        let after = 0;
        const seen: unknown[] = [];
        for (
          let page = log.replay(after, { sessions: asked, limit, bytes: 1_000_000 });
          page.count > 0;
          page = log.replay(after, { sessions: asked, limit, bytes: 1_000_000 })
        ) {
          expect(page.count).toBeLessThanOrEqual(limit);
          seen.push(...read(page.frames).map(({ data }) => data));
          after = page.last;
        }
        expect(seen).toEqual(log.after(0, { sessions: asked, limit: 1_000 }));
      }
    const end = log.replay(log.head(), { sessions: null, limit: 9, bytes: 1 });
    expect(end).toEqual({ frames: Buffer.alloc(0), count: 0, last: log.head(), more: false });
  });

  it('is as small as it must be to weigh no more than it may, but never empty', async () => {
    const { log, sessions } = await tempStore();
    sessions.create('light', 'system');
    for (const size of [10, 10, 50_000, 10, 200_000, 10, 10])
      say(log, null, { text: 'x'.repeat(size), actor: 'system' });
    const sizes: number[] = [];
    let after = 0;
    for (let more = true; more;) {
      const page = log.replay(after, { sessions: null, limit: 100, bytes: 60_000 });
      expect(page.frames.length < 65_000 || page.count === 1).toBe(true);
      sizes.push(page.count);
      after = page.last;
      more = page.more;
    }
    expect(sizes.reduce((a, b) => a + b)).toBe(log.head());
    expect(sizes.length).toBeGreaterThan(2);
  });

  it.each([
    [
      'a line end in its data',
      `UPDATE events SET data = '{}' || char(10,10) || 'id: 99' || char(10) || 'data: {}' WHERE seq = 2`,
    ],
    [
      'another frame in its type',
      `UPDATE events SET type = 'x' || char(10) || 'data: {}' || char(10,10) || 'event: approval.resolved' WHERE seq = 2`,
    ],
    [
      'a whole frame more',
      `UPDATE events SET data = '{}' || char(10,10) || 'id: 3' || char(10) || 'event: x' || char(10) || 'data: {' WHERE seq = 2`,
    ],
    ['a carriage return', `UPDATE events SET data = '{' || char(13) || '}' WHERE seq = 2`],
  ])('of a record with %s, put there by another program, is refused', async (_name, change) => {
    const { log, sessions, dir } = await tempStore();
    for (const title of ['a', 'b', 'c']) sessions.create(title, 'system');
    const other = new Database(join(dir, 'vtcode.db'));
    other.exec(change);
    other.close();
    expect(() => log.replay(0, { sessions: null, limit: 10, bytes: 1_000_000 })).toThrow(/changed by another program/);
    expect(log.replay(2, { sessions: null, limit: 10, bytes: 1_000_000 }).count).toBe(1);
  });
});

/** Frames of the stream: whatever an event quotes, it is one event, with its own type. */
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../shared/event.ts';
import { newMessageId, newSessionId } from '../../shared/ids.ts';
import { eventFrame } from '../../server/routes/frame.ts';
import { createScript } from '../fixtures/events.ts';

describe('a frame (H5)', () => {
  const parse = (text: string): EventSourceMessage[] => {
    const events: EventSourceMessage[] = [];
    createParser({ onEvent: (event) => events.push(event) }).feed(text);
    return events;
  };
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom(
        '\n',
        '\r',
        '\r\n',
        '\n\n',
        'data:',
        'id: 9',
        'event: approval.resolved',
        '\u2028',
        '\u2029',
        '\u0085',
        '\0',
        '\ufeff',
        ':',
        '\ud800',
        '"',
        '\\',
      ),
    }),
  );

  it('is one event with its own type and data, whatever it quotes', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const { tell } = createScript();
        const event = tell({ type: 'message.user', data: { messageId: newMessageId(), text, delivery: 'start' } });
        const [first, ...more] = parse(eventFrame({ kind: 'durable', event }));
        expect(more).toEqual([]);
        expect(first).toMatchObject({ id: String(event.seq), event: 'message.user' });
        expect(JSON.parse(first!.data)).toEqual(event);
      }),
    );
  });

  it('a live one has no id, so that a reconnect begins after the last durable one', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const event: LiveEvent = {
          type: 'text.delta',
          session: newSessionId(),
          messageId: newMessageId(),
          offset: 0,
          text,
        };
        const [first, ...more] = parse(eventFrame({ kind: 'live', event }));
        expect(more).toEqual([]);
        expect(first!.id).toBeUndefined();
        expect(JSON.parse(first!.data)).toEqual(event);
      }),
    );
  });

  it('holds its order and its borders among others, however the bytes are cut', async () => {
    const { tell, events } = createScript();
    await fc.assert(
      fc.property(
        fc.array(hostile, { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (texts, sizes) => {
          const from = events.length;
          for (const text of texts)
            tell({ type: 'message.user', data: { messageId: newMessageId(), text, delivery: 'start' } });
          const told = events.slice(from);
          const whole = told.map((event) => eventFrame({ kind: 'durable', event })).join('');
          const got: string[] = [];
          const parser = createParser({ onEvent: ({ data }) => got.push(data) });
          for (let at = 0; at < whole.length;) {
            const size = sizes.next().value as number;
            parser.feed(whole.slice(at, at + size));
            at += size;
          }
          expect(got.map((data) => JSON.parse(data) as unknown)).toEqual(told);
        },
      ),
    );
  });
});

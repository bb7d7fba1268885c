/** The text in flight, put together from pieces that may be lost or come twice. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveState } from '../../shared/event.ts';
import { newCallId, newMessageId, newSessionId } from '../../shared/ids.ts';
import { settleLive, takeLive, type PieceEvent } from '../../web/lib/live-text.ts';
import { createScript } from '../fixtures/events.ts';

const session = newSessionId();
const messageId = newMessageId();
const piece = (offset: number, text: string): PieceEvent => ({ type: 'text.delta', session, messageId, offset, text });
const held = (text: string): LiveState => ({ messageId, text, reasoning: '', calls: [] });

describe('takeLive', () => {
  it('joins pieces in order', () => {
    const first = takeLive(null, piece(0, 'Hel'));
    expect(first).toEqual({ ok: true, live: held('Hel') });
    expect(takeLive(held('Hel'), piece(3, 'lo'))).toEqual({ ok: true, live: held('Hello') });
  });

  it('tells a gap, in a message that it holds and in one that it does not', () => {
    expect(takeLive(held('Hel'), piece(4, 'o'))).toEqual({ ok: false });
    expect(takeLive(null, piece(10, 'late'))).toEqual({ ok: false });
  });

  it('passes over what a snapshot held already', () => {
    expect(takeLive(held('Hello'), piece(0, 'Hel'))).toEqual({ ok: true, live: held('Hello') });
    expect(takeLive(held('Hello'), piece(3, 'lo, you'))).toEqual({ ok: true, live: held('Hello, you') });
  });

  it('begins anew after a reset, and leaves another message alone', () => {
    const reset: PieceEvent = { type: 'message.reset', session, messageId };
    expect(takeLive(held('Hel'), reset)).toEqual({ ok: true, live: null });
    const other = { ...held('x'), messageId: newMessageId() };
    expect(takeLive(other, reset)).toEqual({ ok: true, live: other });
  });

  it('keeps one entry for each call, the last said', () => {
    const callId = newCallId();
    const call = (bytes: number): PieceEvent => ({
      type: 'call.delta',
      session,
      messageId,
      callId,
      name: 'edit_file',
      bytes,
    });
    const once = takeLive(null, call(10));
    const twice = takeLive(once.ok ? once.live : null, call(90));
    expect(twice).toMatchObject({ ok: true, live: { calls: [{ callId, name: 'edit_file', bytes: 90 }] } });
  });

  it('ends with the whole text from any snapshot on, whatever came twice', () => {
    const property = fc.property(fc.array(fc.string({ maxLength: 5 }), { maxLength: 12 }), fc.nat(), (texts, cut) => {
      const whole = texts.join('');
      let offset = 0;
      const events = texts.map((text) => {
        const event = piece(offset, text);
        offset += text.length;
        return event;
      });
      let live: LiveState | null = held(whole.slice(0, cut % (whole.length + 1)));
      for (const event of events) {
        const taken = takeLive(live, event);
        if (taken.ok) live = taken.live;
      }
      expect(live?.text).toBe(whole);
    });
    fc.assert(property);
  });
});

describe('settleLive', () => {
  it('lets go when the message is finished or the turn ends, and of nothing else', () => {
    const { tell } = createScript();
    const done = (id: typeof messageId) =>
      tell({
        type: 'message.assistant',
        data: { messageId: id, provider: 'p', model: 'm', parts: [], stop: 'end' },
      });
    expect(settleLive(held('x'), done(messageId))).toBeNull();
    expect(settleLive(held('x'), done(newMessageId()))).toEqual(held('x'));
    expect(
      settleLive(held('x'), tell({ type: 'turn.failed', data: { code: 'c', message: 'm', hint: '' } })),
    ).toBeNull();
    expect(settleLive(held('x'), tell({ type: 'session.renamed', data: { title: 't' } }))).toEqual(held('x'));
  });
});

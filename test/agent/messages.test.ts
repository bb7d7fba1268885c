/** The fold to messages: always fit to send, whatever was cut, queued or interrupted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMessageFold } from '../../server/agent/messages.ts';
import { newCallId, newMessageId, type CallId } from '../../shared/ids.ts';
import type { Message } from '../../shared/message.ts';
import { createScript } from '../fixtures/events.ts';

function story() {
  const script = createScript();
  const fold = createMessageFold();
  const tell = (event: Parameters<typeof script.tell>[0]) => fold.take(script.tell(event));
  return {
    fold,
    says: (text: string, delivery: 'start' | 'steer' = 'start') =>
      tell({ type: 'message.user', data: { messageId: newMessageId(), text, delivery } }),
    asks: (attempt = 1) =>
      tell({ type: 'provider.requested', data: { provider: 'p', model: 'm', attempt, messages: 1, chars: 1 } }),
    answers: (text: string, calls: CallId[] = []) => {
      const called = calls.map((callId) => ({
        type: 'tool_call' as const,
        callId,
        name: 't',
        args: { kind: 'json' as const, value: {} },
      }));
      const parts = [{ type: 'text' as const, text }, ...called];
      tell({
        type: 'message.assistant',
        data: { messageId: newMessageId(), provider: 'p', model: 'm', parts, stop: 'end' },
      });
    },
    result: (callId: CallId, content: string) =>
      tell({ type: 'tool.answered', data: { callId, content, isError: false, truncated: false } }),
  };
}

const texts = (messages: Message[]) =>
  messages.map(({ role, parts }) => [
    role,
    ...parts.map((part) =>
      part.type === 'tool_result' ? `=${part.content}` : part.type === 'tool_call' ? 'call' : part.text,
    ),
  ]);

describe('the fold to messages', () => {
  it('puts results in the order of their calls, however they came', () => {
    const { fold, says, asks, answers, result } = story();
    const [a, b] = [newCallId(), newCallId()];
    says('go');
    asks();
    answers('two', [a, b]);
    result(b, 'second');
    result(a, 'first');
    expect(texts(fold.messages())).toEqual([
      ['user', 'go'],
      ['assistant', 'two', 'call', 'call'],
      ['user', '=first', '=second'],
    ]);
  });

  it('answers for a call that was interrupted, so that the request stays valid', () => {
    const { fold, says, asks, answers } = story();
    says('go');
    asks();
    answers('x', [newCallId()]);
    const last = fold.messages().at(-1)!;
    expect(last.parts[0]).toMatchObject({ type: 'tool_result', isError: true });
    expect(texts([last])[0]![1]).toContain('interrupted');
  });

  it('keeps a message that came while the model wrote, for the next request', () => {
    const { fold, says, asks, answers, result } = story();
    const call = newCallId();
    says('go');
    asks();
    says('wait', 'steer');
    asks(2);
    answers('working', [call]);
    expect(fold.hasUnanswered()).toBe(true);
    result(call, 'ok');
    expect(texts(fold.messages())).toEqual([
      ['user', 'go'],
      ['assistant', 'working', 'call'],
      ['user', '=ok', 'wait'],
    ]);
    asks();
    answers('done');
    expect(fold.hasUnanswered()).toBe(false);
  });

  it('puts each thought where it stood among the parts', () => {
    const script = createScript();
    const fold = createMessageFold();
    const messageId = newMessageId();
    const told: Parameters<typeof script.tell>[0][] = [
      { type: 'message.user', data: { messageId: newMessageId(), text: 'go', delivery: 'start' } },
      { type: 'provider.requested', data: { provider: 'p', model: 'm', attempt: 1, messages: 1, chars: 1 } },
      { type: 'message.reasoning', data: { messageId, at: 0, text: 'first', opaque: null } },
      { type: 'message.reasoning', data: { messageId, at: 2, text: 'later', opaque: null } },
      {
        type: 'message.assistant',
        data: {
          messageId,
          provider: 'p',
          model: 'm',
          parts: [
            { type: 'text', text: 'said' },
            { type: 'text', text: 'more' },
          ],
          stop: 'end',
        },
      },
    ];
    for (const event of told) fold.take(script.tell(event));
    expect(texts(fold.messages())[1]).toEqual(['assistant', 'first', 'said', 'later', 'more']);
  });

  it('gives alternating roles and a result for each call, for any order of events', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('says' as const), steer: fc.boolean() }),
      fc.record({ kind: fc.constant('asks' as const), attempt: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constant('answers' as const), calls: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ kind: fc.constant('result' as const), which: fc.nat(3) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { fold, says, asks, answers, result } = story();
        let open: CallId[] = [];
        let spoken = 0;
        says(`w${spoken++}`);
        for (const one of steps) {
          if (one.kind === 'says') says(`w${spoken++}`, one.steer ? 'steer' : 'start');
          if (one.kind === 'asks') asks(one.attempt);
          if (one.kind === 'answers') {
            open = Array.from({ length: one.calls }, () => newCallId());
            answers('a', open);
          }
          if (one.kind === 'result' && open[one.which]) result(open[one.which]!, 'r');
        }
        const messages = fold.messages();
        for (const [i, { role, parts }] of messages.entries()) {
          if (i > 0) expect(role).not.toBe(messages[i - 1]!.role);
          const calls =
            role === 'assistant' ? parts.flatMap((part) => (part.type === 'tool_call' ? [part.callId] : [])) : [];
          const next =
            messages[i + 1]?.parts.flatMap((part) => (part.type === 'tool_result' ? [part.callId] : [])) ?? [];
          if (calls.length > 0 && messages[i + 1])
            expect(next.slice(0, calls.length).sort()).toEqual([...calls].sort());
        }
        const words = messages.flatMap(({ role, parts }) =>
          role === 'user' ? parts.flatMap((p) => (p.type === 'text' ? [p.text] : [])) : [],
        );
        expect([...words].sort()).toEqual(Array.from({ length: spoken }, (_, i) => `w${i}`).sort());
      }),
    );
  });
});

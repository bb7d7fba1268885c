/** The timeline: the same events give the same view, however they arrive. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../shared/event.ts';
import { newActionId, newApprovalId, newCallId, newMessageId, newTurnId } from '../../shared/ids.ts';
import { emptyTimeline, extend, fold, type ToolItem } from '../../shared/timeline.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { createScript } from '../fixtures/events.ts';

const DIGEST = 'a'.repeat(64);
const ASKS: Verdict = {
  decision: 'prompt',
  inspectable: true,
  commands: [],
  reasons: [
    { rule: 'r', layer: 'default', source: 'builtin/r', decision: 'prompt', why: 'w', about: { kind: 'none' } },
  ],
};
const QUESTION = { kind: 'question' as const, tool: 'ask_user' as const, question: 'Which?', choices: [] };

/** A turn with one call that asks, up to where `until` says. */
function turn(until: 'requested' | 'resolved' | 'expired' | 'interrupted'): SessionEvent[] {
  const { events, tell } = createScript();
  const [callId, actionId, approvalId, messageId] = [newCallId(), newActionId(), newApprovalId(), newMessageId()];
  tell({ type: 'session.created', data: { title: 'T' } });
  tell({ type: 'message.user', data: { messageId: newMessageId(), text: 'hello', delivery: 'start' } });
  tell({ type: 'turn.started', data: { messageId, provider: 'p', model: 'm', mode: 'ask' } });
  tell({ type: 'provider.requested', data: { provider: 'p', model: 'm', attempt: 1, messages: 1, chars: 42 } });
  const call = { type: 'tool_call' as const, callId, name: 'ask_user', args: { kind: 'json' as const, value: {} } };
  tell({ type: 'message.reasoning', data: { messageId, at: 0, text: 'hm', opaque: null } });
  tell({
    type: 'message.assistant',
    data: { messageId, provider: 'p', model: 'm', parts: [{ type: 'text', text: 'hi' }, call], stop: 'tools' },
  });
  tell({ type: 'tool.called', data: { callId, messageId, name: 'ask_user' } });
  tell({ type: 'action.proposed', data: { actionId, callId, action: QUESTION, digest: DIGEST, verdict: ASKS } });
  const request = {
    approvalId,
    actionId,
    action: QUESTION,
    digest: DIGEST,
    verdict: ASKS,
    answers: ['reply' as const],
    expiresAt: '2026-01-02T11:00:00.000Z',
  };
  tell({ type: 'approval.requested', data: request });
  if (until === 'resolved') {
    const data = {
      approvalId,
      actionId,
      answer: 'reply' as const,
      digest: DIGEST,
      effective: DIGEST,
      action: null,
      text: 'that one',
    };
    tell({ type: 'approval.resolved', data }, 'user:ada/x');
    tell({ type: 'tool.answered', data: { callId, isError: false, content: 'that one', truncated: false } });
    tell({ type: 'turn.completed', data: { steps: 1, toolCalls: 1, stop: 'end' } });
  }
  if (until === 'expired')
    tell({ type: 'approval.expired', data: { approvalId, actionId, why: 'restart', message: 'gone' } });
  if (until === 'interrupted') tell({ type: 'turn.interrupted', data: { by: 'restart', message: 'ended' } });
  return events;
}

const card = (events: SessionEvent[]) => fold(events).items.find((item) => item.kind === 'tool') as ToolItem;

describe('the timeline', () => {
  it('draws a request from what was asked to who answered', () => {
    expect(card(turn('requested'))).toMatchObject({
      state: 'waiting',
      approval: { state: 'open', answers: ['reply'] },
    });
    expect(card(turn('resolved'))).toMatchObject({
      state: 'done',
      approval: { state: 'answered', by: 'user:ada/x', text: 'that one' },
    });
    expect(card(turn('expired'))).toMatchObject({ state: 'denied', approval: { state: 'expired', text: 'gone' } });
  });

  it('leaves no card open when its turn ended', () => {
    expect(card(turn('interrupted')).state).toBe('stopped');
    expect(fold(turn('interrupted')).turn?.state).toBe('interrupted');
  });

  it('puts a thought before the words that came of it', () => {
    const said = fold(turn('resolved')).items.find((item) => item.kind === 'assistant');
    expect(said).toMatchObject({
      parts: [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'hi' },
      ],
    });
  });

  it('is the same for a replay with doubles, in chunks of any size, as for one fold', () => {
    const events = turn('resolved');
    const whole = fold(events);
    fc.assert(
      fc.property(fc.array(fc.nat(events.length), { maxLength: 12 }), (cuts) => {
        const timeline = emptyTimeline();
        let reached = 0;
        for (const cut of [...cuts, events.length]) {
          for (const event of events.slice(Math.max(0, reached - 3), Math.max(reached, cut))) extend(timeline, event);
          reached = Math.max(reached, cut);
        }
        expect(timeline).toEqual(whole);
      }),
    );
  });

  it('tells a revert once, with all of its files', () => {
    const { tell, events } = createScript();
    const actionId = newActionId();
    const states = { before: { state: 'absent' }, after: { state: 'absent' } } as const;
    for (const path of ['a.txt', 'b.txt']) {
      const data = { actionId, op: 'modify' as const, path, from: path, ...states, added: 0, removed: 0 };
      tell({ type: 'file.changed', data: { ...data, reverts: newTurnId() } });
    }
    const data = { actionId: newActionId(), op: 'modify' as const, path: 'a.txt', from: 'a.txt', ...states };
    tell({ type: 'file.changed', data: { ...data, added: 0, removed: 0, reverts: actionId } });
    const { items, changes } = fold(events);
    expect(items).toMatchObject([
      { kind: 'notice', title: 'You took changes back', text: 'a.txt, b.txt' },
      { kind: 'notice', title: 'You undid a revert', text: 'a.txt' },
    ]);
    expect(changes).toHaveLength(3);
  });

  it('replaces an item that changes, so that a page can tell by identity', () => {
    const events = turn('resolved');
    const timeline = fold(events.slice(0, -3));
    const before = timeline.items.at(-1);
    for (const event of events.slice(-3)) extend(timeline, event);
    expect(timeline.items.at(-1)).not.toBe(before);
    expect(before).toMatchObject({ state: 'waiting' });
  });
});

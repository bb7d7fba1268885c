/** A fork: another session with the same history, in a chain of its own. */
import { describe, expect, it } from 'vitest';
import { createMessageFold } from '../../server/agent/messages.ts';
import type { Store } from '../../server/store/store.ts';
import { newCallId, newMessageId, newTurnId, type MessageId, type SessionId } from '../../shared/ids.ts';
import { fold } from '../../shared/timeline.ts';
import { tempStore } from '../fixtures/store.ts';

const USER = 'user:ada/fork_test';
const by = { provider: 'p', model: 'm' };

/** A turn with one read, told as the agent records it. Answers the ids of its messages. */
function turn({ log }: Store, session: SessionId, text: string): MessageId[] {
  const at = { session, turn: newTurnId(), actor: USER } as const;
  const [said, asked, told] = [newMessageId(), newMessageId(), newMessageId()];
  const callId = newCallId();
  const call = {
    type: 'tool_call' as const,
    callId,
    name: 'read_file',
    args: { kind: 'json' as const, value: { path: 'a' } },
  };
  const request = { ...by, attempt: 1, messages: 1, chars: 2 };
  log.record({ type: 'message.user', data: { messageId: said, text, delivery: 'start' }, ...at });
  log.record({ type: 'turn.started', data: { messageId: said, ...by, mode: 'ask' }, ...at });
  log.record({ type: 'provider.requested', data: request, ...at });
  log.record({ type: 'message.assistant', data: { messageId: asked, ...by, parts: [call], stop: 'tools' }, ...at });
  log.record({
    type: 'usage.recorded',
    data: { ...by, usage: { input: 5, output: 7, cacheRead: 0, cacheWrite: 0 } },
    ...at,
  });
  log.record({ type: 'tool.called', data: { callId, messageId: asked, name: 'read_file' }, ...at });
  log.record({
    type: 'tool.answered',
    data: { callId, isError: false, content: `of ${text}`, truncated: false },
    ...at,
  });
  log.record({ type: 'provider.requested', data: request, ...at });
  const parts = [{ type: 'text' as const, text: `done ${text}` }];
  log.record({ type: 'message.assistant', data: { messageId: told, ...by, parts, stop: 'end' }, ...at });
  log.record({ type: 'turn.completed', data: { steps: 2, toolCalls: 1, stop: 'end' }, ...at });
  return [said, asked, told];
}

function messagesOf({ log }: Store, session: SessionId) {
  const messages = createMessageFold();
  for (const event of log.all(session)) messages.take(event);
  return messages.messages();
}

describe('a fork', () => {
  it('gives the model the same messages, whole or up to one of them', async () => {
    const store = await tempStore();
    const session = store.sessions.create('first', USER);
    const [said, asked, told] = turn(store, session, 'one') as [MessageId, MessageId, MessageId];
    turn(store, session, 'two');
    const whole = messagesOf(store, session);
    expect(messagesOf(store, store.sessions.fork(session, null, USER))).toEqual(whole);
    // The person's words; then the call with its result; then the answer.
    for (const [messageId, count] of [
      [said, 1],
      [asked, 3],
      [told, 4],
    ] as const) {
      const fork = store.sessions.fork(session, messageId, USER);
      const messages = messagesOf(store, fork);
      expect(messages, messageId).toEqual(whole.slice(0, count));
    }
  });

  it('says where it came from, is at rest, paid for nothing, and keeps times and actors', async () => {
    const store = await tempStore();
    const session = store.sessions.create('first', USER);
    turn(store, session, 'one');
    const before = [...store.log.all(session)];
    const fork = store.sessions.fork(session, null, 'user:bob/x');
    expect(store.sessions.get(fork)).toMatchObject({ title: 'first (fork)', forkedFrom: session, state: 'rested' });
    const events = [...store.log.all(fork)];
    const said = events.at(-1)!;
    expect(said).toMatchObject({ type: 'session.forked', actor: 'user:bob/x' });
    expect(said.data).toMatchObject({ from: session, copied: events.length - 2, hash: before.at(-1)!.hash });
    const copies = events.slice(1, -1).map(({ type, data, at, actor }) => ({ type, data, at, actor }));
    const taken = before.filter(({ type }) => type !== 'session.created' && type !== 'usage.recorded');
    expect(copies).toEqual(taken.map(({ type, data, at, actor }) => ({ type, data, at, actor })));
    expect(store.sessions.usage(fork)).toMatchObject({ input: 0, output: 0 });
    const { items, turn: last } = fold(events);
    expect(items.map(({ kind }) => kind)).toEqual(['user', 'tool', 'assistant', 'notice']);
    expect(last?.state).toBe('completed');
  });

  it('leaves the other one as it was, and outlives it', async () => {
    const store = await tempStore();
    const session = store.sessions.create('first', USER);
    const [said] = turn(store, session, 'one') as [MessageId];
    const before = [...store.log.all(session)];
    const fork = store.sessions.fork(session, said, USER);
    expect([...store.log.all(session)]).toEqual(before);
    expect(fold(store.log.all(fork)).turn).toBeNull();
    const messages = messagesOf(store, fork);
    await store.trash.remove(session, USER);
    expect(messagesOf(store, fork)).toEqual(messages);
    expect(store.sessions.list({ query: 'one', cursor: null, archived: false }).sessions.map(({ id }) => id)).toEqual([
      fork,
    ]);
  });

  it('is refused from a message that is not there', async () => {
    const store = await tempStore();
    const session = store.sessions.create('first', USER);
    turn(store, session, 'one');
    const head = store.log.head();
    expect(() => store.sessions.fork(session, newMessageId(), USER)).toThrow('has no message');
    expect(store.log.head()).toBe(head);
  });
});

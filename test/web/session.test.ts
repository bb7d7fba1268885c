/** A session on the page: wherever the snapshot cuts the events, and however the stream repeats them, the view is the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionInfo } from '../../shared/api.ts';
import type { LiveState, SessionEvent } from '../../shared/event.ts';
import { newCallId, newMessageId } from '../../shared/ids.ts';
import { NO_USAGE } from '../../shared/message.ts';
import { fold } from '../../shared/timeline.ts';
import { Api } from '../../web/lib/api.ts';
import type { Gathered } from '../../web/lib/frame.ts';
import { SessionState } from '../../web/lib/session.svelte.ts';
import type { StreamItem } from '../../web/lib/stream-source.ts';
import { WorkspaceState } from '../../web/lib/workspace.svelte.ts';
import { createScript } from '../fixtures/events.ts';

/** For a process that has no frames: the next turn of its loop. */
function gather(run: () => void): Gathered {
  let next: NodeJS.Immediate | undefined;
  const go = () => {
    next = undefined;
    run();
  };
  return { ask: () => void (next ??= setImmediate(go)), stop: () => clearImmediate(next) };
}

/** Some turns, each with a message, a call that is answered and an answer. */
function conversation(turns: number): ReturnType<typeof createScript> {
  const script = createScript();
  const { tell } = script;
  tell({ type: 'session.created', data: { title: 'One' } });
  for (let i = 0; i < turns; i++) {
    const [messageId, callId] = [newMessageId(), newCallId()];
    const by = { provider: 'p', model: 'm' };
    tell({ type: 'message.user', data: { messageId: newMessageId(), text: `do ${i}`, delivery: 'start' } });
    tell({ type: 'turn.started', data: { messageId, ...by, mode: 'ask' } });
    const call = { type: 'tool_call' as const, callId, name: 'read_file', args: { kind: 'json' as const, value: {} } };
    tell({ type: 'message.assistant', data: { messageId, ...by, parts: [call], stop: 'tools' } });
    tell({ type: 'usage.recorded', data: { ...by, usage: { ...NO_USAGE, output: 10 } } });
    tell({ type: 'tool.answered', data: { callId, isError: false, content: 'text', truncated: false } });
    tell({ type: 'turn.completed', data: { steps: 1, toolCalls: 1, stop: 'end' } });
  }
  return script;
}

interface Held {
  /** How many events the server has. */
  upTo: number;
  live: LiveState | null;
}

/** A server that answers for one session; `window` events in a snapshot. */
function server(script: ReturnType<typeof createScript>, held: Held, window = 1_000) {
  const calls: string[] = [];
  const info = { id: script.session, title: 'One', createdAt: '', updatedAt: '', state: 'rested', waiting: 0 };
  const api = new Api({
    token: () => 'secret',
    onRefused: () => {},
    fetch: async (input) => {
      calls.push(String(input));
      const before = Number(new URL(String(input), 'http://page').searchParams.get('before') ?? Infinity);
      const all = script.events.slice(0, held.upTo).filter((event) => event.seq < before);
      const events = all.slice(-window);
      const usage = { ...NO_USAGE, output: 10 * script.events.slice(0, held.upTo).filter(isUsage).length };
      const more = all.length > events.length;
      const rest = { lastTurn: 'completed', pinned: false, archived: false, forkedFrom: null } as const;
      const session = { ...info, ...rest } as SessionInfo;
      return Response.json({
        ...{
          seq: held.upTo,
          session,
          events,
          more,
          pendingApprovals: [],
          changes: [],
          usage,
          live: held.live,
          outputs: [],
        },
      });
    },
  });
  return { api, calls };
}

const isUsage = (event: SessionEvent) => event.type === 'usage.recorded';
const asItems = (events: readonly SessionEvent[]): StreamItem[] => events.map((event) => ({ kind: 'event', event }));
const settled = async (session: SessionState, is: () => boolean) =>
  await expect.poll(() => session.state === 'ready' && is(), { interval: 1 }).toBe(true);

describe('SessionState', () => {
  it('folds to the same view wherever the snapshot cuts, whatever the stream repeats or brings too early', async () => {
    const script = conversation(3);
    const whole = fold(script.events);
    const total = script.events.length;
    const cuts = fc.record({ cut: fc.integer({ min: 0, max: total }), from: fc.nat(total), early: fc.boolean() });
    const property = fc.asyncProperty(cuts, async ({ cut, from, early }) => {
      const { api } = server(script, { upTo: cut, live: null });
      const session = new SessionState(script.session, { api, workspace: new WorkspaceState(api), gather });
      const stream = asItems(script.events.slice(Math.min(from, cut)));
      if (!early) await settled(session, () => true);
      session.take(stream.slice(0, 4));
      session.take(stream.slice(4));
      await settled(session, () => session.timeline.lastSeq === total);
      expect({ ...session.timeline, lastSeq: 0 }).toEqual({ ...whole, lastSeq: 0 });
      expect(session.usage.output).toBe(30);
      session.close();
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('reads older events above the window, and ends with the whole', async () => {
    const script = conversation(4);
    const { api } = server(script, { upTo: script.events.length, live: null }, 7);
    const session = new SessionState(script.session, { api, workspace: new WorkspaceState(api), gather });
    await settled(session, () => session.more);
    const before = session.timeline.items.length;
    await Promise.all([session.loadOlder(), session.loadOlder()]);
    expect(session.timeline.items.length).toBeGreaterThan(before);
    while (session.more) await session.loadOlder();
    expect(session.timeline.items).toEqual(fold(script.events).items);
    session.close();
  });

  it('lets go of text in flight whose message the snapshot had already, though its pieces come after it', async () => {
    const script = conversation(1);
    const answer = script.events.findIndex(({ type }) => type === 'message.assistant');
    const { messageId } = (script.events[answer] as Extract<SessionEvent, { type: 'message.assistant' }>).data;
    const { api } = server(script, { upTo: answer + 1, live: null });
    const session = new SessionState(script.session, { api, workspace: new WorkspaceState(api), gather });
    const delta: StreamItem = {
      kind: 'live',
      event: { type: 'text.delta', session: script.session, messageId, offset: 0, text: 'Hello' },
    };
    session.take([delta, ...asItems(script.events.slice(answer, answer + 1))]);
    await settled(session, () => true);
    expect(session.live).toBeNull();
    session.close();
  });

  it('asks for the snapshot once when text in flight has a gap, and shows what it says', async () => {
    const script = conversation(1);
    const messageId = newMessageId();
    const held: Held = { upTo: script.events.length, live: null };
    const { api, calls } = server(script, held);
    const session = new SessionState(script.session, { api, workspace: new WorkspaceState(api), gather });
    await settled(session, () => true);
    held.live = { messageId, text: 'Hello', reasoning: '', calls: [] };
    const delta = (offset: number, text: string): StreamItem => ({
      kind: 'live',
      event: { type: 'text.delta', session: script.session, messageId, offset, text },
    });
    session.take([delta(3, 'lo')]);
    await settled(session, () => session.live?.text === 'Hello');
    session.take([delta(5, ', you')]);
    await settled(session, () => session.live?.text === 'Hello, you');
    session.take([delta(90, 'far')]);
    await settled(session, () => session.live?.text === 'Hello, you');
    expect(calls).toHaveLength(2);
    session.close();
  });

  it('reads again what the stream has gone past, and only then', async () => {
    const script = conversation(2);
    const held: Held = { upTo: 8, live: null };
    const { api, calls } = server(script, held);
    const session = new SessionState(script.session, { api, workspace: new WorkspaceState(api), gather });
    await settled(session, () => true);
    session.reach(8);
    expect(calls).toHaveLength(1);
    held.upTo = script.events.length;
    session.reach(script.events.length);
    await settled(session, () => session.timeline.lastSeq === script.events.length);
    expect(calls).toHaveLength(2);
    session.close();
  });

  it('keeps an item that did not change as the same object, and gives a new list each time', async () => {
    const script = conversation(2);
    const { api } = server(script, { upTo: 7, live: null });
    const session = new SessionState(script.session, { api, workspace: new WorkspaceState(api), gather });
    await settled(session, () => true);
    const { items } = session.timeline;
    session.take(asItems(script.events));
    await settled(session, () => session.timeline.lastSeq === script.events.length);
    expect(session.timeline.items).not.toBe(items);
    expect(session.timeline.items[0]).toBe(items[0]);
    session.close();
  });

  it('says what went wrong when there is no such session', async () => {
    const script = conversation(1);
    const api = new Api({
      token: () => 'secret',
      onRefused: () => {},
      fetch: async () => Response.json({ error: { code: 'no_session', message: 'Gone.' } }, { status: 404 }),
    });
    const session = new SessionState(script.session, { api, workspace: new WorkspaceState(api), gather });
    await expect.poll(() => session.state, { interval: 1 }).toBe('failed');
    expect(session.failure).toMatchObject({ status: 404, message: 'Gone.' });
  });
});

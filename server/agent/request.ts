/** One answer of the model: the request, its retries, what is shown meanwhile, and the record of it. */
import type { Actor, NewEvent } from '../../shared/event.ts';
import { newMessageId, type MessageId, type SessionId, type TurnId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { AssistantPart, StopReason, Usage } from '../../shared/message.ts';
import { collect } from '../llm/collect.ts';
import { ProviderError, type ModelRequest, type Provider } from '../llm/provider.ts';
import { retryDelay } from '../llm/retry.ts';
import { countChars } from './messages.ts';
import type { LiveMessage, LiveStates } from './live.ts';

export interface Ask {
  provider: Provider;
  request: ModelRequest;
  session: SessionId;
  turn: TurnId;
  usedCallIds: ReadonlySet<string>;
  signal: AbortSignal;
}

export interface RequestDeps {
  live: LiveStates;
  /** All of them or none. */
  record(...events: NewEvent[]): void;
  /** Resolves after so many milliseconds, or rejects when the signal comes first. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export interface Answer {
  messageId: MessageId;
  parts: AssistantPart[];
  stop: StopReason;
}

/** Throws a ProviderError when there is no further try, or the signal's reason; what was streamed by then is recorded. */
export async function askModel(deps: RequestDeps, ask: Ask): Promise<Answer> {
  const { session, turn, provider, request, signal } = ask;
  const messageId = newMessageId();
  const live = deps.live.begin(session, messageId);
  const at = { session, turn, actor: 'system' as const };
  const named = { provider: provider.name, model: request.model };
  try {
    for (let attempt = 1; ; attempt++) {
      const { messages } = request;
      const size = { messages: messages.length, chars: countChars(messages) + request.system.length };
      deps.record({ type: 'provider.requested', data: { ...named, attempt, ...size }, ...at });
      try {
        return recordAnswer(deps, ask, { messageId, ...(await stream(ask, live)) });
      } catch (error) {
        if (signal.aborted) keepPartial(deps, ask, { messageId, live });
        signal.throwIfAborted();
        if (!(error instanceof ProviderError)) throw error;
        const retryInMs = retryDelay(error, attempt, Math.random());
        const data = { ...named, attempt, code: error.code, message: error.message, retryInMs };
        deps.record({ type: 'provider.failed', data, ...at });
        if (retryInMs === null) throw error;
        live.reset();
        await deps.wait(retryInMs, signal);
      }
    }
  } finally {
    live.end();
  }
}

function stream({ provider, request, usedCallIds, signal }: Ask, live: LiveMessage) {
  return collect(
    provider.stream(request, signal),
    {
      onText: (text) => live.text(text),
      onReasoning: (text) => live.reasoning(text),
      onCall: (callId, name, bytes) => live.call(callId, name, bytes),
    },
    usedCallIds,
  );
}

interface Collected extends Answer {
  usage: Usage;
}

function recordAnswer(deps: RequestDeps, ask: Ask, { messageId, parts, stop, usage }: Collected): Answer {
  const { session, turn, provider, request } = ask;
  const named = { provider: provider.name, model: request.model };
  const at = { session, turn, actor: actorOf(request.model) };
  const reasoning = parts.flatMap((part, place): NewEvent[] => {
    if (part.type !== 'reasoning') return [];
    const data = { messageId, at: place, text: part.text, opaque: part.opaque };
    return [{ type: 'message.reasoning', data, ...at }];
  });
  const said = parts.filter((part) => part.type !== 'reasoning');
  deps.record(
    ...reasoning,
    { type: 'message.assistant', data: { messageId, ...named, parts: said, stop }, ...at },
    { type: 'usage.recorded', data: { ...named, usage }, ...at, actor: 'system' },
  );
  return { messageId, parts, stop };
}

/** The person stopped the stream: the prose that they had seen stands in the record; half a tool call does not. */
function keepPartial(
  deps: RequestDeps,
  ask: Ask,
  { messageId, live }: { messageId: MessageId; live: LiveMessage },
): void {
  const { text } = live.state();
  if (text.trim() === '') return;
  const { session, turn, provider, request } = ask;
  const data = {
    messageId,
    provider: provider.name,
    model: request.model,
    parts: [{ type: 'text' as const, text }],
    stop: 'end' as const,
  };
  deps.record({ type: 'message.assistant', data, session, turn, actor: actorOf(request.model) });
}

export const actorOf = (model: string): Actor => `agent:${model.replace(/[\n\r]/g, ' ')}`;

export const MAX_OUTPUT = LIMITS.outputTokens.value;

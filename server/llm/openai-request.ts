/** A request in the words of OpenAI's chat completions, as its many relatives understand them. */
import type { AssistantPart, Message } from '../../shared/message.ts';
import { fit } from './fit.ts';
import type { ModelRequest } from './provider.ts';

/** What servers differ in. It starts from the usual and is narrowed by what a server refuses. */
export interface Dialect {
  /** Whether the server may be asked for its token counts. */
  countsTokens: boolean;
  /** The name of the bound on the answer; `none`: the server's own. */
  bound: 'max_tokens' | 'max_completion_tokens' | 'none';
}

export type ChatMessage =
  | { role: 'system' | 'user'; content: string }
  | { role: 'tool'; tool_call_id: string; content: string }
  | { role: 'assistant'; content: string; tool_calls?: ChatCall[]; reasoning_content?: string; reasoning?: string };

interface ChatCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

export type ChatBody = Record<string, unknown> & { messages: ChatMessage[] };

export function toOpenAI(request: ModelRequest, options: { source: string; dialect: Dialect }): ChatBody {
  const { dialect } = options;
  return {
    model: request.model,
    stream: true,
    ...(dialect.countsTokens && { stream_options: { include_usage: true } }),
    ...(dialect.bound !== 'none' && { [dialect.bound]: request.maxOutputTokens }),
    messages: toMessages(request, options.source),
    ...(request.tools.length > 0 && {
      tools: request.tools.map(({ name, description, schema }) => ({
        type: 'function',
        function: { name, description, parameters: schema },
      })),
    }),
  };
}

function toMessages(request: ModelRequest, source: string): ChatMessage[] {
  const messages = fit(request.messages);
  const spoke = messages.findLastIndex(
    ({ role, parts }) => role === 'user' && parts.some((part) => part.type === 'text'),
  );
  const system: ChatMessage[] = request.system === '' ? [] : [{ role: 'system', content: request.system }];
  return [...system, ...messages.flatMap((message, at) => toMessage(message, at > spoke ? source : null))];
}

/** `source` is set in the round that is open: there, a server that showed its reasoning wants it back with the calls it led to. */
function toMessage(message: Message, source: string | null): ChatMessage[] {
  if (message.role === 'assistant') return assistantMessage(message.parts, source);
  const texts = message.parts.filter((part) => part.type === 'text').map(({ text }) => text);
  const results = message.parts.filter((part) => part.type === 'tool_result');
  return [
    ...results.map(({ callId, content }): ChatMessage => ({ role: 'tool', tool_call_id: callId, content })),
    ...(texts.length > 0 ? [{ role: 'user' as const, content: texts.join('\n\n') }] : []),
  ];
}

function assistantMessage(parts: AssistantPart[], source: string | null): ChatMessage[] {
  const content = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n');
  const calls = parts.flatMap((part): ChatCall[] => {
    if (part.type !== 'tool_call') return [];
    // What could not be read is answered with what was wrong in it; many servers parse this text and refuse what is no JSON.
    const args = part.args.kind === 'json' ? JSON.stringify(part.args.value) : '{}';
    return [{ id: part.callId, type: 'function', function: { name: part.name, arguments: args } }];
  });
  if (content === '' && calls.length === 0) return [];
  return [
    { role: 'assistant', content, ...(calls.length > 0 && { tool_calls: calls }), ...reasoningOf(parts, source) },
  ];
}

/** Under the name under which it came, which is what the mark of it says. */
function reasoningOf(
  parts: AssistantPart[],
  source: string | null,
): { reasoning_content?: string; reasoning?: string } {
  const own = parts
    .filter((part) => part.type === 'reasoning')
    .filter(({ opaque }) => opaque !== null && opaque.provider === source);
  const field = own[0]?.opaque?.data;
  const text = own.map((part) => part.text).join('\n\n');
  if (field === 'reasoning_content') return { reasoning_content: text };
  return field === 'reasoning' ? { reasoning: text } : {};
}

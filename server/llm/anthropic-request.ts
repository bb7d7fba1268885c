/** A request in the words of Anthropic's Messages API. */
import type { Anthropic } from '@anthropic-ai/sdk';
import type { AssistantPart, Message } from '../../shared/message.ts';
import { fit } from './fit.ts';
import { thinkingForm } from './models.ts';
import type { ModelRequest } from './provider.ts';

type Params = Anthropic.MessageCreateParamsStreaming;
type Block = Anthropic.ContentBlockParam;

/** Thinking tokens where the model takes a budget: enough for a plan, and a quarter of our longest answer. */
const BUDGET = 8_000;
const LEAST_BUDGET = 1_024;

/** `source` is the mark that our own thoughts carry: `PROVIDER/MODEL`. Thoughts with another one are left out. */
export function toAnthropic(request: ModelRequest, options: { source: string; thinking: 'auto' | 'off' }): Params {
  const messages = fit(request.messages);
  const thinking = thinkingOf(request, messages, options);
  // Where a budget was not asked for, thoughts in the history have no meaning either.
  const source = thinking === undefined && thinkingForm(request.model) === 'budget' ? null : options.source;
  return {
    model: request.model,
    max_tokens: request.maxOutputTokens,
    stream: true,
    ...(request.system !== '' && { system: [{ type: 'text', text: request.system, cache_control: CACHE }] }),
    ...(request.tools.length > 0 && { tools: toolsOf(request) }),
    messages: cached(messages.map((message) => toMessage(message, source)).filter(({ content }) => content.length > 0)),
    ...(thinking && { thinking }),
  };
}

const CACHE = { type: 'ephemeral' } as const;

const toolsOf = ({ tools }: ModelRequest): Anthropic.Tool[] =>
  tools.map((tool, at) => ({
    name: tool.name,
    description: tool.description,
    input_schema: { ...tool.schema, type: 'object' },
    ...(at === tools.length - 1 && { cache_control: CACHE }),
  }));

/**
 * A model with a budget refuses an open round of tool calls that does not begin with its own thought (the person changed the
 * model in the middle of a turn, say): it then goes on without thinking until the round is over.
 */
function thinkingOf(
  request: ModelRequest,
  messages: Message[],
  options: { source: string; thinking: 'auto' | 'off' },
): Params['thinking'] {
  const form = options.thinking === 'off' ? 'none' : thinkingForm(request.model);
  if (form === 'none') return undefined;
  // Without `display`, newer models keep the summary to themselves and the page would show an empty thought.
  if (form === 'adaptive') return { type: 'adaptive', display: 'summarized' };
  const budget = Math.min(BUDGET, Math.floor(request.maxOutputTokens / 2));
  const inRound = messages.at(-1)?.parts.some((part) => part.type === 'tool_result') ?? false;
  const last = messages.findLast((message) => message.role === 'assistant')?.parts[0];
  const begins = last?.type === 'reasoning' && last.opaque?.provider === options.source;
  return budget < LEAST_BUDGET || (inRound && !begins) ? undefined : { type: 'enabled', budget_tokens: budget };
}

function toMessage(message: Message, source: string | null): { role: 'user' | 'assistant'; content: Block[] } {
  if (message.role === 'assistant')
    return { role: 'assistant', content: message.parts.flatMap((part) => assistantBlock(part, source)) };
  const content = message.parts.map((part): Block => {
    if (part.type === 'text') return { type: 'text', text: part.text };
    return { type: 'tool_result', tool_use_id: part.callId, content: part.content, is_error: part.isError };
  });
  return { role: 'user', content };
}

function assistantBlock(part: AssistantPart, source: string | null): Block[] {
  switch (part.type) {
    case 'text':
      return [{ type: 'text', text: part.text }];
    case 'tool_call':
      // What could not be read is answered with what was wrong in it; an empty object keeps the place of the call.
      return [
        { type: 'tool_use', id: part.callId, name: part.name, input: part.args.kind === 'json' ? part.args.value : {} },
      ];
    case 'reasoning':
      if (part.opaque === null || part.opaque.provider !== source) return [];
      if (part.opaque.redacted) return [{ type: 'redacted_thinking', data: part.opaque.data }];
      return [{ type: 'thinking', thinking: part.text, signature: part.opaque.data }];
  }
}

/**
 * Marks the last block of the last two user messages. With those on the tools and the system prompt that is four, the most
 * that is taken: the former of the two is where the last request was cached to, the latter where this one will be.
 */
function cached(messages: { role: 'user' | 'assistant'; content: Block[] }[]): Anthropic.MessageParam[] {
  const marked = new Set(messages.filter(({ role }) => role === 'user').slice(-2));
  return messages.map((message) => {
    const last = message.content.at(-1);
    if (!marked.has(message) || (last?.type !== 'text' && last?.type !== 'tool_result')) return message;
    return { ...message, content: [...message.content.slice(0, -1), { ...last, cache_control: CACHE }] };
  });
}

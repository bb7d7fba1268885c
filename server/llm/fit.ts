/** Messages made fit for a wire: what a provider would refuse is mended here, so that no record can end a session. */
import type { AssistantPart, Message, ToolResultPart } from '../../shared/message.ts';

/**
 * Every call has its result, in the user message that follows it and before any text; no result stands without its call; no
 * text is blank; no surrogate stands alone (JSON would carry it, a server's parser would refuse it); no message is empty.
 */
export function fit(messages: readonly Message[]): Message[] {
  const out: Message[] = [];
  let open: string[] = [];
  for (const message of messages) {
    if (message.role === 'assistant') {
      if (open.length > 0) out.push({ role: 'user', parts: open.map(unanswered) });
      const parts = message.parts.filter((part) => part.type !== 'text' || part.text.trim() !== '').map(wellFormed);
      open = parts.flatMap((part) => (part.type === 'tool_call' ? [part.callId] : []));
      if (parts.length > 0) out.push({ role: 'assistant', parts });
      continue;
    }
    const parts = userParts(message.parts, open);
    open = [];
    if (parts.length > 0) out.push({ role: 'user', parts });
  }
  if (open.length > 0) out.push({ role: 'user', parts: open.map(unanswered) });
  return out;
}

type UserParts = Extract<Message, { role: 'user' }>['parts'];

function userParts(parts: UserParts, open: readonly string[]): UserParts {
  const results = open.map(
    (callId) => parts.find((part) => part.type === 'tool_result' && part.callId === callId) ?? unanswered(callId),
  );
  const texts = parts.filter((part) => part.type === 'text' && part.text.trim() !== '');
  return [...results, ...texts].map(wellFormed);
}

const unanswered = (callId: string): ToolResultPart => ({
  type: 'tool_result',
  callId: callId as ToolResultPart['callId'], // taken from a call of these very messages
  content: 'This call was interrupted and has no result. Look at what stands before you repeat it.',
  isError: true,
});

const mend = (text: string) => text.replace(/\p{Surrogate}/gu, '\u{FFFD}');

function wellFormed<Part extends UserParts[number] | AssistantPart>(part: Part): Part {
  switch (part.type) {
    case 'text':
      return { ...part, text: mend(part.text) };
    case 'tool_result':
      return { ...part, content: mend(part.content) };
    case 'tool_call':
      return part.args.kind === 'json' ? { ...part, args: { kind: 'json', value: mendObject(part.args.value) } } : part;
    default:
      return part;
  }
}

type Json = Extract<Extract<AssistantPart, { type: 'tool_call' }>['args'], { kind: 'json' }>['value'];

const mendObject = (value: Json): Json =>
  Object.fromEntries(Object.entries(value).map(([key, held]) => [mend(key), mendJson(held)]));

/** Recursion is safe: arguments deeper than the limit never became `json`. */
function mendJson(value: Json[string]): Json[string] {
  if (typeof value === 'string') return mend(value);
  if (Array.isArray(value)) return value.map(mendJson);
  return value !== null && typeof value === 'object' ? mendObject(value) : value;
}

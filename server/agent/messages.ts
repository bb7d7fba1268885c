/** The fold of a session's events to the messages that the model is sent. */
import type { EventData, SessionEvent } from '../../shared/event.ts';
import type { ActionId, CallId, MessageId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { AssistantPart, Message, ReasoningPart, ToolResultPart } from '../../shared/message.ts';
import { visible } from '../base/visible.ts';

export interface MessageFold {
  take(event: SessionEvent): void;
  /** Whole and fit to send: every tool call has its result, and roles take turns. */
  messages(): Message[];
  /** Tool-call ids that this session has used. */
  callIds: ReadonlySet<string>;
  /** True where a person's message stands after the model's last answer. */
  hasUnanswered(): boolean;
  /** How many of the person's messages no request has carried yet. */
  waiting(): number;
}

const UNFINISHED =
  'This call was interrupted before it was done. It may or may not have had its effect: look before you repeat it.';

export const createMessageFold = (): MessageFold => new Fold();

class Fold implements MessageFold {
  readonly callIds = new Set<string>();
  readonly #messages: Message[] = [];
  #thoughts: { messageId: MessageId; at: number; part: ReasoningPart }[] = [];
  // Of the last answer: its calls in order, the results so far, and what the person said meanwhile.
  #open: CallId[] = [];
  #results = new Map<CallId, ToolResultPart>();
  #said: string[] = [];
  /** The last revert of the person, as far as no answer of the model came after it: the place of its words among those. */
  #reverted: { actionId: ActionId; at: number; paths: string[] } | null = null;
  /** How many of those the request that runs has carried; what is said after it went out belongs to the next one. */
  #carried = 0;

  hasUnanswered(): boolean {
    return this.#said.length > 0;
  }

  waiting(): number {
    return this.#said.length - this.#carried;
  }

  take(event: SessionEvent): void {
    switch (event.type) {
      case 'message.user':
        this.#said.push(event.data.text);
        break;
      case 'provider.requested':
        if (event.data.attempt === 1) this.#carried = this.#said.length;
        break;
      case 'message.reasoning': {
        const { messageId, at, text, opaque } = event.data;
        this.#thoughts.push({ messageId, at, part: { type: 'reasoning', text, opaque } });
        break;
      }
      case 'file.changed':
        if (event.data.reverts !== undefined) this.#takeRevert(event.data);
        break;
      case 'message.assistant':
        this.#takeAssistant(event);
        break;
      case 'tool.answered': {
        const { callId, content, isError } = event.data;
        this.#results.set(callId, { type: 'tool_result', callId, content, isError });
        break;
      }
    }
  }

  messages(): Message[] {
    const last = this.#userTurn(this.#said);
    return mergeRoles(last ? [...this.#messages, last] : this.#messages);
  }

  /** The files of one revert come one by one, and are told as one. */
  #takeRevert({ actionId, path, from }: EventData<'file.changed'>): void {
    const known = this.#reverted?.actionId === actionId ? this.#reverted : null;
    const reverted = known ?? { actionId, at: this.#said.length, paths: [] };
    reverted.paths.push(...new Set([from, path]));
    this.#said[reverted.at] = revertWords(reverted.paths);
    this.#reverted = reverted;
  }

  #takeAssistant(event: Extract<SessionEvent, { type: 'message.assistant' }>): void {
    const before = this.#userTurn(this.#said.slice(0, this.#carried));
    if (before) this.#messages.push(before);
    const parts: AssistantPart[] = [...event.data.parts];
    const own = this.#thoughts.filter((thought) => thought.messageId === event.data.messageId);
    for (const { at, part } of own) parts.splice(at, 0, part);
    this.#messages.push({ role: 'assistant', parts });
    this.#open = parts.flatMap((part) => (part.type === 'tool_call' ? [part.callId] : []));
    for (const callId of this.#open) this.callIds.add(callId);
    this.#thoughts = [];
    this.#results = new Map();
    this.#said = this.#said.slice(this.#carried);
    this.#carried = 0;
    this.#reverted = null;
  }

  /** Closes the calls of the last answer: results in order, then what the person said, as one user message. */
  #userTurn(words: string[]): Message | null {
    const answered = this.#open.map((callId): ToolResultPart => this.#results.get(callId) ?? unfinished(callId));
    const parts = [...answered, ...words.map((text) => ({ type: 'text' as const, text }))];
    return parts.length === 0 ? null : { role: 'user', parts };
  }
}

function revertWords(paths: readonly string[]): string {
  const max = LIMITS.revertedNames.value;
  const named = paths.slice(0, max).map((path) => `- ${visible(path)}`);
  const rest = paths.length > max ? [`- and ${paths.length - max} more`] : [];
  return [
    '[vtcode] The person took changes of these files back. Read them again before you go on:',
    ...named,
    ...rest,
  ].join('\n');
}

const unfinished = (callId: CallId): ToolResultPart => ({
  type: 'tool_result',
  callId,
  content: UNFINISHED,
  isError: true,
});

/** Two answers of the model can stand side by side (a stop between them): they become one, for providers that insist. */
function mergeRoles(messages: Message[]): Message[] {
  const merged: Message[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (last?.role === 'assistant' && message.role === 'assistant') {
      merged[merged.length - 1] = { role: 'assistant', parts: [...last.parts, ...message.parts] };
    } else if (last?.role === 'user' && message.role === 'user') {
      merged[merged.length - 1] = { role: 'user', parts: [...last.parts, ...message.parts] };
    } else {
      merged.push(message);
    }
  }
  return merged;
}

/** Characters of what is sent: the measure of the context that needs no tokenizer. */
export function countChars(messages: Message[]): number {
  let sum = 0;
  for (const { parts } of messages) for (const part of parts) sum += charsOf(part);
  return sum;
}

function charsOf(part: Message['parts'][number]): number {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return part.text.length;
    case 'tool_result':
      return part.content.length;
    case 'tool_call':
      return part.args.kind === 'json' ? JSON.stringify(part.args.value).length : part.args.raw.length;
  }
}

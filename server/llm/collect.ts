/** Puts an answer together from its stream: parts in order, ids that can be used, and nothing beyond the bounds. */
import { CallId, newCallId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { NO_USAGE, type AssistantPart, type ReasoningPart, type StopReason, type Usage } from '../../shared/message.ts';
import { readArgs } from './args.ts';
import { ProviderError, type ModelEvent } from './provider.ts';

export interface Listeners {
  onText(text: string): void;
  onReasoning(text: string): void;
  /** At the start of a call and at each piece of its arguments; `bytes` is how many came so far. */
  onCall(callId: CallId, name: string, bytes: number): void;
}

export interface Collected {
  parts: AssistantPart[];
  usage: Usage;
  /** `tools` if and only if there are calls among the parts. */
  stop: StopReason;
}

/**
 * Reads a stream to its end, or to a bound. `usedCallIds` are those of the session so far: no id comes twice. Throws what the
 * stream throws, and a ProviderError where it ends without an end or breaks our own vocabulary.
 */
export async function collect(
  events: AsyncIterable<ModelEvent>,
  listeners: Listeners,
  usedCallIds: ReadonlySet<string>,
): Promise<Collected> {
  const draft: Draft = {
    listeners,
    taken: new Set(usedCallIds),
    parts: [],
    byIndex: new Map(),
    calls: 0,
    usage: NO_USAGE,
    ended: null,
    chars: 0,
    kept: 0,
    read: 0,
  };
  for await (const event of events) {
    take(draft, event);
    if (draft.ended !== null) return finished(draft, draft.ended);
  }
  throw new ProviderError({
    code: 'cut',
    message: 'The stream of the answer ended before the answer did',
    hint: 'The answer is asked for anew.',
    retryable: true,
  });
}

interface Call {
  type: 'call';
  callId: CallId;
  name: string;
  text: string;
  bytes: number;
  /** Why no more of it is kept; '' while it is. */
  dropped: string;
}

/** `closed`: its end was told, so that the next piece of reasoning is another thought. */
type Thought = ReasoningPart & { closed: boolean };

interface Draft {
  listeners: Listeners;
  taken: Set<string>;
  parts: ({ type: 'text'; text: string } | Thought | Call)[];
  byIndex: Map<number, Call>;
  calls: number;
  usage: Usage;
  ended: StopReason | null;
  /** Characters of prose, bytes of all that is kept, characters of all that came. */
  chars: number;
  kept: number;
  read: number;
}

function take(draft: Draft, event: ModelEvent): void {
  if ('text' in event) draft.read += event.text.length;
  if (draft.read > LIMITS.answerStreamChars.value) draft.ended = 'length';
  if (draft.ended !== null) return;
  switch (event.type) {
    case 'text':
      return addText(draft, event.text);
    case 'reasoning':
      return addReasoning(draft, event.text);
    case 'reasoning.end':
      return endReasoning(draft, event.opaque);
    case 'call.start':
      return startCall(draft, event);
    case 'call.args':
      return addArgs(draft, event.index, event.text);
    case 'usage':
      draft.usage = event.usage;
      return;
    case 'end':
      draft.ended = event.stop;
  }
}

function addText(draft: Draft, text: string): void {
  const fits = room(draft, text);
  if (fits === '') return;
  const last = draft.parts.at(-1);
  if (last?.type === 'text') last.text += fits;
  else draft.parts.push({ type: 'text', text: fits });
  draft.listeners.onText(fits);
}

function addReasoning(draft: Draft, text: string): void {
  const fits = room(draft, text);
  if (fits === '') return;
  openThought(draft).text += fits;
  draft.listeners.onReasoning(fits);
}

function endReasoning(draft: Draft, opaque: ReasoningPart['opaque']): void {
  if (opaque === null && draft.parts.at(-1)?.type !== 'reasoning') return;
  const bytes = Buffer.byteLength(opaque?.data ?? '');
  // Half of a signature is worth nothing: where there is no room for all of it, the answer ends here.
  if (draft.kept + bytes > LIMITS.answerBytes.value) draft.ended = 'length';
  else Object.assign(openThought(draft), { opaque, closed: true });
  draft.kept += bytes;
}

function openThought(draft: Draft): Thought {
  const last = draft.parts.at(-1);
  if (last?.type === 'reasoning' && !last.closed) return last;
  const fresh: Thought = { type: 'reasoning', text: '', opaque: null, closed: false };
  draft.parts.push(fresh);
  return fresh;
}

/** As much of a piece of prose as there is room for; where that is not all, the answer ends. */
function room(draft: Draft, text: string): string {
  const chars = LIMITS.assistantChars.value - draft.chars;
  const bytes = LIMITS.answerBytes.value - draft.kept;
  const whole = text.length <= chars && Buffer.byteLength(text) <= bytes;
  const most = Math.max(0, Math.min(chars, Math.floor(bytes / 3))); // no UTF-16 unit takes more than three bytes
  const fits = whole ? text : text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');
  if (!whole) draft.ended = 'length';
  draft.chars += fits.length;
  draft.kept += Buffer.byteLength(fits);
  return fits;
}

/** One call beyond the bound is kept, unread, so that the model is told of it; of the rest only their number. */
function startCall(draft: Draft, { index, id, name }: { index: number; id: string; name: string }): void {
  const most = LIMITS.toolCallsPerMessage.value;
  const beyond = ++draft.calls > most;
  const last = draft.parts.findLast((part) => part.type === 'call');
  if (beyond && last && draft.calls > most + 1) {
    last.dropped = `an answer may hold ${most} calls, and this one and ${draft.calls - most - 1} more were left out`;
    draft.byIndex.set(index, last);
    return;
  }
  const callId = usable(id, draft.taken);
  const dropped = beyond ? `an answer may hold ${most} calls, and this one was left out` : '';
  const call: Call = { type: 'call', callId, name: plainName(name), text: '', bytes: 0, dropped };
  draft.taken.add(callId);
  draft.byIndex.set(index, call);
  draft.parts.push(call);
  draft.listeners.onCall(callId, call.name, 0);
}

function addArgs(draft: Draft, index: number, text: string): void {
  const call = draft.byIndex.get(index);
  if (!call) throw outOfOrder(index);
  const bytes = Buffer.byteLength(text);
  call.bytes += bytes;
  if (call.dropped === '') {
    call.text += text;
    draft.kept += bytes;
    call.dropped = tooMuch(call, draft.kept);
    if (call.dropped !== '') letGo(draft, call);
  }
  draft.listeners.onCall(call.callId, call.name, call.bytes);
}

function tooMuch(call: Call, kept: number): string {
  const { toolArgsBytes, answerBytes } = LIMITS;
  if (call.bytes > toolArgsBytes.value) return `the most of one call is ${toolArgsBytes.value}`;
  return kept > answerBytes.value ? `the most of one answer, all of it together, is ${answerBytes.value}` : '';
}

/** Keeps the head alone, copied: a slice would hold on to the whole. */
function letGo(draft: Draft, call: Call): void {
  draft.kept -= call.bytes;
  call.text = Buffer.from(call.text.slice(0, LIMITS.malformedChars.value)).toString();
}

/** Calls of an answer that was refused are not carried out: the provider took the answer back. */
function finished(draft: Draft, ended: StopReason): Collected {
  const cutOff = ended === 'length' ? draft.parts.findLast((part) => part.type === 'call') : undefined;
  const parts = draft.parts.flatMap((part): AssistantPart[] => {
    switch (part.type) {
      case 'text':
        return [part];
      case 'reasoning': {
        const { type, text, opaque } = part;
        return text === '' && opaque === null ? [] : [{ type, text, opaque }];
      }
      case 'call': {
        const { callId, name } = part;
        if (ended === 'refusal') return [];
        return [{ type: 'tool_call', callId, name, args: readArgs({ ...part, cutOff: part === cutOff }) }];
      }
    }
  });
  const calls = parts.some((part) => part.type === 'tool_call');
  return { parts, usage: draft.usage, stop: calls ? 'tools' : ended === 'tools' ? 'end' : ended };
}

function usable(id: string, taken: ReadonlySet<string>): CallId {
  const parsed = CallId.safeParse(id);
  return parsed.success && !taken.has(id) ? parsed.data : newCallId();
}

/** A name goes back to the provider with the next request, which takes no others; it never becomes the name of another tool. */
function plainName(name: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(name)) return name;
  return `unknown_${name.slice(0, 48).replace(/[^A-Za-z0-9_-]+/g, '_')}`;
}

const outOfOrder = (index: number) =>
  new ProviderError({
    code: 'malformed',
    message: `The stream sent arguments for call ${index}, which it had not begun`,
    hint: 'If it happens again, the server does not keep to the format of tool calls: choose another model or server.',
    retryable: true,
  });

/** Reads the events of Anthropic's stream, one by one, into ours. */
import * as z from 'zod';
import { NO_USAGE, type StopReason, type Usage } from '../../shared/message.ts';
import type { ModelEvent } from './provider.ts';
import { WireError } from './stream-end.ts';

const count = z.int().min(0).nullish();
const Counted = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
});

const index = z.int().min(0);
const Block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string().default('') }),
  z.object({ type: z.literal('thinking'), thinking: z.string().default(''), signature: z.string().default('') }),
  z.object({ type: z.literal('redacted_thinking'), data: z.string() }),
  z.object({
    type: z.literal('tool_use'),
    id: z.string().default(''),
    name: z.string().default(''),
    input: z.unknown(),
  }),
]);
const Delta = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text_delta'), text: z.string() }),
  z.object({ type: z.literal('thinking_delta'), thinking: z.string() }),
  z.object({ type: z.literal('signature_delta'), signature: z.string() }),
  z.object({ type: z.literal('input_json_delta'), partial_json: z.string() }),
]);

/** What we read of each event. Blocks, deltas and events of other types are passed over: the API adds some as it grows. */
const Wire = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message_start'), message: z.object({ usage: Counted.nullish() }) }),
  z.object({ type: z.literal('content_block_start'), index, content_block: z.unknown() }),
  z.object({ type: z.literal('content_block_delta'), index, delta: z.unknown() }),
  z.object({ type: z.literal('content_block_stop'), index }),
  z.object({
    type: z.literal('message_delta'),
    delta: z.object({ stop_reason: z.string().nullish() }),
    usage: Counted.nullish(),
  }),
  z.object({ type: z.literal('message_stop') }),
]);
const Typed = z.object({ type: z.string() });

export interface Reader {
  /** The events that one event of the wire makes, in order. Throws a WireError on what breaks the protocol. */
  take(raw: unknown): ModelEvent[];
}

/** What is open, by its index on the wire. `bare` is a call's input as it began: some servers send it whole there. */
type Open = { kind: 'text' | 'other' } | { kind: 'thinking'; signature: string } | { kind: 'call'; bare: string };

interface State {
  source: string;
  open: Map<number, Open>;
  usage: Usage;
  stop: StopReason;
}

/** `source` marks thoughts as those of this provider and model. */
export function readAnthropic(source: string): Reader {
  const state: State = { source, open: new Map(), usage: NO_USAGE, stop: 'end' };
  return { take: (raw) => take(state, raw) };
}

function take(state: State, raw: unknown): ModelEvent[] {
  const event = known(Wire, raw);
  switch (event?.type) {
    case 'message_start':
      state.usage = counted(state.usage, event.message.usage);
      return [];
    case 'content_block_start':
      return start(state, event.index, known(Block, event.content_block));
    case 'content_block_delta':
      return grow(state, event.index, known(Delta, event.delta));
    case 'content_block_stop':
      return close(state, event.index);
    case 'message_delta':
      state.usage = counted(state.usage, event.usage);
      state.stop = stopOf(event.delta.stop_reason ?? null);
      return [];
    case 'message_stop': {
      const last = [...state.open.keys()].flatMap((at) => close(state, at));
      return [...last, { type: 'usage', usage: state.usage }, { type: 'end', stop: state.stop }];
    }
    case undefined:
      return [];
  }
}

function start({ open, source }: State, at: number, block: z.infer<typeof Block> | null): ModelEvent[] {
  switch (block?.type) {
    case 'text':
      open.set(at, { kind: 'text' });
      return block.text === '' ? [] : [{ type: 'text', text: block.text }];
    case 'thinking':
      open.set(at, { kind: 'thinking', signature: block.signature });
      return block.thinking === '' ? [] : [{ type: 'reasoning', text: block.thinking }];
    case 'redacted_thinking':
      return [{ type: 'reasoning.end', opaque: { provider: source, data: block.data, redacted: true } }];
    case 'tool_use':
      open.set(at, { kind: 'call', bare: isFilled(block.input) ? JSON.stringify(block.input) : '' });
      return [{ type: 'call.start', index: at, id: block.id, name: block.name }];
    case undefined:
      open.set(at, { kind: 'other' });
      return [];
  }
}

function grow({ open }: State, at: number, delta: z.infer<typeof Delta> | null): ModelEvent[] {
  const block = open.get(at);
  if (block?.kind === 'other') return [];
  switch (delta?.type) {
    case 'text_delta':
      return [{ type: 'text', text: delta.text }];
    case 'thinking_delta':
      return [{ type: 'reasoning', text: delta.thinking }];
    case 'signature_delta':
      if (block?.kind === 'thinking') block.signature += delta.signature;
      return [];
    case 'input_json_delta':
      if (block?.kind !== 'call') throw new WireError(`arguments for block ${at}, which is no open tool call`);
      if (delta.partial_json !== '') block.bare = '';
      return [{ type: 'call.args', index: at, text: delta.partial_json }];
    case undefined:
      return [];
  }
}

function close({ open, source }: State, at: number): ModelEvent[] {
  const block = open.get(at);
  open.delete(at);
  if (block?.kind === 'call' && block.bare !== '') return [{ type: 'call.args', index: at, text: block.bare }];
  if (block?.kind !== 'thinking') return [];
  const opaque = block.signature === '' ? null : { provider: source, data: block.signature, redacted: false };
  return [{ type: 'reasoning.end', opaque }];
}

const isFilled = (value: unknown) =>
  value !== null && value !== undefined && (typeof value !== 'object' || Object.keys(value).length > 0);

/** Null for a type that the schema does not know; throws for one that it knows and that does not fit. */
function known<Schema extends z.ZodDiscriminatedUnion>(schema: Schema, raw: unknown): z.infer<Schema> | null {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  if (parsed.error.issues.some((issue) => issue.code === 'invalid_union') && Typed.safeParse(raw).success) return null;
  throw new WireError(`an event that does not fit: ${z.prettifyError(parsed.error)}`);
}

/** Counts are running totals, and a later event may leave out what it does not change. */
function counted(before: Usage, now: z.infer<typeof Counted> | null | undefined): Usage {
  return {
    input: now?.input_tokens ?? before.input,
    output: now?.output_tokens ?? before.output,
    cacheRead: now?.cache_read_input_tokens ?? before.cacheRead,
    cacheWrite: now?.cache_creation_input_tokens ?? before.cacheWrite,
  };
}

function stopOf(reason: string | null): StopReason {
  switch (reason) {
    case 'tool_use':
      return 'tools';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'refusal':
      return 'refusal';
    default: // end_turn, stop_sequence, pause_turn, and what is yet to come
      return 'end';
  }
}

/** Reads the chunks of a chat completion, one by one, into our events. */
import * as z from 'zod';
import { NO_USAGE, type StopReason, type Usage } from '../../shared/message.ts';
import type { ModelEvent } from './provider.ts';

const count = z.number().min(0).transform(Math.floor).nullish().catch(null);
const Counted = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z.object({ cached_tokens: count }).nullish().catch(null),
});

const Piece = z.object({
  index: z.int().min(0).nullish(),
  id: z.string().nullish(),
  function: z
    .object({
      name: z.string().nullish(),
      arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
    })
    .nullish(),
});
type Piece = z.infer<typeof Piece>;

/** Prose is text, or (Mistral) a list of typed pieces of it. */
const Prose = z.union([z.string(), z.array(z.object({ type: z.string(), text: z.string().optional() }))]).nullish();
const Delta = z.object({
  content: Prose,
  refusal: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.unknown().optional(),
  tool_calls: z.array(Piece).nullish(),
});
type Delta = z.infer<typeof Delta>;

const Choice = z.object({ delta: Delta.nullish(), message: Delta.nullish(), finish_reason: z.string().nullish() });
const Chunk = z.object({ choices: z.array(Choice).nullish(), usage: Counted.nullish(), error: z.unknown().optional() });

export interface ChunkReader {
  /** The events that one chunk makes, in order. Throws a ChunkError for an error in the stream, else a ZodError. */
  take(raw: unknown): ModelEvent[];
  /** The last events; null where no chunk has said why the answer ended and the server did not say `[DONE]` either. */
  finish(saidDone: boolean): ModelEvent[] | null;
}

/** The server told of an error in the place of a chunk. */
export class ChunkError extends Error {
  readonly told: unknown;
  constructor(told: unknown) {
    super('an error in the stream');
    this.told = told;
  }
}

interface Call {
  at: number;
  id: string;
}

interface State {
  source: string;
  usage: Usage;
  stop: StopReason | null;
  /** The field in which reasoning came, while it is open; else ''. */
  thinking: string;
  calls: Call[];
  bySlot: Map<number, Call>;
}

/** `source` marks reasoning as that of this provider and model, so that it can be given back to it. */
export function readOpenAI(source: string): ChunkReader {
  const state: State = { source, usage: NO_USAGE, stop: null, thinking: '', calls: [], bySlot: new Map() };
  return {
    take: (raw) => take(state, raw),
    finish(saidDone) {
      if (state.stop === null && !saidDone) return null;
      return [...endThought(state), { type: 'usage', usage: state.usage }, { type: 'end', stop: state.stop ?? 'end' }];
    },
  };
}

function take(state: State, raw: unknown): ModelEvent[] {
  const chunk = Chunk.parse(raw);
  if (chunk.error !== undefined && chunk.error !== null) throw new ChunkError(chunk.error);
  state.usage = counted(state.usage, chunk.usage);
  const choice = chunk.choices?.[0];
  if (choice?.finish_reason) state.stop = stopOf(choice.finish_reason);
  const delta = choice?.delta ?? choice?.message;
  if (!delta) return [];
  const said = [...reasoning(state, delta), ...prose(state, delta)]; // before the calls, which end a thought
  return [...said, ...(delta.tool_calls ?? []).flatMap((piece) => call(state, piece))];
}

function reasoning(state: State, delta: Delta): ModelEvent[] {
  const field = delta.reasoning_content ? 'reasoning_content' : 'reasoning';
  const text = delta[field];
  if (typeof text !== 'string' || text === '') return [];
  state.thinking = field;
  return [{ type: 'reasoning', text }];
}

function prose(state: State, { content, refusal }: Delta): ModelEvent[] {
  const said = Array.isArray(content) ? content.map(({ text }) => text ?? '').join('') : (content ?? '');
  const text = said + (refusal ?? '');
  return text === '' ? [] : [...endThought(state), { type: 'text', text }];
}

function endThought(state: State): ModelEvent[] {
  if (state.thinking === '') return [];
  const opaque = { provider: state.source, data: state.thinking, redacted: false };
  state.thinking = '';
  return [{ type: 'reasoning.end', opaque }];
}

function call(state: State, piece: Piece): ModelEvent[] {
  const events = endThought(state);
  let one = begun(state, piece);
  if (!one) {
    one = { at: state.calls.length, id: piece.id ?? '' };
    state.calls.push(one);
    events.push({ type: 'call.start', index: one.at, id: one.id, name: piece.function?.name ?? '' });
  }
  if (typeof piece.index === 'number') state.bySlot.set(piece.index, one);
  const args = piece.function?.arguments ?? '';
  const text = typeof args === 'string' ? args : JSON.stringify(args);
  return text === '' ? events : [...events, { type: 'call.args', index: one.at, text }];
}

/** The call that a piece goes on with; undefined where it begins a new one. */
function begun({ calls, bySlot }: State, { index, id, function: named }: Piece): Call | undefined {
  if (typeof index === 'number') {
    const one = bySlot.get(index);
    // Gemini numbers all its calls 0 and tells them apart by id.
    return one && id && one.id && one.id !== id ? undefined : one;
  }
  if (id) return calls.findLast((one) => one.id === id);
  return named?.name ? undefined : calls.at(-1);
}

/** Theirs counts what came from the cache as input too. */
function counted(before: Usage, now: z.infer<typeof Counted> | null | undefined): Usage {
  if (!now) return before;
  const cacheRead = Math.min(now.prompt_tokens_details?.cached_tokens ?? 0, now.prompt_tokens ?? 0);
  return { input: (now.prompt_tokens ?? 0) - cacheRead, output: now.completion_tokens ?? 0, cacheRead, cacheWrite: 0 };
}

function stopOf(reason: string): StopReason {
  switch (reason) {
    case 'tool_calls':
    case 'function_call':
      return 'tools';
    case 'length':
      return 'length';
    case 'content_filter':
      return 'refusal';
    default:
      return 'end';
  }
}

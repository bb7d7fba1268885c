/** Reads the chunks of a chat completion, one by one, into our events. */
import { z } from 'zod';
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

/** `source` marks reasoning as that of this provider and model, so that it can be given back to it. */
export function readOpenAI(source: string): ChunkReader {
  let usage: Usage = NO_USAGE;
  let stop: StopReason | null = null;
  /** The field in which reasoning came, while it is open. */
  let thinking = '';
  const calls: Call[] = [];
  const bySlot = new Map<number, Call>();

  const endThought = (): ModelEvent[] => {
    if (thinking === '') return [];
    const opaque = { provider: source, data: thinking, redacted: false };
    thinking = '';
    return [{ type: 'reasoning.end', opaque }];
  };

  function reasoning(delta: Delta): ModelEvent[] {
    const [field, text] = delta.reasoning_content
      ? ['reasoning_content', delta.reasoning_content]
      : ['reasoning', delta.reasoning];
    if (typeof text !== 'string' || text === '') return [];
    thinking = field;
    return [{ type: 'reasoning', text }];
  }

  function prose(delta: Delta): ModelEvent[] {
    const content = Array.isArray(delta.content)
      ? delta.content.map(({ text }) => text ?? '').join('')
      : (delta.content ?? '');
    const text = content + (delta.refusal ?? '');
    return text === '' ? [] : [...endThought(), { type: 'text', text }];
  }

  /** The call that a piece belongs to; undefined where it begins a new one. */
  function callOf({ index, id, function: named }: Piece): Call | undefined {
    const slot = index ?? null;
    const known =
      slot === null
        ? calls.findLast((call) => (id ? call.id === id : !named?.name && call === calls.at(-1)))
        : bySlot.get(slot);
    return known && id && known.id && known.id !== id ? undefined : known; // Gemini numbers all its calls 0 and tells them apart by id
  }

  function piece(raw: Piece): ModelEvent[] {
    const events = endThought();
    let call = callOf(raw);
    if (!call) {
      call = { at: calls.length, id: raw.id ?? '' };
      calls.push(call);
      events.push({ type: 'call.start', index: call.at, id: call.id, name: raw.function?.name ?? '' });
    }
    if (typeof raw.index === 'number') bySlot.set(raw.index, call);
    const args = raw.function?.arguments ?? '';
    const text = typeof args === 'string' ? args : JSON.stringify(args);
    return text === '' ? events : [...events, { type: 'call.args', index: call.at, text }];
  }

  return {
    take(raw) {
      const chunk = Chunk.parse(raw);
      if (chunk.error !== undefined && chunk.error !== null) throw new ChunkError(chunk.error);
      usage = counted(usage, chunk.usage);
      const choice = chunk.choices?.[0];
      const delta = choice?.delta ?? choice?.message;
      const events = delta ? [...reasoning(delta), ...prose(delta), ...(delta.tool_calls ?? []).flatMap(piece)] : [];
      if (choice?.finish_reason) stop = stopOf(choice.finish_reason);
      return events;
    },
    finish(saidDone) {
      if (stop === null && !saidDone) return null;
      return [...endThought(), { type: 'usage', usage }, { type: 'end', stop: stop ?? 'end' }];
    },
  };
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

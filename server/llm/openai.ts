/** Chat completions of OpenAI and of the many servers that speak its format: LM Studio, Ollama, vLLM, llama.cpp, OpenRouter … */
import { createParser } from 'eventsource-parser';
import { LIMITS } from '../../shared/limits.ts';
import { failureOf, type Answer, type Origin } from './failure.ts';
import { ChunkError, readOpenAI } from './openai-events.ts';
import { toOpenAI, type Dialect } from './openai-request.ts';
import { originOf } from './origin.ts';
import type { ModelEvent, Provider } from './provider.ts';
import type { Fetch, FoundProvider, StreamOptions } from './spec.ts';
import { cutShort, isWireFault, malformed, WireError } from './stream-end.ts';
import { watch } from './watch.ts';

const OPENAI = 'https://api.openai.com/v1';
const HEADERS = ['accept', 'content-type', 'authorization'];

export function openOpenAI(spec: FoundProvider, options: StreamOptions): Provider {
  const origin = originOf(spec, OPENAI);
  const dialect: Dialect = {
    countsTokens: true,
    bound: origin.host === 'api.openai.com' ? 'max_completion_tokens' : 'max_tokens',
  };
  return {
    name: spec.name,
    kind: 'openai',
    models: spec.found,
    note: spec.remark === '' ? origin.host : `${origin.host} (${spec.remark})`,
    async *stream(request, signal) {
      signal.throwIfAborted();
      const source = `${spec.name}/${request.model}`;
      const build = () => JSON.stringify(toOpenAI(request, { source, dialect }));
      const own = new AbortController();
      const { fetch } = watch({ ...options, origin, headers: HEADERS, refuses: /html/i });
      const signals = AbortSignal.any([signal, own.signal]);
      try {
        yield* read(await ask({ fetch, spec, origin, dialect, build, signal: signals }), source, origin);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ChunkError)
          throw failureOf({ ...wordsOf(error.told), status: null, headers: null }, origin);
        throw isWireFault(error) ? malformed(origin, error) : error;
      } finally {
        own.abort(); // frees the socket where the reader went away in mid-stream
      }
    },
  };
}

/** Where a server's API begins: a bare address gets the usual `/v1`; one with a path is taken as it is. */
export function openaiBase(baseUrl: string | null): string {
  const base = (baseUrl ?? OPENAI).replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
  return new URL(base).pathname === '/' ? `${base}/v1` : base;
}

interface Asking {
  fetch: Fetch;
  spec: FoundProvider;
  origin: Origin;
  /** Learnt by the provider, for all its requests. */
  dialect: Dialect;
  /** The body in the dialect as it is known so far. */
  build(): string;
  signal: AbortSignal;
}

/** Asks; where the server refuses a parameter that it does not know, asks again without. Each can happen once. */
async function ask({ fetch, spec, origin, dialect, build, signal }: Asking): Promise<Response> {
  for (;;) {
    const response = await fetch(`${openaiBase(spec.baseUrl)}/chat/completions`, {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        ...(spec.apiKey !== null && { authorization: `Bearer ${spec.apiKey}` }),
      },
      body: build(),
      signal,
    });
    if (response.ok) return response;
    const answer: Answer = {
      ...wordsOf(parsed(await response.text())),
      status: response.status,
      headers: response.headers,
    };
    if (!adapt(dialect, answer)) throw failureOf(answer, origin);
  }
}

/** True where the refusal names a parameter that we can do without; the dialect has then forgotten it. */
function adapt(dialect: Dialect, { status, message }: Answer): boolean {
  if (status !== 400 && status !== 422) return false;
  if (dialect.countsTokens && /stream_options|include_usage/.test(message)) {
    dialect.countsTokens = false;
    return true;
  }
  if (dialect.bound === 'max_tokens' && /max_completion_tokens/.test(message)) {
    dialect.bound = 'max_completion_tokens';
    return true;
  }
  if (dialect.bound !== 'none' && /max_(completion_)?tokens|in the completion/.test(message)) {
    dialect.bound = 'none';
    return true;
  }
  return false;
}

async function* read(response: Response, source: string, origin: Origin): AsyncGenerator<ModelEvent> {
  const reader = readOpenAI(source);
  if (/json/i.test(response.headers.get('content-type') ?? '')) {
    // The server does not stream, and answers whole.
    yield* reader.take(JSON.parse(await response.text()));
    yield* reader.finish(true) ?? [];
    return;
  }
  for await (const data of dataOf(response)) {
    if (data.trim() === '[DONE]') return yield* reader.finish(true) ?? [];
    yield* reader.take(JSON.parse(data));
  }
  // Some servers just close after the chunk that says why the answer ended; without that one it was cut.
  const last = reader.finish(false);
  if (last === null) throw cutShort(origin);
  yield* last;
}

/** The data of each event of a stream. What stands after the last blank line is half an event, and is not one. */
async function* dataOf(response: Response): AsyncGenerator<string> {
  let waiting: string[] = [];
  const parser = createParser({
    maxBufferSize: LIMITS.sseLineBytes.value,
    onError: ({ type, message }) => {
      if (type === 'max-buffer-size-exceeded') throw new WireError(message);
    },
    onEvent: ({ event, data }) => {
      if (data !== '' || event === 'error') waiting.push(event === 'error' ? asError(data) : data);
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    const ready = waiting;
    waiting = [];
    yield* ready;
  }
}

/** llama.cpp and others name the event `error` and give the error itself as its data. */
function asError(data: string): string {
  const told = parsed(data);
  return JSON.stringify({ error: hasError(told) ? told.error : (told ?? data) });
}

const hasError = (told: unknown): told is { error: unknown } =>
  typeof told === 'object' && told !== null && 'error' in told;

/** JSON, or the text as it came where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // a proxy's page, a plain line: still the words of the error
  }
}

/** The words of an error, in the shapes that servers have: `{error: {message, type, code}}`, `{error: "…"}`, `{detail}`, text. */
function wordsOf(told: unknown): { type: string; message: string } {
  if (Array.isArray(told)) return wordsOf(told[0]);
  if (typeof told !== 'object' || told === null) return { type: '', message: typeof told === 'string' ? told : '' };
  if (hasError(told)) return wordsOf(told.error);
  const { message, detail, code, type } = told as Record<string, unknown>;
  const words = [message, detail].find((held) => held !== undefined && held !== null) ?? told;
  const named = [code, type].filter((held) => typeof held === 'string' || typeof held === 'number');
  return { type: named.join(' '), message: typeof words === 'string' ? words : JSON.stringify(words) };
}

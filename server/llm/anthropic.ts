/** Anthropic's Messages API through its SDK, and what speaks the same format elsewhere. */
import type { Anthropic } from '@anthropic-ai/sdk';
import { readAnthropic } from './anthropic-events.ts';
import { toAnthropic } from './anthropic-request.ts';
import { failureOf, type Origin } from './failure.ts';
import { originOf } from './origin.ts';
import type { ModelEvent, Provider } from './provider.ts';
import type { Fetch, FoundProvider, StreamOptions } from './spec.ts';
import { cutShort, isWireFault, malformed } from './stream-end.ts';
import { watch } from './watch.ts';

const ANTHROPIC = 'https://api.anthropic.com';

/** The SDK also sends what it knows of this machine, and what ANTHROPIC_CUSTOM_HEADERS says: neither goes out. */
const HEADERS = ['accept', 'content-type', 'user-agent', 'anthropic-version', 'anthropic-beta'];
const KEY_HEADERS = ['authorization', 'x-api-key'];

export function openAnthropic(spec: FoundProvider, options: StreamOptions): Provider {
  const origin = originOf(spec, ANTHROPIC);
  const headers = spec.apiKey === null ? HEADERS : [...HEADERS, ...KEY_HEADERS];
  const base = (spec.baseUrl ?? ANTHROPIC).replace(/\/+$/, '').replace(/\/v1$/, '');
  return {
    name: spec.name,
    kind: 'anthropic',
    models: spec.found,
    note: spec.remark === '' ? origin.host : `${origin.host} (${spec.remark})`,
    async *stream(request, signal) {
      signal.throwIfAborted();
      const source = `${spec.name}/${request.model}`;
      const body = toAnthropic(request, { source, thinking: spec.thinking });
      const own = new AbortController();
      const watched = watch({ ...options, origin, headers, refuses: /html|json/i });
      try {
        const client = await connect({ base, apiKey: spec.apiKey, fetch: watched.fetch });
        yield* read({ client, body, source, origin, signal: AbortSignal.any([signal, own.signal]) });
      } catch (error) {
        signal.throwIfAborted();
        throw watched.failure() ?? (await toFailure(error, origin));
      } finally {
        own.abort(); // frees the socket where the reader went away in mid-stream
      }
    },
  };
}

interface Reading {
  client: Anthropic;
  body: Anthropic.MessageCreateParamsStreaming;
  source: string;
  origin: Origin;
  signal: AbortSignal;
}

async function* read({ client, body, source, origin, signal }: Reading): AsyncGenerator<ModelEvent> {
  const reader = readAnthropic(source);
  for await (const raw of await client.messages.create(body, { signal })) {
    for (const event of reader.take(raw)) {
      yield event;
      if (event.type === 'end') return;
    }
  }
  throw cutShort(origin);
}

/**
 * All that the SDK would look up for itself is said here, so that it reads no ANTHROPIC_* from the environment and no file of
 * credentials: a key (a placeholder where there is none: `watch` lets no key header through then), null for the rest.
 */
async function connect(to: { base: string; apiKey: string | null; fetch: Fetch }): Promise<Anthropic> {
  const { default: Client } = await import('@anthropic-ai/sdk');
  return new Client({
    baseURL: to.base,
    apiKey: to.apiKey ?? 'none',
    // The SDK sends the key as a bearer token; what else speaks this format may know the older header alone.
    defaultHeaders: to.base === ANTHROPIC ? {} : { 'x-api-key': to.apiKey },
    authToken: null,
    webhookKey: null,
    maxRetries: 0,
    logLevel: 'off',
    openTelemetry: false,
    fetch: (input, init) => to.fetch(input instanceof Request ? input.url : String(input), init),
  });
}

/** What is neither the provider's nor the network's fault is ours, and comes through as it is. */
async function toFailure(error: unknown, origin: Origin): Promise<unknown> {
  const { AnthropicError, APIError } = await import('@anthropic-ai/sdk');
  if (!(error instanceof APIError)) {
    return isWireFault(error) || error instanceof AnthropicError ? malformed(origin, error) : error;
  }
  return failureOf(
    {
      status: error.status ?? null,
      type: error.errorCode ?? error.type ?? '',
      message: error.apiMessage ?? error.message,
      headers: error.headers ?? null,
    },
    origin,
  );
}

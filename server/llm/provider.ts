/** What a model provider is: one streaming request, in one vocabulary, whatever its wire format. */
import type { Message, StopReason, Usage } from '../../shared/message.ts';

/** A tool as a provider is told of it. */
export interface ToolOffer {
  name: string;
  description: string;
  /** JSON Schema of the arguments: an object. */
  schema: Record<string, unknown>;
}

export interface ModelRequest {
  model: string;
  system: string;
  messages: Message[];
  tools: ToolOffer[];
  maxOutputTokens: number;
}

/**
 * What comes down a stream, in order. A part begins with its `*.start` or its first delta and ends where another begins.
 * `call.start`'s id is the provider's own, whatever it is; it may be empty or repeated.
 */
export type ModelEvent =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  | { type: 'reasoning.end'; opaque: { provider: string; data: string; redacted: boolean } | null }
  | { type: 'call.start'; index: number; id: string; name: string }
  | { type: 'call.args'; index: number; text: string }
  | { type: 'usage'; usage: Usage }
  | { type: 'end'; stop: StopReason };

export interface Provider {
  /** As in `NAME/model`. */
  name: string;
  kind: 'anthropic' | 'openai' | 'scripted';
  models: { id: string; contextTokens: number }[];
  /** A word for the person on what this is and where it goes, e.g. `api.example.com` or `scripted demo, no model`. */
  note: string;
  /** Yields until `end`. Throws a ProviderError, and nothing else but the signal's reason. */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

export type ProviderErrorCode =
  'auth' | 'rate_limited' | 'overloaded' | 'server' | 'cut' | 'network' | 'bad_request' | 'too_long' | 'malformed';

export class ProviderError extends Error {
  readonly code: ProviderErrorCode;
  /** What the person can do. */
  readonly hint: string;
  readonly retryable: boolean;
  /** Milliseconds that the provider asked us to wait; null where it did not say. */
  readonly retryAfterMs: number | null;

  constructor(facts: {
    code: ProviderErrorCode;
    message: string;
    hint: string;
    retryable: boolean;
    retryAfterMs?: number | null;
  }) {
    super(facts.message);
    this.name = 'ProviderError';
    this.code = facts.code;
    this.hint = facts.hint;
    this.retryable = facts.retryable;
    this.retryAfterMs = facts.retryAfterMs ?? null;
  }
}

/** The ways in which a stream ends without having been an answer. */
import * as z from 'zod';
import { clean } from './clean.ts';
import type { Origin } from './failure.ts';
import { ProviderError } from './provider.ts';

/** Thrown by who reads a wire format, for what breaks it. */
export class WireError extends Error {}

/** JSON that is none, a shape that does not fit, an order that makes no sense: the wire's fault, and not one of ours. */
export const isWireFault = (error: unknown): boolean =>
  error instanceof SyntaxError || error instanceof z.ZodError || error instanceof WireError;

/** It closed without saying that it was done. */
export const cutShort = (origin: Origin) =>
  new ProviderError({
    code: 'cut',
    message: `${origin.name} (${origin.host}) closed the stream before the answer was whole`,
    hint: 'The answer is asked for anew.',
    retryable: true,
  });

/** It said something that is not of its format. */
export const malformed = (origin: Origin, error: unknown) =>
  new ProviderError({
    code: 'malformed',
    message: `${origin.name} (${origin.host}) sent what cannot be read: ${clean(wordsOf(error), [origin.apiKey])}`,
    hint: 'If it happens again, the base URL may point at something that does not speak this format.',
    retryable: true,
  });

function wordsOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}

/** Whatever is there, it is no model's API. A web page stays one; anything else may have been a passing fault. */
export const notTheFormat = (origin: Origin, type: string) =>
  new ProviderError({
    code: 'malformed',
    message: `${origin.name} (${origin.host}) answered with ${clean(type, [origin.apiKey])} in the place of a stream`,
    hint: 'The base URL may point at something else than the API: most servers want it to end in /v1.',
    retryable: !/html/i.test(type),
  });

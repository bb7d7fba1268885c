/** Plays a written turn as a model would stream it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NO_USAGE } from '../../shared/message.ts';
import { ProviderError, type ModelEvent, type ProviderErrorCode } from './provider.ts';
import type { RawTurn, ScriptTurn } from './script.ts';

export interface Playing {
  /** Which turn it is: the ids of its calls are made of it, so that playing it again gives the same ones. */
  position: number;
  /** What a turn without its own `delayMs` waits before each piece. */
  delayMs: number;
  signal: AbortSignal;
}

/** Ends as the turn says: with `end`, with a ProviderError, or (raw) without either. Throws the signal's reason when aborted. */
export async function* play(turn: ScriptTurn | RawTurn, playing: Playing): AsyncGenerator<ModelEvent> {
  const { signal } = playing;
  const delay = turn.delayMs ?? playing.delayMs;
  for (const event of 'raw' in turn ? turn.raw : eventsOf(turn, playing.position)) {
    signal.throwIfAborted();
    if (delay > 0) await pause(delay, signal);
    yield event;
  }
  if (!('raw' in turn) && turn.error) throw errorOf(turn.error);
}

/** Timers reject with an error of their own; who aborted gave a better reason. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

function* eventsOf(turn: ScriptTurn, position: number): Generator<ModelEvent> {
  for (const text of pieces(turn.reasoning ?? '', turn.chunk)) yield { type: 'reasoning', text };
  if (turn.reasoning) yield { type: 'reasoning.end', opaque: null };
  for (const text of pieces(turn.text ?? '', turn.chunk)) yield { type: 'text', text };
  for (const [index, call] of (turn.calls ?? []).entries()) {
    yield { type: 'call.start', index, id: call.id ?? `turn${position}_call${index}`, name: call.name };
    const args = typeof call.args === 'string' ? call.args : JSON.stringify(call.args);
    for (const text of pieces(args, turn.chunk)) yield { type: 'call.args', index, text };
  }
  if (turn.error) return;
  yield { type: 'usage', usage: turn.usage ?? NO_USAGE };
  yield { type: 'end', stop: turn.stop ?? (turn.calls?.length ? 'tools' : 'end') };
}

/** Whole characters: a piece never ends between the two halves of one. */
function* pieces(text: string, size: number | undefined): Generator<string> {
  if (text === '') return;
  if (size === undefined) return yield text;
  const characters = [...text];
  for (let at = 0; at < characters.length; at += size) yield characters.slice(at, at + size).join('');
}

const PASSING: ProviderErrorCode[] = ['rate_limited', 'overloaded', 'server', 'cut', 'network', 'malformed'];

function errorOf(error: NonNullable<ScriptTurn['error']>): ProviderError {
  return new ProviderError({
    code: error.code,
    message: error.message ?? `The script says: ${error.code}`,
    hint: 'This error is written in the script.',
    retryable: PASSING.includes(error.code),
    retryAfterMs: error.retryAfterMs ?? null,
  });
}

/** A provider that plays a script: the same turns for every session, each at its own place. */
import { LIMITS } from '../../shared/limits.ts';
import { sha256 } from '../base/hash.ts';
import { play } from './play.ts';
import type { ModelRequest, Provider } from './provider.ts';
import type { RawTurn, Script, ScriptTurn } from './script.ts';

/** Requests whose error is counted; the oldest goes first. */
const MOST_COUNTED = 1_000;

export function createScripted(script: Script, options: { delayMs: number }): Provider {
  const met = new Map<string, number>();
  return {
    name: 'script',
    kind: 'scripted',
    models: [{ id: script.name, contextTokens: LIMITS.contextTokens.value }],
    note: `a script of ${script.turns.length} turns, no model`,
    async *stream(request, signal) {
      const position = positionOf(request);
      const turn = withoutSpentError(script.turns[position] ?? over(script), request, met);
      yield* play(turn, { position, delayMs: options.delayMs, signal });
    },
  };
}

/** A pure function of the request: a restart, and each session, goes on where it was. */
export const positionOf = ({ messages }: ModelRequest): number =>
  messages.filter(({ role }) => role === 'assistant').length;

const over = (script: Script): ScriptTurn => ({
  text: `The script is over: all ${script.turns.length} turns were played. Start a new session to play it again.`,
});

/** An error that is to come `times` times is counted by the request that meets it, for each try sends the same one. */
function withoutSpentError(
  turn: ScriptTurn | RawTurn,
  request: ModelRequest,
  met: Map<string, number>,
): ScriptTurn | RawTurn {
  if ('raw' in turn || turn.error?.times === undefined) return turn;
  const key = sha256(JSON.stringify(request.messages));
  const times = (met.get(key) ?? 0) + 1;
  met.delete(key);
  met.set(key, times);
  for (const oldest of met.keys()) {
    if (met.size <= MOST_COUNTED) break;
    met.delete(oldest);
  }
  if (times <= turn.error.times) return turn;
  return { ...turn, error: undefined };
}

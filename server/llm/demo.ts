/** The scripted demo: what answers when there is no key and no local model. */
import { LIMITS } from '../../shared/limits.ts';
import { nextDemoTurn } from './demo-tour.ts';
import { play } from './play.ts';
import type { Provider } from './provider.ts';
import { positionOf } from './scripted.ts';

/** Characters in a piece: the words appear at about the pace of a model. */
const CHUNK = 6;

/** `delayMs` is the pause before each piece; 0 in tests. */
export function createDemo(options: { delayMs: number }): Provider {
  return {
    name: 'demo',
    kind: 'scripted',
    models: [{ id: 'tour', contextTokens: LIMITS.contextTokens.value }],
    note: 'scripted demo, no model',
    async *stream(request, signal) {
      const turn = { ...nextDemoTurn(request.messages), chunk: CHUNK };
      yield* play(turn, { position: positionOf(request), delayMs: options.delayMs, signal });
    },
  };
}

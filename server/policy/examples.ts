/** Whether a rule for commands holds for a command line: the proof that a rule carries with it. */
import type { Decision } from '../../shared/verdict.ts';
import { readScript } from './script.ts';
import { NO_WORLD } from './world.ts';

/** True where the rule itself speaks, with its own decision, of a command in it. */
export function exampleFits(words: readonly string[], decision: Decision, example: string): boolean {
  const rule = { id: 'example', layer: 'user' as const, source: '', words, decision, why: '' };
  const read = readScript(example, { rules: { commands: [rule], paths: [] }, standing: [], world: NO_WORLD, cwd: '.' });
  return read.commands.some(({ findings }) =>
    findings.some(({ reason }) => reason.rule === 'example' && reason.decision === decision),
  );
}

/** What is found of a command, each with the rank that it speaks with. */
import type { About, Decision, Reason } from '../../shared/verdict.ts';

/**
 * `grant`: a standing rule answered questions of ours, which are then not among the findings any more. `floor`: neither a rule nor a grant nor a mode lifts it. `explicit`: somebody's rule for this command. `default`: what is ours
 * to say where nobody else does.
 */
export interface Finding {
  rank: 'floor' | 'explicit' | 'grant' | 'default';
  reason: Reason;
}

export const NO_PATH: About = { kind: 'none' };

export const builtinReason = (rule: string, decision: Decision, why: string): Reason => ({
  rule,
  layer: 'builtin',
  source: `builtin/${rule.split('.')[0]!}`,
  decision,
  why,
  about: NO_PATH,
});

/** A question that a rule, a grant or a mode may answer. */
export const asksByDefault = (rule: string, why: string): Finding => ({
  rank: 'default',
  reason: { ...builtinReason(`command.${rule}`, 'prompt', why), layer: 'default' },
});

export const asksAlways = (rule: string, why: string): Finding => ({
  rank: 'floor',
  reason: builtinReason(`command.${rule}`, 'prompt', why),
});

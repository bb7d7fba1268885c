/** What the policy says of an action: allow < prompt < deny, and every rule that spoke. */
import * as z from 'zod';

export const Decision = z.enum(['allow', 'prompt', 'deny']);
export type Decision = z.infer<typeof Decision>;

export const Mode = z.enum(['plan', 'ask', 'auto-edit', 'contained']);
export type Mode = z.infer<typeof Mode>;

/** Where a rule stands, strongest first. */
export const Layer = z.enum(['builtin', 'organisation', 'user', 'workspace', 'grant', 'session', 'mode', 'default']);
export type Layer = z.infer<typeof Layer>;

/**
 * What a path is to the policy. `protected`: never written by the agent. `sensitive`: likely to hold a secret. `execSurface`:
 * something runs it or obeys it, often without being asked.
 */
export const PathKind = z.enum(['protected', 'sensitive', 'execSurface']);
export type PathKind = z.infer<typeof PathKind>;

/** Of which path a rule spoke, and what it called it; `executable`: what stands there would become a program. */
export const About = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.enum([...PathKind.options, 'executable']), path: z.string() }),
]);
export type About = z.infer<typeof About>;

export const Reason = z.object({
  rule: z.string(),
  layer: Layer,
  /** file:line of the rule, or `builtin/NAME` for ours. */
  source: z.string(),
  decision: Decision,
  why: z.string(),
  about: About,
});
export type Reason = z.infer<typeof Reason>;

/** What a rule can call a path. */
export type PathMark = Exclude<About['kind'], 'none'>;

export const Verdict = z.object({
  decision: Decision,
  /** Every rule that matched; those that decided come first. */
  reasons: z.array(Reason).min(1),
  /** False where the action could not be read to its end; it is then never `allow`. */
  inspectable: z.boolean(),
  /** Of a script, each command in it with what would be said of it alone; the first of many. Older records have none. */
  commands: z.array(z.object({ argv: z.array(z.string()), decision: Decision })).default([]),
});
export type Verdict = z.infer<typeof Verdict>;

const RANK: Record<Decision, number> = { allow: 0, prompt: 1, deny: 2 };

/** The strictest of the decisions; of none, `prompt`: what nothing knows is asked. */
export function strictest(decisions: readonly Decision[]): Decision {
  if (decisions.length === 0) return 'prompt';
  return decisions.reduce((a, b) => (RANK[b] > RANK[a] ? b : a));
}

/** What the rules that spoke call these paths; each mark once. */
export function marksOfPaths(reasons: readonly Reason[], paths: readonly string[]): PathMark[] {
  const found = reasons.flatMap(({ about }) =>
    about.kind !== 'none' && paths.includes(about.path) ? [about.kind] : [],
  );
  return [...new Set(found)];
}

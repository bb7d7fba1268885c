/** The endpoints of the policy: the rules in force, one thing judged, another policy tried, standing rules. */
import * as z from 'zod';
import { command, endpoint, none } from './endpoint.ts';
import { Grant, GrantReach, GrantWish } from './grant.ts';
import { SessionId } from './ids.ts';
import { Sha256 } from './action.ts';
import { LIMITS } from './limits.ts';
import { Decision, Layer, Mode, Reason, Verdict } from './verdict.ts';

/** `open`: how many of the first words stand as they are, where the others may be any; null where all stand. */
export const RulePreview = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none'), why: z.string() }),
  z.object({
    kind: z.literal('rule'),
    wish: GrantWish,
    digest: Sha256,
    open: z.int().nullable(),
    /** What else of the same script asks: the rule answers none of that. */
    others: z.array(z.string()),
    /** Why it may not be made so; empty where it may. */
    problem: z.string(),
    /** Null where it may not be made. */
    reach: GrantReach.nullable(),
  }),
]);
export type RulePreview = z.infer<typeof RulePreview>;

/** `about`: what it speaks of. `sleeping`: it loosens, and waits until its file is trusted. */
export const PolicyRule = z.object({
  id: z.string(),
  layer: Layer,
  source: z.string(),
  about: z.enum(['tool', 'command', 'path', 'host', 'bound', 'person']),
  text: z.string(),
  decision: Decision,
  why: z.string(),
  sleeping: z.boolean(),
});
export type PolicyRule = z.infer<typeof PolicyRule>;

export const PolicyReport = z.object({
  mode: Mode,
  trusted: z.boolean(),
  rules: z.array(PolicyRule),
  /** The user's own tool-policy.json as it is read; where there is none, an empty one. */
  own: z.object({ file: z.string(), text: z.string() }),
});
export type PolicyReport = z.infer<typeof PolicyReport>;

/** Each command of a script, with every rule that spoke of it alone; those that decided first. */
export const TrailPart = z.object({ argv: z.array(z.string()), decision: Decision, reasons: z.array(Reason) });
export type TrailPart = z.infer<typeof TrailPart>;

export const Checked = z.object({ verdict: Verdict, parts: z.array(TrailPart), micros: z.int() });
export type Checked = z.infer<typeof Checked>;

/** Another decision than by the rules as they are. `denied`: a person said no to it then. */
export const SimulatedChange = z.object({
  at: z.string(),
  session: SessionId,
  title: z.string(),
  now: Decision,
  next: Decision,
  rule: z.string(),
  why: z.string(),
  denied: z.boolean(),
});
export type SimulatedChange = z.infer<typeof SimulatedChange>;

/** `looked`: recorded actions, the newest first; `more`: older ones were not looked at. */
export const Simulated = z.object({
  looked: z.int(),
  more: z.boolean(),
  looser: z.int(),
  stricter: z.int(),
  changes: z.array(SimulatedChange),
});
export type Simulated = z.infer<typeof Simulated>;

export const POLICY_API = {
  /** What a rule from this request would be, and would have let run; with a wish, that of the rule as it was edited. */
  previewRule: endpoint({
    method: 'POST',
    path: '/api/approvals/:id/rule',
    status: 200,
    query: none,
    body: z.object({ wish: GrantWish.nullable() }),
    response: RulePreview,
  }),
  grants: endpoint({
    method: 'GET',
    path: '/api/grants',
    status: 200,
    query: none,
    body: none,
    response: z.object({ grants: z.array(Grant) }),
  }),
  revokeGrant: endpoint({
    method: 'DELETE',
    path: '/api/grants/:id',
    status: 200,
    query: none,
    body: z.object(command),
    response: z.object({ ok: z.literal(true) }),
  }),
  policy: endpoint({
    method: 'GET',
    path: '/api/policy',
    status: 200,
    query: none,
    body: none,
    response: PolicyReport,
  }),
  checkPolicy: endpoint({
    method: 'POST',
    path: '/api/policy/check',
    status: 200,
    query: none,
    /** In one of the modes; without, the one that is chosen. */
    body: z.object({
      script: z.string().min(1).max(LIMITS.commandBytes.value),
      cwd: z.string().max(LIMITS.pathBytes.value).optional(),
      mode: Mode.optional(),
    }),
    response: Checked,
  }),
  /** Over one session, or over all. */
  simulatePolicy: endpoint({
    method: 'POST',
    path: '/api/policy/simulate',
    status: 200,
    query: none,
    body: z.object({ policy: z.string().max(LIMITS.configBytes.value), session: SessionId.nullable() }),
    response: Simulated,
  }),
} as const;

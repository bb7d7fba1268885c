/** One action on its way through the gate: who wants it, how it was judged, what the gate has at hand, and what can come of it. */
import type { Action, EditAction, FileChange } from '../../shared/action.ts';
import type { Actor, LiveEvent } from '../../shared/event.ts';
import type { ActionId, CallId, SessionId, TurnId } from '../../shared/ids.ts';
import type { Verdict } from '../../shared/verdict.ts';
import type { Facts, Rules } from '../policy/rules.ts';
import type { World } from '../policy/world.ts';
import type { Mint, Runner } from '../run/perform.ts';
import type { EventLog } from '../store/log.ts';
import type { Approvals } from './approvals.ts';
import type { SessionGrants } from './grants.ts';
import { record } from './record.ts';
import type { StandingRules } from './standing.ts';
import type { Taints } from './taints.ts';

/** Who wants the action, on whose behalf it is recorded, and what can stop it. */
export interface Asker {
  session: SessionId | null;
  turn: TurnId | null;
  callId: CallId | null;
  actor: Actor;
  signal: AbortSignal;
}

export type GateResult =
  | { kind: 'done'; content: string }
  | { kind: 'failed'; code: string; content: string }
  | { kind: 'denied'; content: string }
  /** The person wants the whole turn to end. */
  | { kind: 'stopped'; content: string; by: Actor }
  /** What it would change is not what it was when it was planned: plan anew and come again. */
  | { kind: 'stale'; content: string };

export interface GateDeps {
  log: EventLog;
  approvals: Pick<Approvals, 'request'>;
  grants: SessionGrants;
  taints: Taints;
  rules: Pick<StandingRules, 'holding' | 'stands' | 'canOffer'>;
  mint: Mint;
  runner: Runner;
  live(event: LiveEvent): void;
  /** Those changes of an action whose result is what stands on the disk now. */
  landed(action: EditAction): Promise<FileChange[]>;
  /** Asked before an edit that a person let through lands; what it answers is called when it did. */
  adopting(action: EditAction): Promise<(at: Adopting) => Promise<void>>;
  /** The rules and the standing facts at this moment. */
  standing(): Promise<{ rules: Rules; mode: Facts['mode']; trusted: boolean }>;
  /** Answers what a verdict asks of the workspace, until it asks no more. */
  look<T>(paths: Rules['paths'], verdict: (world: World) => T): Promise<T>;
  /** Commands are confined by all that the sandbox has. */
  boxed: boolean;
}

export interface Adopting {
  actionId: ActionId;
  session: SessionId | null;
  turn: TurnId | null;
  /** The person who let it through. */
  actor: Actor;
}

export interface Proposal {
  actionId: ActionId;
  action: Action;
  digest: string;
  verdict: Verdict;
  asker: Asker;
}

export const actorOf = ({ actor }: Asker) => (actor.startsWith('user:') ? 'person' : 'agent');

export const at = ({ actionId, asker: { session, turn } }: Proposal) => ({ actionId, session, turn });

export function deny(
  log: EventLog,
  proposal: Proposal,
  { by, message }: { by: 'policy' | 'person' | 'expiry' | 'stop' | 'changed'; message: string },
): { kind: 'denied'; content: string } {
  record(log, proposal.asker, {
    type: 'action.denied',
    data: { actionId: proposal.actionId, by, message },
    durability: 'synced',
  });
  return { kind: 'denied', content: message };
}

export function policyWords(verdict: Verdict): string {
  const why = verdict.reasons.filter((reason) => reason.decision === 'deny').map((reason) => reason.why);
  return `Denied by policy. ${why.join(' ')} Asking again will not change this; go on without it or tell the person what you would need.`;
}

/** The one door: judge, ask where the verdict says so, mint, perform, record. */
import type { Action, ConnectAction, EditAction, FileChange, Outcome } from '../../shared/action.ts';
import type { Actor, AnswerKind, LiveEvent } from '../../shared/event.ts';
import { newActionId, type ActionId, type CallId, type SessionId, type TurnId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { titleOf } from '../../shared/title.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { digest as digestOf } from '../base/hash.ts';
import { judge } from '../policy/judge.ts';
import { taintOf } from '../policy/taint.ts';
import type { Facts, Rules } from '../policy/rules.ts';
import type { World } from '../policy/world.ts';
import type { Mint, Performed, Reports, Runner } from '../run/perform.ts';
import type { EventLog } from '../store/log.ts';
import type { Approvals, Resolution } from './approvals.ts';
import type { SessionGrants } from './grants.ts';
import type { Taints } from './taints.ts';
import { record } from './record.ts';
import { commandTitle, type ReportDeps, reportsOf } from './reports.ts';
import type { StandingRules } from './standing.ts';

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

export interface Gate {
  /** Never throws for what can be expected; throws where the record cannot be written, and then nothing goes on. */
  pass(action: Action, asker: Asker): Promise<GateResult>;
}

export interface GateDeps {
  log: EventLog;
  approvals: Pick<Approvals, 'request'>;
  grants: SessionGrants;
  taints: Taints;
  rules: Pick<StandingRules, 'holding' | 'canOffer'>;
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

interface Proposal {
  actionId: ActionId;
  action: Action;
  digest: string;
  verdict: Verdict;
  asker: Asker;
}

export function createGate(deps: GateDeps): Gate {
  return { pass: async (action, asker) => (await whole(deps, action, asker)).result };
}

/** The result, and the verdict that it came by. */
async function whole(deps: GateDeps, action: Action, asker: Asker): Promise<{ result: GateResult; verdict: Verdict }> {
  const { log, grants } = deps;
  const { rules, mode, trusted } = await deps.standing();
  if (!trusted) grants.clear();
  const granted = asker.session !== null && grants.covers(asker.session, action);
  const standing = trusted ? await deps.rules.holding(asker.session, action) : [];
  const actor = actorOf(asker);
  const tainted = deps.taints.of(asker.session);
  const facts = { mode, trusted, actor, granted, standing, boxed: deps.boxed, tainted } as const;
  const verdict = await deps.look(rules.paths, (world) => judge(action, rules, { ...facts, world }));
  const proposal = { actionId: newActionId(), action, digest: digestOf(action), verdict, asker };
  record(log, asker, { type: 'action.proposed', data: proposed(proposal) });
  return { result: await decided(deps, proposal), verdict };
}

async function decided(deps: GateDeps, proposal: Proposal): Promise<GateResult> {
  const { action, digest, verdict, asker } = proposal;
  switch (verdict.decision) {
    case 'deny':
      return deny(deps.log, proposal, { by: 'policy', message: policyWords(verdict) });
    case 'prompt':
      return prompt(deps, proposal);
    case 'allow':
      if (action.kind === 'question') return prompt(deps, proposal);
      return perform(deps, proposal, { action, digest, by: actorOf(asker) === 'person' ? asker.actor : null });
  }
}

const actorOf = ({ actor }: Asker) => (actor.startsWith('user:') ? 'person' : 'agent');

async function prompt(deps: GateDeps, proposal: Proposal): Promise<GateResult> {
  const { action, asker, actionId, digest, verdict } = proposal;
  // What the person themselves asks for on the page, they are asked about there.
  if ((asker.session === null || asker.turn === null) && actorOf(asker) === 'agent') {
    return deny(deps.log, proposal, {
      by: 'policy',
      message: 'This needs an answer, and nobody can be asked for it here.',
    });
  }
  const { session, turn, actor, signal } = asker;
  const answers = answersFor(action, verdict, { session, canRule: await deps.rules.canOffer(action, session) });
  const resolution = await deps.approvals.request({
    session,
    turn,
    actor,
    signal,
    actionId,
    action,
    digest,
    verdict,
    answers,
  });
  return settle(deps, proposal, resolution);
}

async function settle(deps: GateDeps, proposal: Proposal, resolution: Resolution): Promise<GateResult> {
  const { log } = deps;
  switch (resolution.kind) {
    case 'withdrawn':
      await deny(log, proposal, { by: 'changed', message: 'What it would change has changed since it was shown.' });
      return { kind: 'stale', content: 'The file changed after the edit was proposed.' };
    case 'nobody':
      return deny(log, proposal, { by: 'policy', message: resolution.message });
    case 'expired':
      return deny(log, proposal, {
        by: proposal.asker.signal.aborted ? 'stop' : 'expiry',
        message: resolution.message,
      });
    case 'denied': {
      const denied = deny(log, proposal, {
        by: resolution.stop ? 'stop' : 'person',
        message: personWords(resolution.text),
      });
      return resolution.stop ? { kind: 'stopped', content: denied.content, by: resolution.by } : denied;
    }
    case 'allowed': {
      if (proposal.action.kind === 'question') return { kind: 'done', content: replyWords(resolution.text) };
      const refused = await refusedNow(deps, proposal, resolution.action);
      if (refused) return refused;
      if (resolution.answer === 'allow-session') deps.grants.add(proposal.asker.session!, proposal.action);
      const result = await perform(deps, proposal, resolution);
      if (resolution.answer === 'edit') return withEdited(result, resolution.action);
      return resolution.answer === 'allow-hunks' ? withLeftOut(result, proposal.action, resolution) : result;
    }
  }
}

/** An answer may come hours after its question: what trust, mode and rules deny by then is not done, whoever allowed it. */
async function refusedNow(deps: GateDeps, proposal: Proposal, action: Action): Promise<GateResult | null> {
  const { rules, mode, trusted } = await deps.standing();
  const facts = {
    mode,
    trusted,
    actor: actorOf(proposal.asker),
    granted: false,
    standing: [],
    boxed: deps.boxed,
    tainted: '',
  } as const;
  const verdict = await deps.look(rules.paths, (world) => judge(action, rules, { ...facts, world }));
  return verdict.decision === 'deny' ? deny(deps.log, proposal, { by: 'policy', message: policyWords(verdict) }) : null;
}

async function perform(
  deps: GateDeps,
  proposal: Proposal,
  let_: { action: Action; digest: string; by: Actor | null },
): Promise<GateResult> {
  const { action, digest, by } = let_;
  if (action.kind === 'question') throw new Error('a question is answered, not performed');
  const adopt = action.kind === 'edit' && by !== null ? await deps.adopting(action) : null;
  const taint = tainter(deps, proposal);
  const told = reports(deps, proposal, taint.reached);
  const performed = await deps.runner.perform(deps.mint(action, digest), proposal.asker.signal, told);
  const { outcome } = performed;
  if (action.kind === 'edit') recordChanges(deps.log, proposal, await whatStands(deps, action, outcome));
  const durability = action.kind === 'read' ? 'batched' : 'synced';
  const data = { actionId: proposal.actionId, digest, outcome };
  record(deps.log, proposal.asker, { type: 'action.finished', data, durability });
  taint.over(outcome);
  if (outcome.status === 'done' && by !== null) await adopt?.({ ...at(proposal), actor: by });
  return resultOf(performed);
}

const at = ({ actionId, asker: { session, turn } }: Proposal) => ({ actionId, session, turn });

/** Words come into the context with what a command answers; of one in the background, as soon as they are fetched. */
function tainter({ taints }: GateDeps, proposal: Proposal) {
  const by = { ...at(proposal), actor: proposal.asker.actor };
  const hosts: string[] = [];
  const note = (what: string) => taints.note({ source: 'network', what }, by);
  let isOver = false;
  return {
    reached: (host: string): void => void (isOver ? note(host) : hosts.push(host)),
    over({ status }: Outcome): void {
      isOver = true;
      hosts.forEach(note);
      if (status === 'done' || status === 'exited') taints.note(taintOf(proposal.action), by);
    },
  };
}

/** A host that the settings name, or that was let through for the session, is trusted with its words; one for once is not. */
const isTrustedHost = (
  { grants }: GateDeps,
  wanted: ConnectAction,
  { asker, verdict }: { asker: Asker; verdict: Verdict },
): boolean =>
  verdict.reasons.some(({ decision }) => decision === 'allow') ||
  (asker.session !== null && grants.covers(asker.session, wanted));

/** What a command or a terminal tells. A host that it asks for comes to the same door, in the name of who asked for it. */
function reports(deps: GateDeps, { actionId, action, asker }: Proposal, reached: (host: string) => void): Reports {
  const runs = action.kind === 'terminal' ? ('terminal' as const) : ('command' as const);
  const title = nameOf(action);
  const connect: ReportDeps['connect'] = async (wanted, signal) => {
    // It answers no call of the model by itself: the command does.
    const { result, verdict } = await whole(deps, wanted, { ...asker, callId: null, signal });
    const allowed = result.kind === 'done';
    if (allowed && !isTrustedHost(deps, wanted, { asker, verdict })) reached(wanted.host);
    return { allowed, verdict, content: result.content };
  };
  const { session, turn, actor, callId } = asker;
  return reportsOf({ ...deps, connect }, { session, turn, actor, callId, actionId, title, runs });
}

function nameOf(action: Action): string {
  if (action.kind === 'command') return commandTitle(action);
  return action.kind === 'terminal' && 'name' in action ? action.name : titleOf(action);
}

function resultOf({ outcome, content }: Performed): GateResult {
  switch (outcome.status) {
    case 'done':
      return { kind: 'done', content };
    case 'exited':
      return outcome.code === 0 ? { kind: 'done', content } : { kind: 'failed', code: 'exited', content };
    case 'failed':
      return outcome.code === 'changed' ? { kind: 'stale', content } : { kind: 'failed', code: outcome.code, content };
    case 'stopped':
      return { kind: 'failed', code: 'stopped', content };
  }
}

/** What ran is not what the model asked for: it is told the script that did. */
function withEdited(result: GateResult, action: Action): GateResult {
  if (action.kind !== 'command' || !('content' in result)) return result;
  const words = `The person changed the command before they allowed it. What ran is:\n${action.script}\n\n`;
  return { ...result, content: words + result.content };
}

/** Which changes stand on the disk: all of what is done; of what failed half-way, those that are found there. */
async function whatStands(deps: GateDeps, action: EditAction, outcome: Outcome): Promise<FileChange[]> {
  if (outcome.status === 'done') return action.changes;
  const isHalf = outcome.status === 'failed' && HALF_DONE.includes(outcome.code);
  return isHalf ? deps.landed(action) : [];
}

/** The codes with which a write says that bytes may have changed although it failed. */
const HALF_DONE = ['not_synced', 'not_put_back'];

function recordChanges(log: EventLog, proposal: Proposal, changes: readonly FileChange[]): void {
  const { action } = proposal;
  const cause = action.kind === 'edit' && action.reverts !== undefined ? { reverts: action.reverts } : {};
  for (const { op, path, from, before, after, diff } of changes) {
    const { added, removed } = diff.kind === 'text' ? diff : { added: 0, removed: 0 };
    const data = { actionId: proposal.actionId, op, path, from, before, after, added, removed, ...cause };
    record(log, proposal.asker, { type: 'file.changed', data });
  }
}

function deny(
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

/** Which answers fit: a rule where one can be made; hunks for text edits; for the session only where no floor asks each time. */
function answersFor(
  action: Action,
  verdict: Verdict,
  { session, canRule }: { session: SessionId | null; canRule: boolean },
): AnswerKind[] {
  if (action.kind === 'question') return ['reply', 'deny', 'stop'];
  // It belongs to no turn that could be stopped, and is allowed for no longer than it runs.
  if (action.kind === 'terminal') return ['allow-once', 'deny'];
  const answers: AnswerKind[] = ['allow-once'];
  // A command is stopped by its turn or its task; a host that it asks for is let through or not. A terminal is of no session.
  const asksByDefault =
    session !== null && verdict.reasons.every((reason) => reason.decision !== 'prompt' || reason.layer === 'default');
  if (action.kind === 'connect') return [...answers, ...(asksByDefault ? (['allow-session'] as const) : []), 'deny'];
  if ((action.kind === 'edit' || action.kind === 'command') && asksByDefault) answers.push('allow-session');
  if (canRule) answers.push('allow-rule');
  if (action.kind === 'edit' && action.changes.some((change) => change.diff.kind === 'text'))
    answers.push('allow-hunks');
  if (action.kind === 'command' && action.script !== '') answers.push('edit');
  return [...answers, 'deny', 'stop'];
}

const proposed = ({ actionId, action, digest, verdict, asker }: Proposal) => ({
  actionId,
  callId: asker.callId,
  action,
  digest,
  verdict,
});

function policyWords(verdict: Verdict): string {
  const why = verdict.reasons.filter((reason) => reason.decision === 'deny').map((reason) => reason.why);
  return `Denied by policy. ${why.join(' ')} Asking again will not change this; go on without it or tell the person what you would need.`;
}

const personWords = (text: string) =>
  text === ''
    ? 'The person denied this. Nothing was changed.'
    : `The person denied this. Nothing was changed. They say: ${text}`;

const replyWords = (text: string) => `The person answers: ${text}`;

function withLeftOut(result: GateResult, proposed: Action, allowed: { action: Action; text: string }): GateResult {
  if (result.kind !== 'done' || proposed.kind !== 'edit' || allowed.action.kind !== 'edit') return result;
  const landed = countHunks(allowed.action);
  const words = allowed.text === '' ? '' : ` They say: ${allowed.text}`;
  const note = `The person let ${landed} of ${countHunks(proposed)} hunks land and left out the rest.${words}`;
  return { kind: 'done', content: `${result.content}\n${note}\nRead the file again before you change it further.` };
}

const countHunks = (action: EditAction) =>
  action.changes.reduce((sum, { diff }) => sum + (diff.kind === 'text' ? diff.hunks.length : 1), 0);

export const MAX_REPLANS = LIMITS.replans.value;

/** What was let through is done: with a permit for it, once, and recorded with what it told and what it left. */
import type { Action, ConnectAction, EditAction, FileChange, Outcome } from '../../shared/action.ts';
import type { Actor } from '../../shared/event.ts';
import { titleOf } from '../../shared/title.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { taintOf } from '../policy/taint.ts';
import type { Performed, Reports } from '../run/perform.ts';
import type { EventLog } from '../store/log.ts';
import { type Asker, at, type GateDeps, type GateResult, type Proposal } from './proposal.ts';
import { record } from './record.ts';
import { commandTitle, type ReportDeps, reportsOf } from './reports.ts';

/** The gate, and its own way back to its beginning: what runs may ask for a host. */
export interface PerformDeps extends GateDeps {
  again(action: Action, asker: Asker): Promise<{ result: GateResult; verdict: Verdict }>;
}

/** `by`: the person whose answer lets it through; null where a rule does. */
export async function perform(
  deps: PerformDeps,
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
function reports(deps: PerformDeps, { actionId, action, asker }: Proposal, reached: (host: string) => void): Reports {
  const runs = action.kind === 'terminal' ? ('terminal' as const) : ('command' as const);
  const title = nameOf(action);
  const connect: ReportDeps['connect'] = async (wanted, signal) => {
    // It answers no call of the model by itself: the command does.
    const { result, verdict } = await deps.again(wanted, { ...asker, callId: null, signal });
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

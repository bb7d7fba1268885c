/** A person is asked, and what they answer is done: which answers there are, and what each of them comes to. */
import type { Action, EditAction } from '../../shared/action.ts';
import type { AnswerKind } from '../../shared/event.ts';
import type { SessionId } from '../../shared/ids.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { judge } from '../policy/judge.ts';
import type { Resolution } from './approvals.ts';
import { perform, type PerformDeps } from './performing.ts';
import { actorOf, deny, type GateResult, policyWords, type Proposal } from './proposal.ts';

export async function prompt(deps: PerformDeps, proposal: Proposal): Promise<GateResult> {
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

async function settle(deps: PerformDeps, proposal: Proposal, resolution: Resolution): Promise<GateResult> {
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
async function refusedNow(deps: PerformDeps, proposal: Proposal, action: Action): Promise<GateResult | null> {
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
  if (action.kind !== 'read' && action.kind !== 'task' && asksByDefault) answers.push('allow-session');
  if (canRule) answers.push('allow-rule');
  if (action.kind === 'connect') return [...answers, 'deny'];
  if (action.kind === 'edit' && action.changes.some((change) => change.diff.kind === 'text'))
    answers.push('allow-hunks');
  if (action.kind === 'command' && action.script !== '') answers.push('edit');
  return [...answers, 'deny', 'stop'];
}

/** What ran is not what the model asked for: it is told the script that did. */
function withEdited(result: GateResult, action: Action): GateResult {
  if (action.kind !== 'command' || !('content' in result)) return result;
  const words = `The person changed the command before they allowed it. What ran is:\n${action.script}\n\n`;
  return { ...result, content: words + result.content };
}

function withLeftOut(result: GateResult, proposed: Action, allowed: { action: Action; text: string }): GateResult {
  if (result.kind !== 'done' || proposed.kind !== 'edit' || allowed.action.kind !== 'edit') return result;
  const landed = countHunks(allowed.action);
  const words = allowed.text === '' ? '' : ` They say: ${allowed.text}`;
  const note = `The person let ${landed} of ${countHunks(proposed)} hunks land and left out the rest.${words}`;
  return { kind: 'done', content: `${result.content}\n${note}\nRead the file again before you change it further.` };
}

const countHunks = (action: EditAction) =>
  action.changes.reduce((sum, { diff }) => sum + (diff.kind === 'text' ? diff.hunks.length : 1), 0);

const personWords = (text: string) =>
  text === ''
    ? 'The person denied this. Nothing was changed.'
    : `The person denied this. Nothing was changed. They say: ${text}`;

const replyWords = (text: string) => `The person answers: ${text}`;

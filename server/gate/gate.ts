/** The one door: judge, ask where the verdict says so, mint, perform, record. */
import type { Action } from '../../shared/action.ts';
import { newActionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { digest as digestOf } from '../base/hash.ts';
import { judge } from '../policy/judge.ts';
import { prompt } from './asking.ts';
import { perform, type PerformDeps } from './performing.ts';
import { actorOf, type Asker, deny, type GateDeps, type GateResult, policyWords, type Proposal } from './proposal.ts';
import { record } from './record.ts';

export interface Gate {
  /** Never throws for what can be expected; throws where the record cannot be written, and then nothing goes on. */
  pass(action: Action, asker: Asker): Promise<GateResult>;
}

export function createGate(deps: GateDeps): Gate {
  const own: PerformDeps = { ...deps, again: (action, asker) => whole(own, action, asker) };
  return { pass: async (action, asker) => (await whole(own, action, asker)).result };
}

/** The result, and the verdict that it came by. */
async function whole(
  deps: PerformDeps,
  action: Action,
  asker: Asker,
): Promise<{ result: GateResult; verdict: Verdict }> {
  const verdict = await judged(deps, action, asker);
  const proposal = { actionId: newActionId(), action, digest: digestOf(action), verdict, asker };
  record(deps.log, asker, { type: 'action.proposed', data: proposed(proposal) });
  return { result: await decided(deps, proposal), verdict };
}

/** What a person takes away while it is judged does not count: from the last look at it to the permit nothing waits. */
async function judged(deps: PerformDeps, action: Action, asker: Asker): Promise<Verdict> {
  const { grants, boxed } = deps;
  const { rules, mode, trusted } = await deps.standing();
  if (!trusted) grants.clear();
  const isGranted = () => asker.session !== null && grants.covers(asker.session, action);
  const tainted = deps.taints.of(asker.session);
  const facts = { mode, trusted, actor: actorOf(asker), boxed, tainted } as const;
  let granted = isGranted();
  let standing = trusted ? await deps.rules.holding(asker.session, action) : [];
  for (;;) {
    const held = { granted, standing };
    const verdict = await deps.look(rules.paths, (world) => judge(action, rules, { ...facts, ...held, world }));
    standing = held.standing.filter(({ id }) => deps.rules.stands(id));
    granted = held.granted && isGranted();
    // Each time there is less of it, so this ends.
    if (standing.length === held.standing.length && granted === held.granted) return verdict;
  }
}

async function decided(deps: PerformDeps, proposal: Proposal): Promise<GateResult> {
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

const proposed = ({ actionId, action, digest, verdict, asker }: Proposal) => ({
  actionId,
  callId: asker.callId,
  action,
  digest,
  verdict,
});

export const MAX_REPLANS = LIMITS.replans.value;

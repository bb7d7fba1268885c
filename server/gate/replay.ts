/** Judges what was recorded anew, and does nothing of it: what a standing rule would have let run, what another policy would change. */
import type { Action } from '../../shared/action.ts';
import type { GrantReach, GrantRule } from '../../shared/grant.ts';
import type { GrantId, SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Simulated, SimulatedChange } from '../../shared/policy-api.ts';
import { titleOf } from '../../shared/title.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { judge } from '../policy/judge.ts';
import type { Facts, Rules, Standing } from '../policy/rules.ts';
import type { World } from '../policy/world.ts';
import type { GrantReads, Proposal } from '../store/grants.ts';

export interface ReplayDeps {
  grants: GrantReads;
  standing(): Promise<{ rules: Rules; mode: Facts['mode']; trusted: boolean }>;
  look<T>(paths: Rules['paths'], verdict: (world: World) => T): Promise<T>;
  boxed: boolean;
}

/** The rule is taken as it stands, and what it is pinned to as it was: who asks for its reach looks at it now. */
export async function reachOf({ grants, standing, look }: ReplayDeps, rule: GrantRule): Promise<GrantReach> {
  const { rules, trusted } = await standing();
  const own: Standing = { id: 'grt_00000000000000000000000000' as GrantId, rule }; // never recorded: it names no rule
  const reach: GrantReach = { looked: 0, more: false, allowed: 0, denied: 0, named: [] };
  const judged = (action: Action, held: Standing[]) => {
    const facts = {
      mode: 'ask',
      trusted,
      actor: 'agent',
      granted: false,
      standing: held,
      boxed: false,
      tainted: '',
    } as const;
    return look(rules.paths, (world) => judge(action, rules, { ...facts, world }).decision);
  };
  for await (const one of recorded(grants, null)) {
    const { action, actionId } = one.data;
    if (action.kind !== rule.kind) continue;
    if (reach.looked === LIMITS.reachActions.value) return { ...reach, more: true };
    reach.looked++;
    if (!mentions(rule, action) || (await judged(action, [own])) !== 'allow') continue;
    if ((await judged(action, [])) === 'allow') continue;
    reach.allowed++;
    if (!grants.wasDenied(actionId, one.session)) continue;
    reach.denied++;
    if (reach.named.length === LIMITS.reachNamed.value) continue;
    reach.named.push({ at: one.at, session: one.session as SessionId, title: titleOf(action) }); // actions are proposed in sessions
  }
  return reach;
}

function mentions(rule: GrantRule, action: Action): boolean {
  if (rule.kind === 'edit') return action.kind === 'edit' && action.tool === rule.tool;
  if (rule.kind === 'connect') return action.kind === 'connect';
  const [program] = rule.words;
  return action.kind === 'command' && program?.kind === 'word' && action.script.includes(program.text);
}

/** By the rules as they are and by others, with the files as they stand: only what the rules themselves change is told. */
export async function simulate(
  { grants, standing, look, boxed }: ReplayDeps,
  { rules: others, session }: { rules: Rules; session: SessionId | null },
): Promise<Simulated> {
  const { rules, mode, trusted } = await standing();
  const facts = { mode, trusted, actor: 'agent', granted: false, standing: [], boxed, tainted: '' } as const;
  const changes: SimulatedChange[] = [];
  const found: Simulated = { looked: 0, more: false, looser: 0, stricter: 0, changes };
  for await (const one of recorded(grants, session)) {
    const { action, actionId } = one.data;
    if (found.looked === LIMITS.reachActions.value) return { ...found, more: true };
    found.looked++;
    const by = (which: Rules) => look(which.paths, (world) => judge(action, which, { ...facts, world }));
    const [now, next] = [await by(rules), await by(others)];
    if (now.decision === next.decision) continue;
    if (isLooser(now, next)) found.looser++;
    else found.stricter++;
    if (changes.length === LIMITS.simulatedChanges.value) continue;
    changes.push({
      at: one.at,
      session: one.session as SessionId, // actions of an agent are proposed in sessions
      title: titleOf(action),
      now: now.decision,
      next: next.decision,
      rule: next.reasons[0]!.rule,
      why: next.reasons[0]!.why,
      denied: grants.wasDenied(actionId, one.session),
    });
  }
  return found;
}

const ORDER = ['allow', 'prompt', 'deny'];
const isLooser = (now: Verdict, next: Verdict) => ORDER.indexOf(next.decision) < ORDER.indexOf(now.decision);

/** What an agent wanted, the newest first; others get their turn between the pages. */
async function* recorded(grants: GrantReads, session: SessionId | null): AsyncIterable<Proposal> {
  let before = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const page = grants.proposals({ before, limit: PAGE, session });
    for (const one of page) if (one.session !== 'workspace' && isAgents(one)) yield one;
    if (page.length < PAGE) return;
    before = page.at(-1)!.seq;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A host is asked for by what runs, and answers no call of the model by itself. */
const isAgents = ({ data: { action, callId } }: Proposal): boolean => callId !== null || action.kind === 'connect';

const PAGE = 50;

/** Standing rules of the person: made from a request, held to what they are pinned to at each use, listed and taken away. */
import type { Action } from '../../shared/action.ts';
import type { Actor, EventData } from '../../shared/event.ts';
import type { Grant, GrantPin, GrantReach, GrantRule, GrantWish } from '../../shared/grant.ts';
import { newGrantId, type GrantId, type SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { RulePreview } from '../../shared/policy-api.ts';
import { Fault } from '../base/fault.ts';
import { digest } from '../base/hash.ts';
import { judge } from '../policy/judge.ts';
import { offerRule, ruleProblem } from '../policy/offer.ts';
import type { Facts, Rules, Standing } from '../policy/rules.ts';
import type { World } from '../policy/world.ts';
import type { GrantReads } from '../store/grants.ts';
import type { EventLog } from '../store/log.ts';
import { listGrants, revokeGrant } from './grant-list.ts';
import { hashPin, pinsHold } from './pins.ts';

export interface StandingDeps {
  root: string;
  log: EventLog;
  grants: GrantReads;
  standing(): Promise<{ rules: Rules; mode: Facts['mode']; trusted: boolean }>;
  look<T>(paths: Rules['paths'], verdict: (world: World) => T): Promise<T>;
  reach(rule: GrantRule): Promise<GrantReach>;
  /** What came into the session from outside, in words; empty for nothing. */
  tainted(session: SessionId | null): string;
  now(): number;
}

/** A rule that was found to be as narrow as it is shown; ready to be recorded with the answer that makes it. */
export type NewGrant = Omit<EventData<'grant.added'>, 'approvalId'>;

export interface StandingRules {
  /** Those that may speak of an action now. The workspace is expected to be trusted. */
  holding(session: SessionId | null, action: Action): Promise<Standing[]>;
  /** Whether it was neither taken away nor is past its time. */
  stands(id: GrantId): boolean;
  /** Whether a rule can be made from it. */
  canOffer(action: Action, session: SessionId | null): Promise<boolean>;
  /** The rule as it is offered, or as it was edited: its digest, what is wrong with it, its reach. */
  preview(action: Action, given: { wish: GrantWish | null; session: SessionId | null }): Promise<RulePreview>;
  /** Throws a Fault 422 where the rule is not one that may be made, 409 where `shown` is not its digest. */
  take(action: Action, given: { wish: GrantWish; shown: string; session: SessionId | null }): Promise<NewGrant>;
  list(): Promise<Grant[]>;
  /** Throws a Fault 404 where there is none, 409 where it does not stand any more. */
  revoke(id: GrantId, actor: Actor): void;
}

type Offered = { ok: true; rule: GrantRule; open: number | null; others: string[] } | { ok: false; why: string };

export function createStandingRules(deps: StandingDeps): StandingRules {
  const { root, log, grants } = deps;
  const nowText = () => new Date(deps.now()).toISOString();

  return {
    holding: (session, action) => heldFor(deps, action, session),

    stands(id) {
      const kept = grants.get(id);
      return kept !== null && kept.revokedAt === '' && kept.added.until > nowText();
    },

    canOffer: async (action, session) => (await offered(deps, action, session)).ok,

    async preview(action, { wish, session }) {
      const offer = await offered(deps, action, session);
      if (!offer.ok) return { kind: 'none', why: offer.why };
      const wanted = wish ?? { rule: offer.rule, scope: 'workspace', until: defaultEnd(deps.now()) };
      const problem = problemOf(wanted, offer, { action, now: deps.now() });
      const reach = problem === '' ? await deps.reach(wanted.rule) : null;
      return {
        kind: 'rule',
        wish: wanted,
        digest: digest(wanted),
        open: offer.open,
        others: offer.others,
        problem,
        reach,
      };
    },

    async take(action, { wish, shown, session }) {
      const offer = await offered(deps, action, session);
      if (!offer.ok) throw refused(offer.why);
      const problem = problemOf(wish, offer, { action, now: deps.now() });
      if (problem !== '') throw refused(problem);
      if (digest(wish) !== shown) throw mismatch;
      if (grants.count(nowText()) >= LIMITS.grants.value)
        throw refused(`There are ${LIMITS.grants.value} standing rules, as many as there may be: take one away first.`);
      if (wish.scope === 'session' && session === null) throw refused('The request belongs to no session.');
      const holds = wish.scope === 'session' ? session : null;
      return { grantId: newGrantId(), digest: shown, ...wish, session: holds };
    },

    async list() {
      const { trusted } = await deps.standing();
      return listGrants({ root, grants, trusted, now: nowText() });
    },

    revoke: (id, actor) => revokeGrant({ grants, log }, id, actor),
  };
}

async function heldFor(
  { root, grants, now }: StandingDeps,
  action: Action,
  session: SessionId | null,
): Promise<Standing[]> {
  const near = grants
    .standing(new Date(now()).toISOString())
    .filter(({ added }) => (added.session === null || added.session === session) && mayFit(added.rule, action));
  const held: Standing[] = [];
  for (const { added } of near)
    if (await pinsHold(root, added.rule)) held.push({ id: added.grantId, rule: added.rule });
  return held;
}

/** Cheap: most rules are about something else, and need not be held to their files. */
function mayFit(rule: GrantRule, action: Action): boolean {
  if (rule.kind === 'edit') return action.kind === 'edit' && action.tool === rule.tool;
  if (rule.kind === 'connect') return action.kind === 'connect';
  const [program] = rule.words;
  return (
    action.kind === 'command' && program?.kind === 'word' && action.script.includes(program.text.split('/').at(-1)!)
  );
}

/** Judged as in mode ask: a rule is made of what would be asked there, and mode plan denies by itself. */
async function offered(deps: StandingDeps, action: Action, session: SessionId | null): Promise<Offered> {
  const { root, standing, look } = deps;
  const tainted = deps.tainted(session);
  const { rules, trusted } = await standing();
  if (!trusted) return { ok: false, why: 'The workspace is not trusted: rules of yours sleep.' };
  const held = await heldFor(deps, action, session);
  const asked = {
    mode: 'ask',
    trusted,
    actor: 'agent',
    granted: false,
    boxed: false,
    tainted,
    standing: held,
  } as const;
  const offer = await look(rules.paths, (world) =>
    offerRule(action, judge(action, rules, { ...asked, world }), { rules, world, standing: held }),
  );
  if (!offer.ok) return offer;
  const { rule, open, others } = offer;
  if (rule.kind !== 'command') return { ok: true, rule, open, others };
  const pins: GrantPin[] = [];
  for (const pin of rule.pins) {
    const sha256 = await hashPin(root, pin);
    if (sha256 === null) return { ok: false, why: `${pin.path} cannot be read, so nothing can be held to it.` };
    pins.push({ ...pin, sha256 });
  }
  return { ok: true, rule: { ...rule, pins }, open, others };
}

interface Asked {
  action: Action;
  now: number;
}

function problemOf(wish: GrantWish, offer: Extract<Offered, { ok: true }>, { action, now }: Asked): string {
  const end = new Date(wish.until);
  if (end.toISOString() !== wish.until) return 'The end is expected as a time in UTC with milliseconds.';
  if (end.getTime() <= now) return 'The end of the rule is past.';
  if (end.getTime() > now + LIMITS.grantDays.value * DAY)
    return `A rule holds for ${LIMITS.grantDays.value} days at most.`;
  return ruleProblem(wish.rule, offer.rule, { action, open: offer.open });
}

const DAY = 24 * 60 * 60_000;
const USUAL_DAYS = 30;

const defaultEnd = (now: number): string => new Date(now + USUAL_DAYS * DAY).toISOString();

const refused = (message: string) =>
  new Fault({
    status: 422,
    code: 'rule_refused',
    message: `No rule was made. ${message}`,
    hint: 'Nothing was decided: allow it once, or deny it.',
  });

const mismatch = new Fault({
  status: 409,
  code: 'digest_mismatch',
  message: 'The digest is not that of this rule.',
  hint: 'Look at the rule again: nothing was decided.',
});

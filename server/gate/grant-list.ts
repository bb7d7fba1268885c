/** The standing rules of a workspace as they are listed, each with whether it holds now; and one taken away. */
import type { Actor } from '../../shared/event.ts';
import type { Grant } from '../../shared/grant.ts';
import type { GrantId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import type { GrantReads, KeptGrant } from '../store/grants.ts';
import type { EventLog } from '../store/log.ts';
import { pinsHold } from './pins.ts';

export interface ListedAt {
  root: string;
  grants: GrantReads;
  trusted: boolean;
  /** RFC 3339, UTC. */
  now: string;
}

/** The newest first, those that ended too. */
export function listGrants(at: ListedAt): Promise<Grant[]> {
  const all = at.grants.list(LIMITS.grants.value * 2);
  return Promise.all(all.map(async (one) => ({ ...facts(one), state: await stateOf(one, at) })));
}

/** Throws a Fault 404 where there is none, 409 where it does not stand any more. */
export function revokeGrant(at: { grants: GrantReads; log: EventLog }, id: GrantId, actor: Actor): void {
  const kept = at.grants.get(id);
  if (kept === null) throw noGrant(id);
  if (kept.revokedAt !== '') throw gone;
  at.log.record({ type: 'grant.revoked', data: { grantId: id }, session: null, turn: null, actor }, 'synced');
}

async function stateOf({ added, revokedAt }: KeptGrant, { root, trusted, now }: ListedAt): Promise<Grant['state']> {
  if (revokedAt !== '') return 'revoked';
  if (added.until <= now) return 'expired';
  if (!trusted) return 'asleep';
  return (await pinsHold(root, added.rule)) ? 'active' : 'changed';
}

const facts = ({ added, madeAt, madeBy, usedAt, uses }: KeptGrant): Omit<Grant, 'state'> => {
  const { grantId: id, rule, scope, until, session, digest: shown } = added;
  return { id, rule, scope, until, session, digest: shown, madeAt, madeBy, usedAt, uses };
};

const noGrant = (id: string) =>
  new Fault({
    status: 404,
    code: 'no_grant',
    message: `There is no rule ${id}.`,
    hint: 'List them: vtcode grants list',
  });

const gone = new Fault({ status: 409, code: 'already_revoked', message: 'This rule was taken away before.' });

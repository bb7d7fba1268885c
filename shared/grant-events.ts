/** The events of standing rules: made by an answer, taken away. */
import * as z from 'zod';
import { Sha256 } from './action.ts';
import { GrantWish } from './grant.ts';
import { ApprovalId, GrantId, SessionId } from './ids.ts';

export const GRANT_EVENTS = {
  /**
   * In the workspace's chain: a person made a standing rule. `digest` is that of the rule with its scope and its end, as they saw
   * it; `approvalId` the request whose answer it was.
   */
  'grant.added': z.object({
    grantId: GrantId,
    approvalId: ApprovalId,
    digest: Sha256,
    ...GrantWish.shape,
    session: SessionId.nullable(),
  }),
  /** In the workspace's chain. */
  'grant.revoked': z.object({ grantId: GrantId }),
} as const;

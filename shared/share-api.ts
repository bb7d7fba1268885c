/** The owner's endpoints of shares: the look before, the link, the list, the end. */
import * as z from 'zod';
import { command, endpoint, none } from './endpoint.ts';
import { SessionId, ShareId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { ShareFinding, ShareInfo, ShareStep, ShareWish } from './share.ts';

export const SHARE_API = {
  lookShare: endpoint({
    method: 'POST',
    path: '/api/sessions/:id/shares/look',
    status: 200,
    query: none,
    body: ShareWish,
    response: z.object({
      /** Of the last event that was looked at; `createShare` takes it, so that nothing unseen is shown. */
      upTo: z.int(),
      events: z.int(),
      findings: z.array(ShareFinding),
      /** Places that the wish masks. */
      masked: z.int(),
      /** The beginning of what a viewer will see. */
      steps: z.array(ShareStep),
      more: z.int(),
    }),
  }),
  createShare: endpoint({
    method: 'POST',
    path: '/api/sessions/:id/shares',
    status: 201,
    query: none,
    body: ShareWish.extend({
      ...command,
      expiresInMinutes: z.int().min(1).max(LIMITS.shareMaxMinutes.value).default(LIMITS.shareMinutes.value),
      /** The last event that a frozen share shows; without, the last there is. */
      upTo: z.int().min(0).optional(),
    }),
    /** The link is told this once: it is kept nowhere. Empty where the command is repeated after a minute. */
    response: z.object({ id: ShareId, url: z.string(), expiresAt: z.string() }),
  }),
  shares: endpoint({
    method: 'GET',
    path: '/api/shares',
    status: 200,
    query: z.object({ session: SessionId.optional() }),
    body: none,
    response: z.object({ shares: z.array(ShareInfo) }),
  }),
  revokeShare: endpoint({
    method: 'DELETE',
    path: '/api/shares/:id',
    status: 200,
    query: none,
    body: z.object(command),
    response: z.object({ ok: z.literal(true) }),
  }),
} as const;

/** The endpoints of shares: the owner's own, and those of the second port, where there is nothing else. */
import * as z from 'zod';
import { command, endpoint, none } from './endpoint.ts';
import { SessionId, ShareId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { PlacedStep, ShareFacts, ShareFinding, ShareInfo, ShareStep, ShareWish } from './share.ts';

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

/** On the second port. Each needs `Authorization: Bearer` with the token of that very share. */
export const SHARE_PORT_API = {
  view: endpoint({
    method: 'GET',
    path: '/api/share/:id',
    status: 200,
    query: z.object({ after: z.string().max(100).optional() }),
    body: none,
    response: z.object({
      share: ShareFacts,
      steps: z.array(PlacedStep),
      /** Where the next page begins, as `after`; null where this was the last. */
      next: z.string().nullable(),
    }),
  }),
  stream: endpoint({
    method: 'GET',
    path: '/api/share/:id/events',
    status: 200,
    query: z.object({ after: z.string().max(100).optional() }),
    body: none,
    response: z.unknown(),
  }),
} as const;

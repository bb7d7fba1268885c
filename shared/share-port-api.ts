/** The endpoints of the second port, where there is nothing else: what the link of a share opens. */
import * as z from 'zod';
import { endpoint, none } from './endpoint.ts';
import { PlacedStep, ShareFacts } from './share.ts';

/** Each needs `Authorization: Bearer` with the token of that very share. */
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

/** The events of shares: made, looked at, taken away. All stand in the workspace's chain, and none holds a token. */
import * as z from 'zod';
import { SessionId, ShareId } from './ids.ts';

export const SHARE_EVENTS = {
  'share.created': z.object({
    shareId: ShareId,
    session: SessionId,
    live: z.boolean(),
    expiresAt: z.iso.datetime(),
    /** The seq of the last event that is shown; of a live one, of the last there was. */
    upTo: z.int(),
    /** Findings that stay readable, by name. */
    kept: z.array(z.string()),
    /** How many words are masked besides; which, stands nowhere here. */
    words: z.int(),
    reasoning: z.boolean(),
    output: z.boolean(),
  }),
  /** Views of a minute are told together: `views` is how many since the last of these. */
  'share.viewed': z.object({ shareId: ShareId, views: z.int() }),
  'share.revoked': z.object({ shareId: ShareId }),
} as const;

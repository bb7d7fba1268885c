/** What trust says: this user trusts these bytes at this place. Signed, and counted only while the ledger lists it. */
import * as z from 'zod';
import { Sha256 } from '../../shared/action.ts';
import { canonical } from '../../shared/canonical.ts';
import { LIMITS } from '../../shared/limits.ts';

export const Statement = z.strictObject({
  v: z.literal(1),
  workspace: z.string(),
  inode: z.string().regex(/^\d+$/),
  /** Noted, not binding: it changes from boot to boot. */
  device: z.string().regex(/^\d+$/),
  user: z.strictObject({ uid: z.int(), name: z.string() }),
  /** Fingerprint of the key that signed. */
  key: Sha256,
  /** Makes each statement one of its own, so that an old one cannot stand for a new one. */
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  at: z.iso.datetime(),
  files: z.array(z.strictObject({ path: z.string(), sha256: Sha256, pin: Sha256 })).max(LIMITS.trustFiles.value),
});
export type Statement = z.infer<typeof Statement>;

export const Marker = z.strictObject({
  note: z.string(),
  statement: Statement,
  signature: z.base64().max(200),
});
export type Marker = z.infer<typeof Marker>;

/** The text that is signed, and whose hash the ledger keeps. Its first line keeps it from being anything else that is signed. */
export const signedText = (statement: Statement): string => `vtcode workspace trust 1\n${canonical(statement)}`;

/** The token of a share: what a link carries, of which only the hash is kept. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { SHARE_TOKEN } from '../../shared/share.ts';

/** 256 random bits. The beginning lets a scanner of secrets, and our own redaction, know one when they see it. */
export const newToken = (): string => `vts_${randomBytes(32).toString('base64url')}`;

/** SHA-256 (hex): enough for what is random to begin with. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** In constant time, also where there is no hash to compare with: `kept` is then null. */
export function isTokenOf(token: string, kept: string | null): boolean {
  const came = Buffer.from(hashOfToken(token), 'hex');
  const wanted = kept === null ? NOTHING : Buffer.from(kept, 'hex');
  return wanted.length === came.length && timingSafeEqual(came, wanted) && kept !== null && SHARE_TOKEN.test(token);
}

/** The hash of no token that anybody knows. */
const NOTHING = randomBytes(32);

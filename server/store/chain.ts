/** The hash chain: each event's hash covers its envelope, a salted commitment to its data, and the hash before it. */
import { randomBytes } from 'node:crypto';
import type { Envelope } from '../../shared/event.ts';
import { digest, sha256 } from '../base/hash.ts';
import { canonical } from '../../shared/canonical.ts';

/** What the first event of a chain has before it: a hash of the chain's own name, so that no two chains begin alike. */
export const genesis = (chain: string): string => sha256(`vtcode chain ${chain}`);

export const newSalt = (): string => randomBytes(16).toString('hex');

/** Salted, so that the commitment that outlives a deleted content tells nothing of it. */
export const commitment = (salt: string, data: unknown): string => sha256(`${salt}${canonical(data)}`);

/** What is sealed of an event besides its data. `seq` is left out: it numbers one database, the chain must outlive it. */
export type Sealed = Omit<Envelope, 'hash' | 'seq' | 'salt'> & { type: string };

/** The hash of an event. */
export const hashOf = (event: Sealed & { salt: string; data: unknown }): string =>
  hashWith(event, commitment(event.salt, event.data));

/** The same where only the commitment is known: of a tombstone. */
export function hashWith(event: Sealed, committed: string): string {
  const { v, id, at, chain, chainSeq, turn, actor, type, prev } = event;
  return digest({ v, id, at, chain, chainSeq, turn, actor, type, prev, commitment: committed });
}

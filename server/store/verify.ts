/** Checks chains, event by event: what seals each one, and how a break came about. For the database, files and receipts alike. */
import type { SessionEvent } from '../../shared/event.ts';
import type { Verifier } from '../base/signer.ts';
import { commitment, genesis, hashWith, type Sealed } from './chain.ts';
import { headStatement } from './heads.ts';

/** `truncated`: the end is missing. `edited` covers what was put in as well: no seal of it fits. */
export type How = 'edited' | 'removed' | 'reordered' | 'truncated';

export interface Break {
  chain: string;
  /** Of the first event that does not stand as it was sealed. */
  seq: number;
  chainSeq: number;
  how: How;
  /** What was expected, and what is there. */
  why: string;
}

/** An event as it is kept: its data as JSON, and of a tombstone neither data nor salt but the commitment to them. */
export interface Kept extends Omit<Sealed, 'v'> {
  seq: number;
  data: string;
  salt: string;
  commitment: string;
  hash: string;
}

/** What may be looked up when a break is found, to tell how it came about. */
export interface Elsewhere {
  /** Whether any event of the chain has this hash. */
  hasHash(chain: string, hash: string): boolean;
  /** The first number above this one that no event has. */
  firstGap(seq: number): number;
  /** Whether a tombstone is to be expected there: the session was deleted, and so far. */
  isDeleted(chain: string, chainSeq: number): boolean;
}

export interface ChainCheck {
  /** The next event of the chain, in its order; null where it fits. After a break, no further one is taken. */
  take(event: Kept): Break | null;
  chainSeq(): number;
  seq(): number;
  hash(): string;
}

export function createChainCheck(chain: string, elsewhere: Elsewhere): ChainCheck {
  const last = { seq: 0, chainSeq: 0, hash: genesis(chain) };
  return {
    chainSeq: () => last.chainSeq,
    seq: () => last.seq,
    hash: () => last.hash,
    take(event) {
      const found = breakAt(event, last, elsewhere);
      if (found === null) Object.assign(last, { seq: event.seq, chainSeq: event.chainSeq, hash: event.hash });
      return found && { chain, ...found };
    },
  };
}

type Found = Omit<Break, 'chain'>;
type Last = Pick<Kept, 'seq' | 'chainSeq' | 'hash'>;

function breakAt(event: Kept, last: Last, elsewhere: Elsewhere): Found | null {
  const { seq, chainSeq, chain } = event;
  const at = (how: How, why: string): Found => ({ seq, chainSeq, how, why });
  const expected = last.chainSeq + 1;
  if (chainSeq !== expected) {
    const missing = last.seq === 0 ? 1 : elsewhere.firstGap(last.seq);
    return { seq: missing, chainSeq: expected, how: 'removed', why: `event ${expected} of the chain is missing` };
  }
  if (event.prev !== last.hash && elsewhere.hasHash(chain, event.prev))
    return at('reordered', 'it was sealed after another event than the one before it');
  if (seq <= last.seq) return at('reordered', `its number is not above ${last.seq}, that of the event before it`);
  const seal = sealOf(event);
  if (seal === null) return at('edited', 'its data is not JSON');
  if (event.data === '' && !elsewhere.isDeleted(chain, chainSeq))
    return at('removed', 'its content is gone, and no deletion of the session is recorded');
  if (seal !== event.hash) {
    if (event.prev !== last.hash && wasLater(event))
      return at('removed', 'it was sealed at a later place: events before it are missing, and it was numbered anew');
    return at('edited', 'its hash is not that of what it says');
  }
  // Sealed by itself, but not on what stands before it: that was made anew.
  if (event.prev !== last.hash)
    return {
      seq: last.seq,
      chainSeq: last.chainSeq,
      how: 'edited',
      why: 'the event after it was sealed on another one',
    };
  return null;
}

/** Null where the data cannot be read. */
function sealOf(event: Kept, chainSeq = event.chainSeq): string | null {
  const sealed: Sealed = { ...event, v: 1, chainSeq };
  if (event.data === '') return hashWith(sealed, event.commitment);
  try {
    return hashWith(sealed, commitment(event.salt, JSON.parse(event.data)));
  } catch {
    return null;
  }
}

const LOOK_AHEAD = 64;

function wasLater(event: Kept): boolean {
  for (let further = 1; further <= LOOK_AHEAD; further++)
    if (sealOf(event, event.chainSeq + further) === event.hash) return true;
  return false;
}

export type HeadEvent = Extract<SessionEvent, { type: 'head.signed' }>;

/** Whether a signed head says what its signature covers. `foreign`: it names a key that was not given. */
export function headSignature(event: Pick<HeadEvent, 'data' | 'prev'>, verifiers: readonly Verifier[]) {
  const { key, signature, ...head } = event.data;
  const verifier = verifiers.find(({ fingerprint }) => fingerprint === key);
  if (!verifier) return 'foreign';
  return verifier.verifies(headStatement(head, event.prev), signature) ? 'good' : 'bad';
}

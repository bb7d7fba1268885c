/** Signed heads: how far the chains have come, said with the key of the records, and the last such word kept beside it. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { Sha256 } from '../../shared/action.ts';
import { canonical } from '../../shared/canonical.ts';
import type { EventData, EventType, NewEvent, SessionEvent } from '../../shared/event.ts';
import type { SessionId } from '../../shared/ids.ts';
import type { Signer } from '../base/signer.ts';
import type { EventLog } from './log.ts';
import { writeWhole } from './whole-file.ts';

/** What heads are signed with, and where the last one is kept: outside the state directory, so that one can tell on the other. */
export interface Seals {
  signer: Signer;
  /** Path of a file. */
  anchor: string;
}

export interface Head {
  chain: SessionId | 'workspace';
  chainSeq: number;
  hash: string;
}

/** `prev` is the hash in the workspace's chain that the event with this head stands on. */
export const headStatement = ({ chain, chainSeq, hash }: Head, prev: string): string =>
  canonical({ kind: 'vtcode head', chain, chainSeq, hash, prev });

export function signedHead(signer: Signer, head: Head, prev: string): EventData<'head.signed'> {
  return { ...head, key: signer.fingerprint, signature: signer.sign(headStatement(head, prev)) };
}

/** After which events a head is signed, and of which chain: what a person or the model was told must not be taken back. */
export function sealsChainOf(event: NewEvent): SessionId | 'workspace' | null {
  if (TURN_ENDS.has(event.type)) return event.session;
  return WORKSPACE_MOMENTS.has(event.type) ? 'workspace' : null;
}

const TURN_ENDS = new Set<EventType>(['turn.completed', 'turn.failed', 'turn.interrupted', 'session.forked']);
const WORKSPACE_MOMENTS = new Set<EventType>([
  ...(['server.started', 'trust.granted', 'trust.revoked', 'session.deleted', 'head.missing'] as const),
]);

const Anchor = z.strictObject({ v: z.literal(1), chainSeq: z.int().min(1), hash: Sha256, at: z.string() });
/** The last event of the workspace's chain that holds a signed head. */
export type Anchor = z.infer<typeof Anchor>;

/** Null where there is none. Throws where there is one that cannot be read: it would else count as none. */
export function readAnchor(path: string): Anchor | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return Anchor.parse(JSON.parse(text));
}

/**
 * At a start: where the head that was signed last is not in the record any more (a tail was cut off, an older copy put back), that
 * is recorded, so that it is not forgotten when the next head takes its place.
 */
export function noteMissingHead(path: string, log: Pick<EventLog, 'record' | 'chainAt'>): void {
  const anchor = anchorOr(path);
  if (anchor === null || log.chainAt('workspace', anchor.chainSeq)?.hash === anchor.hash) return;
  const { chainSeq, hash, at } = anchor;
  log.record({ type: 'head.missing', data: { chainSeq, hash, at }, session: null, turn: null, actor: 'system' });
}

/** One that cannot be read vouches for nothing: what it held is unknown, and is said to be missing. */
function anchorOr(path: string): Anchor | null {
  try {
    return readAnchor(path);
  } catch {
    return { v: 1, chainSeq: 1, hash: '0'.repeat(64), at: '' };
  }
}

/** On the disk, and synced, when it returns; another one or this one stands there at any moment, never half of one. */
export function writeAnchor(path: string, { chainSeq, hash, at }: SessionEvent): void {
  writeWhole(path, `${JSON.stringify({ v: 1, chainSeq, hash, at } satisfies Anchor)}\n`);
}

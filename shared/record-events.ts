/** The events of the records themselves: what becomes of a session as a whole, and what seals the chains. */
import * as z from 'zod';
import { Sha256 } from './action.ts';
import { MessageId, SessionId } from './ids.ts';

export const RECORD_EVENTS = {
  'session.created': z.object({ title: z.string() }),
  'session.renamed': z.object({ title: z.string() }),
  'session.pinned': z.object({ pinned: z.boolean() }),
  'session.archived': z.object({ archived: z.boolean() }),
  /**
   * The `copied` events before this one, from the second of the session on, are copies of those of `from`: same type, data, turn,
   * actor and time, sealed into this chain. `chainSeq` and `hash` are of the last one that was copied.
   */
  'session.forked': z.object({
    from: SessionId,
    messageId: MessageId.nullable(),
    chainSeq: z.int(),
    hash: Sha256,
    copied: z.int(),
  }),
  'session.trashed': z.object({ until: z.iso.datetime() }),
  'session.restored': z.object({}),
  /** In the workspace's chain. `chainSeq` and `hash` are of the last event of the session's chain, whose tombstones stay. */
  'session.deleted': z.object({
    session: SessionId,
    why: z.enum(['person', 'retention']),
    events: z.int(),
    chainSeq: z.int(),
    hash: Sha256,
  }),

  /**
   * In the workspace's chain: how far a chain has come, signed. What is signed is the canonical JSON of `{kind: "vtcode head",
   * chain, chainSeq, hash, prev}`, `prev` being that of this event: so each signature stands for all of the workspace's chain
   * before it too.
   */
  'head.signed': z.object({
    chain: z.union([SessionId, z.literal('workspace')]),
    chainSeq: z.int(),
    hash: Sha256,
    /** SHA-256 of the public key. */
    key: Sha256,
    signature: z.base64(),
  }),
  /** At a start, the head that was signed last was not in the record. */
  'head.missing': z.object({ chainSeq: z.int(), hash: Sha256, at: z.string() }),
  /**
   * The `copied` events before this one, from the second of the session on, came with a file that was made elsewhere. They are
   * history: no approval or grant of them holds here. `session`, `events` and `hash` are of the chain that the file held.
   */
  'session.imported': z.object({
    /** Its name, and the SHA-256 of its bytes, which are kept. */
    file: z.string(),
    sha256: Sha256,
    session: SessionId,
    events: z.int(),
    hash: Sha256,
    copied: z.int(),
    /** Of its receipt: `own` is signed with the key of these records, `foreign` with another one. */
    receipt: z.enum(['own', 'foreign', 'none']),
    redacted: z.boolean(),
  }),
  /**
   * In the workspace's chain: the database was made anew from the files of records. `unverified`: chains of which no signed head
   * says that they are whole, how far one does, and why no further.
   */
  'records.rebuilt': z.object({
    files: z.int(),
    events: z.int(),
    /** The name of the database that was there before; empty where there was none. */
    backup: z.string(),
    unverified: z.array(z.object({ chain: z.string(), verified: z.int(), events: z.int(), why: z.string() })),
  }),
} as const;

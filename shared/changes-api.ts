/** The endpoints of the changes ledger: what the agent changed, and taking it back. */
import * as z from 'zod';
import { Diff, EditAction, FileState, RelPath, Sha256 } from './action.ts';
import { command, endpoint, none } from './endpoint.ts';
import { ActionId, SessionId, TurnId } from './ids.ts';
import { LIMITS } from './limits.ts';

/** One file, net: from what stood before the first change to what stands after the last. */
export const Change = z.object({
  path: RelPath,
  from: RelPath,
  op: z.enum(['create', 'modify', 'delete', 'move']),
  before: FileState,
  after: FileState,
  added: z.int(),
  removed: z.int(),
});
export type Change = z.infer<typeof Change>;

/** A turn that changed files: when it did first, how many, and the beginning of the message that it answered. */
export const ChangingTurn = z.object({ turn: TurnId, at: z.string(), files: z.int(), title: z.string() });
export type ChangingTurn = z.infer<typeof ChangingTurn>;

/** A revert that the person made; taking it back again is a revert of its action. */
export const PastRevert = z.object({
  actionId: ActionId,
  at: z.string(),
  files: z.int(),
  /** What it took back: a turn, the session, or an action. */
  reverts: z.string(),
});
export type PastRevert = z.infer<typeof PastRevert>;

/** A stretch of a file's changes that nobody else's change parts; of several, the oldest first. */
export const ChangedPart = z.object({
  from: RelPath,
  path: RelPath,
  before: FileState,
  after: FileState,
  /** Null where the bytes are not kept any more. */
  diff: Diff.nullable(),
});
export type ChangedPart = z.infer<typeof ChangedPart>;

/** The lines that two wanted otherwise: as they were before the agent, as the agent left them, as they stand. */
export const Clash = z.object({
  /** Of the file as it stands, from 1. */
  line: z.int(),
  before: z.array(z.string()),
  agent: z.array(z.string()),
  now: z.array(z.string()),
});
export type Clash = z.infer<typeof Clash>;

/**
 * What a revert does to one file. `back`: the agent's change goes. `merged`: it goes, and what was changed since stays. `already`:
 * nothing of it is left to take back. `conflict`: left alone, for the reason told.
 */
export const RevertFile = z.object({
  /** The name that the file has now, or had. */
  path: RelPath,
  /** The name that it gets. */
  to: RelPath,
  state: z.enum(['back', 'merged', 'already', 'conflict']),
  why: z.string(),
  /** What to do about a conflict; else empty. */
  hint: z.string(),
  clashes: z.array(Clash),
});
export type RevertFile = z.infer<typeof RevertFile>;

const revert = z.object({
  session: SessionId,
  scope: z.enum(['turn', 'session', 'action']),
  /** Of the scope `turn`; without it, the last one that changed a file. */
  turn: TurnId.optional(),
  /** Of the scope `action`: an edit of this session, a revert among them. */
  actionId: ActionId.optional(),
  /** By the names that the files have now or had; without it, all of them. */
  paths: z.array(RelPath).min(1).max(LIMITS.revertPaths.value).optional(),
});
export type RevertWish = z.infer<typeof revert>;

const ledger = z.object({
  session: SessionId,
  scope: z.enum(['turn', 'session']).default('session'),
  /** Of the scope `turn`; without it, the last one that changed a file. */
  turn: TurnId.optional(),
});
export type LedgerWish = z.infer<typeof ledger>;

export const CHANGES_API = {
  changes: endpoint({
    method: 'GET',
    path: '/api/changes',
    status: 200,
    query: ledger,
    body: none,
    response: z.object({
      changes: z.array(Change),
      /** Of the whole session, the oldest first. */
      turns: z.array(ChangingTurn),
      reverts: z.array(PastRevert),
      /** Names of files of which a revert was the last thing that this session did to them. */
      takenBack: z.array(RelPath),
      /** Commands that ran in the scope: what they changed is in no ledger. */
      commands: z.int(),
    }),
  }),
  changedFile: endpoint({
    method: 'GET',
    path: '/api/changes/file',
    status: 200,
    /** `from` tells apart two files that had the same name one after the other. */
    query: ledger.extend({ path: RelPath, from: RelPath.optional() }),
    body: none,
    response: z.object({ parts: z.array(ChangedPart) }),
  }),
  previewRevert: endpoint({
    method: 'POST',
    path: '/api/changes/revert/preview',
    status: 200,
    query: none,
    body: revert,
    /** `action` and `digest` are null where nothing would change. */
    response: z.object({
      files: z.array(RevertFile),
      action: EditAction.nullable(),
      digest: Sha256.nullable(),
    }),
  }),
  revert: endpoint({
    method: 'POST',
    path: '/api/changes/revert',
    status: 200,
    query: none,
    /** `digest` is that of the action in the preview that the person saw. */
    body: revert.extend({ ...command, digest: Sha256 }),
    response: z.object({ ok: z.literal(true) }),
  }),
} as const;

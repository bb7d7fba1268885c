/** A share: what of a session a link shows to others, step by step; and what is asked before there is a link. */
import * as z from 'zod';
import { SessionId, ShareId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { PlanStep } from './message.ts';

const word = z.string().trim().min(LIMITS.shareWordShortest.value).max(LIMITS.shareWordChars.value);

/**
 * With none of these, everything that is found is masked. A text is masked besides, wherever it stands; `keep` leaves one kind of
 * finding readable, by its name. Keys that are held are always masked, and so is every secret of a live share.
 */
export const ShareRedaction = z.union([word, z.object({ mask: word }), z.object({ keep: z.string().max(100) })]);
export type ShareRedaction = z.infer<typeof ShareRedaction>;

/** What a share is to show. */
export const ShareWish = z.object({
  /** Goes on with the session: finished messages only. Else it is as it was when it was made. */
  live: z.boolean().default(false),
  redactions: z.array(ShareRedaction).max(LIMITS.shareWords.value).default([]),
  /** What the model thought before it answered. */
  reasoning: z.boolean().default(false),
  /** What commands printed. */
  output: z.boolean().default(true),
});
export type ShareWish = z.infer<typeof ShareWish>;

export const FindingKind = z.enum(['secret', 'email', 'home', 'host', 'user', 'word']);
export type FindingKind = z.infer<typeof FindingKind>;

/** Something that may not be meant for others. */
export const ShareFinding = z.object({
  kind: FindingKind,
  /** What `keep` takes. */
  name: z.string(),
  count: z.int(),
  /** Masked whatever is ticked. */
  always: z.boolean(),
  /** Some of the places: for the owner's eyes, secrets cut short all the same. */
  samples: z.array(z.object({ before: z.string(), found: z.string(), after: z.string() })),
});
export type ShareFinding = z.infer<typeof ShareFinding>;

/** What the owner sees of a share of their own. */
export const ShareInfo = z.object({
  id: ShareId,
  session: SessionId,
  /** Empty where the session was deleted. */
  title: z.string(),
  live: z.boolean(),
  createdAt: z.string(),
  expiresAt: z.string(),
  /** `lost`: the records were made anew, and no token of it is known any more. */
  state: z.enum(['open', 'expired', 'revoked', 'deleted', 'lost']),
  /** When it was revoked, or its session deleted; empty while it was not. */
  endedAt: z.string(),
  /** Streams that are open now. */
  viewers: z.int(),
  /** Times that it was opened. */
  views: z.int(),
  /** Empty where it never was. */
  viewedAt: z.string(),
  /** Findings that stay readable, by name. */
  kept: z.array(z.string()),
  reasoning: z.boolean(),
  output: z.boolean(),
});
export type ShareInfo = z.infer<typeof ShareInfo>;

/** RFC 3339, to the second. */
const at = z.string();

const ShareChange = z.object({
  op: z.enum(['create', 'modify', 'delete', 'move']),
  path: z.string(),
  /** For a move, the name before it; else empty. */
  from: z.string(),
  added: z.int(),
  removed: z.int(),
  hunks: z.array(
    z.object({
      oldStart: z.int(),
      oldLines: z.int(),
      newStart: z.int(),
      newLines: z.int(),
      /** Each begins with ` `, `+`, `-`, or is `\ No newline at end of file`. */
      lines: z.array(z.string()),
    }),
  ),
  /** Why lines are not shown: the policy calls the file sensitive, there is no text, or there are too many. */
  left: z.enum(['', 'sensitive', 'opaque', 'long']),
});
export type ShareChange = z.infer<typeof ShareChange>;

export const ShareVerb = z.enum([
  ...(['Read', 'List', 'Find', 'Search', 'Edit', 'Create', 'Delete', 'Move', 'Run', 'Commit', 'Branch'] as const),
  ...(['Switch', 'Restore', 'Stash', 'Ask', 'Check', 'Stop', 'Use'] as const),
]);
export type ShareVerb = z.infer<typeof ShareVerb>;

/** One tool call, once it is settled. */
const ShareTool = z.object({
  kind: z.literal('tool'),
  at,
  verb: ShareVerb,
  /** A path, a script, a pattern, a question; empty where the call became nothing. */
  target: z.string(),
  state: z.enum(['done', 'failed', 'denied', 'stopped']),
  /** Who let it through or not. `nobody`: the request was never answered. */
  by: z.enum(['rules', 'owner', 'nobody', 'none']),
  answer: z.enum(['', 'once', 'session', 'rule', 'part', 'edited', 'replied', 'denied', 'stopped']),
  /** The owner's words with it. */
  words: z.string(),
  changes: z.array(ShareChange),
  /** Hunks that were let through, of how many; both 0 where it was no part. */
  landed: z.int(),
  hunks: z.int(),
  /** Null where none is shown. */
  output: z.string().nullable(),
  /** Of a program that ran to its end. */
  code: z.int().nullable(),
  durationMs: z.int().nullable(),
});
export type ShareTool = z.infer<typeof ShareTool>;

/** Of all that is recorded, this can be seen by others, and nothing else. */
export const ShareStep = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('owner'), at, text: z.string() }),
  z.object({ kind: z.literal('model'), at, model: z.string(), text: z.string() }),
  z.object({ kind: z.literal('thought'), at, text: z.string() }),
  z.object({ kind: z.literal('plan'), at, steps: z.array(PlanStep) }),
  ShareTool,
  z.object({
    kind: z.literal('notice'),
    at,
    what: z.enum(['stopped', 'interrupted', 'limit', 'failed', 'forked', 'imported', 'cut']),
  }),
]);
export type ShareStep = z.infer<typeof ShareStep>;

/** A step with its id, which the stream takes up again at. */
export const PlacedStep = z.object({ id: z.string(), step: ShareStep });
export type PlacedStep = z.infer<typeof PlacedStep>;

/** What a viewer is told of the share itself. */
export const ShareFacts = z.object({
  id: ShareId,
  title: z.string(),
  live: z.boolean(),
  /** Until when it shows what happened; of a live one, when it was made. */
  madeAt: z.string(),
  expiresAt: z.string(),
  /** Places that are masked in what is shown now. */
  masked: z.int(),
  reasoning: z.boolean(),
  output: z.boolean(),
});
export type ShareFacts = z.infer<typeof ShareFacts>;

/** A part of the link: `vts_` and 256 random bits. */
export const SHARE_TOKEN = /^vts_[A-Za-z0-9_-]{43}$/;

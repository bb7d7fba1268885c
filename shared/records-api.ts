/** The endpoints of the records: making, arranging, forking and deleting sessions; the audit and the check of its chains. */
import * as z from 'zod';
import { Action, Sha256 } from './action.ts';
import { command, endpoint, none } from './endpoint.ts';
import { Actor } from './event.ts';
import { MessageId, SessionId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { Verdict } from './verdict.ts';

/** Where a search found its words: the newest event of a session that has them, and the words around. */
export const SearchMatch = z.object({
  seq: z.int(),
  /** The type of the event. */
  type: z.string(),
  text: z.string(),
  /** What to mark in `text`, in UTF-16 units. */
  spans: z.array(z.object({ from: z.int(), to: z.int() })),
});
export type SearchMatch = z.infer<typeof SearchMatch>;

/** What a check of all chains found. */
export const Verified = z.object({
  whole: z.boolean(),
  broken: z
    .object({
      /** Empty where it can be told of no chain. */
      chain: z.string(),
      /** Of the first event that does not stand as it was sealed. */
      seq: z.int(),
      chainSeq: z.int(),
      how: z.enum(['edited', 'removed', 'reordered', 'truncated']),
      why: z.string(),
    })
    .nullable(),
  events: z.int(),
  chains: z.int(),
  /** Events whose content was deleted. */
  tombstones: z.int(),
  heads: z.object({
    count: z.int(),
    /** Signed with a key that was not given. */
    foreign: z.int(),
    last: z.object({ seq: z.int(), at: z.string(), key: Sha256 }).nullable(),
  }),
  /** Events after the last signed head. */
  unsealed: z.int(),
});
export type Verified = z.infer<typeof Verified>;

/** An event on one line: its envelope, and what the policy and the person said of its action. */
export const AuditRow = z.object({
  seq: z.int(),
  at: z.string(),
  /** The session's id, or `workspace`. */
  chain: z.string(),
  /** Of the session; empty for the workspace, and for a session that was deleted. */
  session: z.string(),
  actor: Actor,
  type: z.string(),
  title: z.string(),
  /** Of the policy for what was proposed, of the person for what was answered; empty where none belongs to it. */
  decision: z.enum(['', 'allow', 'prompt', 'deny']),
  /** The kind of the action. */
  effect: z.string(),
  rules: z.array(z.string()),
});
export type AuditRow = z.infer<typeof AuditRow>;

const YesNo = z.enum(['true', 'false']);

/** `redact`: secrets and personal data are masked. `full`: the bytes of changed files come along; not with `redact`. */
const exportQuery = z.object({ redact: YesNo.optional(), full: YesNo.optional() });

export const RECORDS_API = {
  createSession: endpoint({
    method: 'POST',
    path: '/api/sessions',
    status: 201,
    query: none,
    body: z.object({ ...command, title: z.string().trim().min(1).max(LIMITS.titleChars.value).optional() }),
    response: z.object({ id: SessionId }),
  }),
  patchSession: endpoint({
    method: 'PATCH',
    path: '/api/sessions/:id',
    status: 200,
    query: none,
    body: z.object({
      ...command,
      title: z.string().trim().min(1).max(LIMITS.titleChars.value).optional(),
      pinned: z.boolean().optional(),
      archived: z.boolean().optional(),
    }),
    response: z.object({ ok: z.literal(true) }),
  }),
  deleteSession: endpoint({
    method: 'DELETE',
    path: '/api/sessions/:id',
    status: 202,
    query: none,
    body: z.object(command),
    response: z.object({ until: z.iso.datetime() }),
  }),
  restoreSession: endpoint({
    method: 'POST',
    path: '/api/sessions/:id/restore',
    status: 200,
    query: none,
    body: z.object(command),
    response: z.object({ ok: z.literal(true) }),
  }),
  forkSession: endpoint({
    method: 'POST',
    path: '/api/sessions/:id/fork',
    status: 201,
    query: none,
    /** Without a message, all of it is copied. */
    body: z.object({ ...command, messageId: MessageId.optional() }),
    response: z.object({ id: SessionId }),
  }),
  /**
   * `filter`: words like `who:user what:approval. decision:deny effect:edit rule:ID session:ID`; all of them must hold. `who` is the
   * beginning of an actor, `what` that of a type; what has no colon is looked for in the line.
   */
  audit: endpoint({
    method: 'GET',
    path: '/api/audit',
    status: 200,
    query: z.object({
      /** Rising, from the first one above it. */
      after: z.coerce.number().int().min(0).optional(),
      /** Falling, from the first one below it; without either, from the newest. */
      before: z.coerce.number().int().min(1).optional(),
      filter: z.string().max(LIMITS.auditFilterChars.value).optional(),
    }),
    body: none,
    response: z.object({
      rows: z.array(AuditRow),
      /** Where the next page goes on, as `after` or `before`; null where there is none. */
      next: z.int().nullable(),
    }),
  }),
  auditEvent: endpoint({
    method: 'GET',
    path: '/api/audit/event',
    status: 200,
    query: z.object({ seq: z.coerce.number().int().min(1) }),
    body: none,
    response: z.object({
      /** Whole, as the stream sends it; its data is null where it was deleted. */
      event: z.unknown(),
      /** What was proposed, of an event that belongs to an action. */
      proposed: z.object({ seq: z.int(), action: Action, digest: Sha256, verdict: Verdict }).nullable(),
    }),
  }),
  auditVerify: endpoint({
    method: 'GET',
    path: '/api/audit/verify',
    status: 200,
    query: none,
    body: none,
    response: Verified,
  }),
  exportMarkdown: endpoint({
    method: 'GET',
    path: '/api/sessions/:id/export.md',
    status: 200,
    query: exportQuery,
    body: none,
    response: z.unknown(),
  }),
  exportJson: endpoint({
    method: 'GET',
    path: '/api/sessions/:id/export.json',
    status: 200,
    query: exportQuery,
    body: none,
    response: z.unknown(),
  }),
  exportHtml: endpoint({
    method: 'GET',
    path: '/api/sessions/:id/export.html',
    status: 200,
    query: exportQuery,
    body: none,
    response: z.unknown(),
  }),
} as const;

/** One entry for each endpoint: its method, its path, what it takes and what it answers. */
import * as z from 'zod';
import { Action, CommandAction, EditAction, RelPath, Sha256 } from './action.ts';
import { Change, CHANGES_API } from './changes-api.ts';
import { command, endpoint, none } from './endpoint.ts';
import { AnswerKind, CommandTail, LiveState } from './event.ts';
import { GrantWish } from './grant.ts';
import { ActionId, ApprovalId, LoginId, SessionId, TurnId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { Usage } from './message.ts';
import { POLICY_API } from './policy-api.ts';
import { RECORDS_API, SearchMatch } from './records-api.ts';
import { NetworkMode, SandboxStatus } from './sandbox.ts';
import { SHARE_API } from './share-api.ts';
import { TERMINAL_API } from './terminal-api.ts';
import { TrustReport } from './trust.ts';
import { Mode, Verdict } from './verdict.ts';

/** The body of every error. `hint` says what to do next, where there is something to do. */
export const ApiError = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
});
export type ApiError = z.infer<typeof ApiError>;

const text = (limit: number) => z.string().max(limit);

export const SessionInfo = z.object({
  id: SessionId,
  title: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  /** `waiting`: a request of it waits for a person. */
  state: z.enum(['rested', 'running', 'waiting']),
  waiting: z.int(),
  lastTurn: z.enum(['none', 'completed', 'failed', 'interrupted']),
  pinned: z.boolean(),
  archived: z.boolean(),
  forkedFrom: SessionId.nullable(),
});
export type SessionInfo = z.infer<typeof SessionInfo>;

/** `match` is null where no search was asked for, or where the words stand in the title alone. */
export const ListedSession = SessionInfo.extend({ match: SearchMatch.nullable() });
export type ListedSession = z.infer<typeof ListedSession>;

export const PendingApproval = z.object({
  id: ApprovalId,
  digest: Sha256,
  /** Null for what the person themselves asked for, outside of any session. */
  session: SessionId.nullable(),
  turn: TurnId.nullable(),
  action: Action,
  verdict: Verdict,
  answers: z.array(AnswerKind),
  expiresAt: z.string(),
  requestedAt: z.string(),
});
export type PendingApproval = z.infer<typeof PendingApproval>;

export const Workspace = z.object({
  path: z.string(),
  /** The path as a person would write it, with `~` for their home. */
  shownPath: z.string(),
  name: z.string(),
  branch: z.string(),
  /** `changed`: files that were trusted as they stood and stand otherwise now; `bound`: those that a change of is one of trust. */
  trust: z.object({
    trusted: z.boolean(),
    reason: z.string(),
    changed: z.array(RelPath),
    bound: z.array(RelPath),
  }),
  sandbox: SandboxStatus,
  /** What commands get where no approval says otherwise. */
  network: NetworkMode,
  mode: Mode,
  modes: z.array(z.object({ mode: Mode, available: z.boolean(), why: z.string() })),
  provider: z.object({
    name: z.string(),
    kind: z.enum(['anthropic', 'openai', 'scripted']),
    model: z.string(),
    note: z.string(),
    contextTokens: z.int(),
  }),
  models: z.array(z.object({ provider: z.string(), model: z.string() })),
  /** Files read as instructions, and whether they are in force. */
  instructions: z.array(z.object({ path: RelPath, bytes: z.int(), inForce: z.boolean(), why: z.string() })),
  tools: z.array(z.string()),
  absentTools: z.array(z.object({ name: z.string(), why: z.string() })),
  version: z.string(),
  login: z.string(),
});
export type Workspace = z.infer<typeof Workspace>;

export const FileEntry = z.object({
  name: z.string(),
  path: RelPath,
  kind: z.enum(['file', 'directory', 'link', 'other']),
  size: z.int(),
  git: z.enum(['clean', 'modified', 'added', 'ignored', 'none']),
  protected: z.boolean(),
  sensitive: z.boolean(),
});
export type FileEntry = z.infer<typeof FileEntry>;

export const FileView = z.object({
  path: RelPath,
  size: z.int(),
  mode: z.int(),
  /** Empty where the file was too large to be read whole. */
  sha256: z.string(),
  /** The text is whole and exact, a byte order mark and all, unless it is truncated: saving it gives the same bytes. */
  content: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('text'), text: z.string(), truncated: z.boolean() }),
    z.object({ kind: z.literal('binary') }),
  ]),
  lineEnding: z.enum(['lf', 'crlf', 'mixed', 'none']),
  bom: z.boolean(),
  finalNewline: z.boolean(),
  protected: z.boolean(),
  sensitive: z.boolean(),
});
export type FileView = z.infer<typeof FileView>;

export const TextMatch = z.object({ path: RelPath, line: z.int(), column: z.int(), text: z.string() });
export type TextMatch = z.infer<typeof TextMatch>;

/** An answer to an approval: always with the digest of the bytes that the person saw. */
export const ApprovalAnswer = z.discriminatedUnion('answer', [
  z.object({ ...command, digest: Sha256, answer: z.literal('allow-once') }),
  z.object({ ...command, digest: Sha256, answer: z.literal('allow-session') }),
  /** Lets it run, and whatever else fits the rule until its end. `ruleDigest` is that of the rule as it was shown. */
  z.object({ ...command, digest: Sha256, answer: z.literal('allow-rule'), rule: GrantWish, ruleDigest: Sha256 }),
  z.object({
    ...command,
    digest: Sha256,
    answer: z.literal('allow-hunks'),
    /** By path, the ids of the hunks to land; a path left out lands nothing. */
    hunks: z.record(z.string(), z.array(z.string())),
    /** What the agent is told of the rest. */
    reason: text(LIMITS.reasonChars.value).optional(),
  }),
  /** The request's command with another script, and nothing else changed; `digest` is that of the request. */
  z.object({ ...command, digest: Sha256, answer: z.literal('edit'), action: CommandAction }),
  z.object({ ...command, digest: Sha256, answer: z.literal('reply'), text: text(LIMITS.reasonChars.value) }),
  z.object({
    ...command,
    digest: Sha256,
    answer: z.literal('deny'),
    reason: text(LIMITS.reasonChars.value).optional(),
  }),
  z.object({ ...command, digest: Sha256, answer: z.literal('stop') }),
]);
export type ApprovalAnswer = z.infer<typeof ApprovalAnswer>;

/** A page of what an ended command printed. Text, with colours and carriage returns; what is no UTF-8 stands as U+FFFD. */
export const CommandOutput = z.object({
  /** Bytes that it printed. */
  printed: z.int(),
  /** Bytes that are kept, its first ones. */
  kept: z.int(),
  from: z.int(),
  text: z.string(),
  /** Where the following page begins; null at the end of what is kept. */
  next: z.int().nullable(),
});
export type CommandOutput = z.infer<typeof CommandOutput>;

/** What a session's page starts from. Its events, and those of the stream with a higher seq, fold to the same view. */
const snapshot = z.object({
  seq: z.int(),
  session: SessionInfo,
  events: z.array(z.unknown()),
  /** True where older events stand before the window: ask with `?before=` the first seq. */
  more: z.boolean(),
  pendingApprovals: z.array(PendingApproval),
  changes: z.array(Change),
  usage: Usage,
  live: LiveState.nullable(),
  /** What the commands that run have printed so far. */
  outputs: z.array(CommandTail),
});

export const API = {
  login: endpoint({
    method: 'POST',
    path: '/api/login',
    status: 200,
    query: none,
    body: z.object({ code: z.string().min(1).max(200) }),
    response: z.object({ token: z.string(), login: LoginId }),
  }),
  logout: endpoint({
    method: 'POST',
    path: '/api/logout',
    status: 200,
    query: none,
    body: z.object(command),
    response: z.object({ ok: z.literal(true) }),
  }),
  workspace: endpoint({
    method: 'GET',
    path: '/api/workspace',
    status: 200,
    query: none,
    body: none,
    response: Workspace,
  }),
  patchWorkspace: endpoint({
    method: 'PATCH',
    path: '/api/workspace',
    status: 200,
    query: none,
    body: z.object({ ...command, mode: Mode.optional(), model: z.string().optional() }),
    response: z.object({ ok: z.literal(true) }),
  }),
  trust: endpoint({ method: 'GET', path: '/api/trust', status: 200, query: none, body: none, response: TrustReport }),
  giveTrust: endpoint({
    method: 'POST',
    path: '/api/trust',
    status: 200,
    query: none,
    body: z.object({ ...command, digest: Sha256 }),
    response: z.object({ ok: z.literal(true) }),
  }),
  sessions: endpoint({
    method: 'GET',
    path: '/api/sessions',
    status: 200,
    query: z.object({
      query: z.string().max(200).optional(),
      cursor: z.string().max(100).optional(),
      /** Without a query: those that were archived, in place of the others. A search finds both. */
      archived: z.enum(['true', 'false']).optional(),
    }),
    body: none,
    response: z.object({ sessions: z.array(ListedSession), next: z.string().nullable() }),
  }),
  session: endpoint({
    method: 'GET',
    path: '/api/sessions/:id',
    status: 200,
    query: z.object({ before: z.coerce.number().int().min(1).optional() }),
    body: none,
    response: snapshot,
  }),
  commandOutput: endpoint({
    method: 'GET',
    path: '/api/sessions/:id/output',
    status: 200,
    query: z.object({ action: ActionId, from: z.coerce.number().int().min(0).default(0) }),
    body: none,
    response: CommandOutput,
  }),
  ...RECORDS_API,
  ...POLICY_API,
  sendMessage: endpoint({
    method: 'POST',
    path: '/api/sessions/:id/messages',
    status: 202,
    query: none,
    body: z.object({
      ...command,
      text: z.string().trim().min(1).max(LIMITS.messageChars.value),
      attachments: z
        .array(z.object({ path: RelPath }))
        .max(20)
        .optional(),
    }),
    response: z.object({ turnId: TurnId }),
  }),
  abort: endpoint({
    method: 'POST',
    path: '/api/sessions/:id/abort',
    status: 202,
    query: none,
    body: z.object(command),
    response: z.object({ ok: z.literal(true) }),
  }),
  events: endpoint({
    method: 'GET',
    path: '/api/events',
    status: 200,
    query: z.object({ sessions: z.string().optional(), after: z.string().optional() }),
    body: none,
    response: z.unknown(),
  }),
  approvals: endpoint({
    method: 'GET',
    path: '/api/approvals',
    status: 200,
    query: none,
    body: none,
    response: z.object({ approvals: z.array(PendingApproval) }),
  }),
  answer: endpoint({
    method: 'POST',
    path: '/api/approvals/:id',
    status: 202,
    query: none,
    body: ApprovalAnswer,
    response: z.object({ ok: z.literal(true) }),
  }),
  /** The exact effect of landing some hunks: what `allow-hunks` must carry the digest of. */
  previewHunks: endpoint({
    method: 'POST',
    path: '/api/approvals/:id/preview',
    status: 200,
    query: none,
    body: z.object({ hunks: z.record(z.string(), z.array(z.string())) }),
    response: z.object({ digest: Sha256, action: EditAction }),
  }),
  files: endpoint({
    method: 'GET',
    path: '/api/files',
    status: 200,
    query: z.object({ path: z.string().optional() }),
    body: none,
    response: z.object({ path: RelPath, entries: z.array(FileEntry), left: z.int() }),
  }),
  file: endpoint({
    method: 'GET',
    path: '/api/file',
    status: 200,
    query: z.object({ path: z.string() }),
    body: none,
    response: FileView,
  }),
  putFile: endpoint({
    method: 'PUT',
    path: '/api/file',
    status: 200,
    query: none,
    /** `expectedSha256` is that of the file the person edited; null where it must not exist yet. */
    body: z.object({ path: z.string(), content: z.string(), expectedSha256: Sha256.nullable() }),
    response: z.object({ sha256: Sha256 }),
  }),
  searchFiles: endpoint({
    method: 'GET',
    path: '/api/search/files',
    status: 200,
    query: z.object({ q: z.string() }),
    body: none,
    response: z.object({ paths: z.array(RelPath), truncated: z.boolean() }),
  }),
  searchText: endpoint({
    method: 'GET',
    path: '/api/search/text',
    status: 200,
    query: z.object({ q: z.string() }),
    body: none,
    response: z.object({ matches: z.array(TextMatch), truncated: z.boolean() }),
  }),
  ...CHANGES_API,
  ...TERMINAL_API,
  ...SHARE_API,
} as const;

export type ApiName = keyof typeof API;
export type Body<N extends ApiName> = z.input<(typeof API)[N]['body']>;
export type Query<N extends ApiName> = z.input<(typeof API)[N]['query']>;
export type Response<N extends ApiName> = z.infer<(typeof API)[N]['response']>;

/** What happened: durable events, numbered and chained; and live ones, which may be lost. */
import * as z from 'zod';
import { Action, FileState, Outcome, RelPath, Reverted, Sha256 } from './action.ts';
import { GRANT_EVENTS } from './grant-events.ts';
import { ActionId, ApprovalId, CallId, EventId, MessageId, SessionId, TurnId } from './ids.ts';
import { AssistantPart, PlanStep, StopReason, TextPart, ToolCallPart, Usage } from './message.ts';
import { RECORD_EVENTS } from './record-events.ts';
import { GitMode, NetworkMode, SandboxStatus, SandboxTier } from './sandbox.ts';
import { SHARE_EVENTS } from './share-events.ts';
import { TERMINAL_EVENTS } from './terminal-events.ts';
import { Mode, Verdict } from './verdict.ts';

export const AnswerKind = z.enum([
  'allow-once',
  'allow-session',
  'allow-rule',
  'allow-hunks',
  'edit',
  'reply',
  'deny',
  'stop',
]);
export type AnswerKind = z.infer<typeof AnswerKind>;

/** The data of each durable event, by its type. A type that `docs/events.md` does not list fails a test. */
export const EVENT_DATA = {
  ...RECORD_EVENTS,

  'turn.started': z.object({
    messageId: MessageId,
    provider: z.string(),
    model: z.string(),
    mode: Mode,
    /** Hash of the rules in force, as `policy.loaded` has it; turns of earlier versions name none. */
    policy: Sha256.optional(),
  }),
  'turn.completed': z.object({ steps: z.int(), toolCalls: z.int(), stop: StopReason }),
  'turn.failed': z.object({ code: z.string(), message: z.string(), hint: z.string() }),
  'turn.interrupted': z.object({ by: z.enum(['person', 'restart', 'limit']), message: z.string() }),

  'message.user': z.object({ messageId: MessageId, text: z.string(), delivery: z.enum(['start', 'steer']) }),
  /** `at` is the place among the parts of the answer, reasoning counted. */
  'message.reasoning': z.object({
    messageId: MessageId,
    at: z.int(),
    text: z.string(),
    opaque: z.object({ provider: z.string(), data: z.string(), redacted: z.boolean() }).nullable(),
  }),
  'message.assistant': z.object({
    messageId: MessageId,
    provider: z.string(),
    model: z.string(),
    parts: z.array(z.discriminatedUnion('type', [TextPart, ToolCallPart])),
    stop: StopReason,
  }),
  'plan.updated': z.object({ steps: z.array(PlanStep) }),

  'tool.called': z.object({ callId: CallId, messageId: MessageId, name: z.string() }),
  'tool.answered': z.object({ callId: CallId, isError: z.boolean(), content: z.string(), truncated: z.boolean() }),

  'action.proposed': z.object({
    actionId: ActionId,
    callId: CallId.nullable(),
    action: Action,
    digest: Sha256,
    verdict: Verdict,
  }),
  'action.denied': z.object({
    actionId: ActionId,
    by: z.enum(['policy', 'person', 'expiry', 'stop', 'changed']),
    message: z.string(),
  }),
  'action.finished': z.object({ actionId: ActionId, digest: Sha256, outcome: Outcome }),
  'approval.requested': z.object({
    approvalId: ApprovalId,
    actionId: ActionId,
    action: Action,
    digest: Sha256,
    verdict: Verdict,
    answers: z.array(AnswerKind),
    expiresAt: z.iso.datetime(),
  }),
  /** `digest` is what the person saw; `effective` what was let through (another where hunks were left out). */
  'approval.resolved': z.object({
    approvalId: ApprovalId,
    actionId: ActionId,
    answer: AnswerKind,
    digest: Sha256,
    effective: Sha256,
    action: Action.nullable(),
    text: z.string(),
  }),
  ...GRANT_EVENTS,
  ...SHARE_EVENTS,
  'approval.expired': z.object({
    approvalId: ApprovalId,
    actionId: ActionId,
    why: z.enum(['time', 'restart', 'stop', 'withdrawn']),
    message: z.string(),
  }),
  'file.changed': z.object({
    actionId: ActionId,
    op: z.enum(['create', 'modify', 'delete', 'move']),
    path: RelPath,
    from: RelPath,
    before: FileState,
    after: FileState,
    added: z.int(),
    removed: z.int(),
    /** What the person took back with it; left out of every other change. */
    reverts: Reverted.optional(),
  }),

  'command.started': z.object({
    actionId: ActionId,
    argv: z.array(z.string()),
    cwd: RelPath,
    /** Names only: values may be secret. */
    envNames: z.array(z.string()),
    /** SHA-256 of the canonical sandbox policy that was in force. */
    policy: Sha256,
    tier: SandboxTier,
    layers: SandboxStatus.shape.layers,
    network: NetworkMode,
    git: GitMode,
    background: z.boolean(),
  }),
  'command.finished': z.object({
    actionId: ActionId,
    code: z.int().nullable(),
    signal: z.string(),
    timedOut: z.boolean(),
    durationMs: z.int(),
    bytes: z.int(),
    truncated: z.boolean(),
    /** What it may not see or change and was replaced outside, so that it was ended; relative to the workspace. Mostly empty. */
    uncovered: z.string(),
    /** It ended with the server, and nobody saw how: the other facts are not known. */
    lost: z.boolean(),
    /** Hash of what is kept of its output, its first bytes; empty where it printed nothing, or what must not be shown. */
    output: z.string(),
    /** What the scan after the command found that a program outside could run by itself; each was put out of its reach. */
    findings: z.array(z.object({ path: RelPath, why: z.string() })),
  }),

  /**
   * A command asked for a host, and was let through or not. Of what goes there no path, no query and no header is kept. `host` is
   * what was asked for where it is no host that is known, and `port` 0 where none could be read.
   */
  'network.requested': z.object({
    actionId: ActionId,
    /** Counts from 1 in one command. */
    request: z.int(),
    host: z.string(),
    port: z.int(),
    method: z.string(),
    decision: z.enum(['allow', 'deny']),
    rule: z.string(),
    why: z.string(),
    /** That was found for it and is connected to, or refused; empty where none was looked for. */
    address: z.string(),
  }),
  'network.ended': z.object({
    actionId: ActionId,
    request: z.int(),
    /** From the command, with the heads of messages. */
    bytesUp: z.int(),
    bytesDown: z.int(),
    durationMs: z.int(),
    /** What cut it short; empty where either side ended it. */
    why: z.string(),
  }),

  ...TERMINAL_EVENTS,

  'provider.requested': z.object({
    provider: z.string(),
    model: z.string(),
    attempt: z.int(),
    messages: z.int(),
    chars: z.int(),
  }),
  'provider.failed': z.object({
    provider: z.string(),
    model: z.string(),
    attempt: z.int(),
    code: z.string(),
    message: z.string(),
    /** Milliseconds until the next try; null when there is none. */
    retryInMs: z.int().nullable(),
  }),
  'usage.recorded': z.object({ provider: z.string(), model: z.string(), usage: Usage }),

  'server.started': z.object({ version: z.string(), pid: z.int(), provider: z.string(), model: z.string() }),
  'sandbox.probed': SandboxStatus,
  'mode.changed': z.object({ mode: Mode }),
  'model.changed': z.object({ provider: z.string(), model: z.string() }),
  'trust.granted': z.object({ digest: Sha256, files: z.array(z.object({ path: RelPath, sha256: Sha256 })) }),
  /** A person let a change of trusted files through: as they stand now they are trusted. */
  'trust.changed': z.object({
    actionId: ActionId,
    files: z.array(z.object({ path: RelPath, sha256: Sha256 })),
  }),
  'trust.revoked': z.object({ why: z.string() }),
  /** The rules that are in force from here on. `policy`: SHA-256 of what they say, wherever they stand. */
  'policy.loaded': z.object({ policy: Sha256, rules: z.int(), trusted: z.boolean(), loosestMode: Mode }),
} as const;

export type EventType = keyof typeof EVENT_DATA;
export type EventData<T extends EventType> = z.infer<(typeof EVENT_DATA)[T]>;

/** `user:<os user>/<login>`, `agent:<model>` or `system`. */
export const Actor = z.string().regex(/^(user:[^/\n]+\/[^/\n]+|agent:[^\n]+|system)$/);
export type Actor = z.infer<typeof Actor>;

export const Envelope = z.object({
  v: z.literal(1),
  /** Global and rising in one workspace: the id of the stream. */
  seq: z.int().min(1),
  id: EventId,
  /** RFC 3339, UTC, to the microsecond. */
  at: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
  /** The session's id, or `workspace` for what belongs to none. */
  chain: z.union([SessionId, z.literal('workspace')]),
  chainSeq: z.int().min(1),
  turn: TurnId.nullable(),
  actor: Actor,
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  prev: Sha256,
  hash: Sha256,
});
export type Envelope = z.infer<typeof Envelope>;

type EventOf<T extends EventType> = T extends EventType ? Envelope & { type: T; data: EventData<T> } : never;
export type SessionEvent = EventOf<EventType>;

/** Parses an event whole: the envelope, and its data by its type. */
export const SessionEvent = Envelope.extend({ type: z.string(), data: z.unknown() }).transform(
  (raw, ctx): SessionEvent => {
    const schema = Object.hasOwn(EVENT_DATA, raw.type) ? EVENT_DATA[raw.type as EventType] : undefined;
    const data = schema?.safeParse(raw.data);
    if (!data?.success) {
      ctx.addIssue({
        code: 'custom',
        message: `not an event of type ${raw.type}: ${data?.error.message ?? 'unknown'}`,
      });
      return z.NEVER;
    }
    // The type picked the schema that the data has just passed; TypeScript cannot tie the two.
    return { ...raw, data: data.data } as SessionEvent;
  },
);

/** An event before the log has numbered and chained it. */
export type NewEvent = {
  [T in EventType]: {
    type: T;
    data: EventData<T>;
    session: SessionId | null;
    turn: TurnId | null;
    actor: Actor;
  };
}[EventType];

/** The newest of what a command printed, as a terminal gets it: with colours and carriage returns. */
export const LiveOutput = z.object({
  text: z.string(),
  /** Something before or in the text is left out. */
  cut: z.boolean(),
  /** Where the last piece began; -1 before the first. */
  last: z.int(),
  /** Bytes up to its end. */
  end: z.int(),
});
export type LiveOutput = z.infer<typeof LiveOutput>;

/** All that is held of what a command prints that runs: told to who comes late, and followed by further pieces. */
export const CommandTail = z.object({
  type: z.literal('command.tail'),
  session: SessionId,
  callId: CallId,
  actionId: ActionId,
  output: LiveOutput,
});
export type CommandTail = z.infer<typeof CommandTail>;

/**
 * Never stored, and may be lost. `offset` counts UTF-16 units of the text so far, so that a reader can tell a gap and ask for
 * the snapshot again. `message.reset`: the stream was cut and is asked for anew; what was shown of this message goes.
 */
export const LiveEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('text.delta'),
    session: SessionId,
    messageId: MessageId,
    offset: z.int(),
    text: z.string(),
  }),
  z.object({
    type: z.literal('reasoning.delta'),
    session: SessionId,
    messageId: MessageId,
    offset: z.int(),
    text: z.string(),
  }),
  z.object({
    type: z.literal('call.delta'),
    session: SessionId,
    messageId: MessageId,
    callId: CallId,
    name: z.string(),
    bytes: z.int(),
  }),
  /** `offset` counts bytes of the output so far; `text` is UTF-8, what is not stands as U+FFFD. */
  z.object({
    type: z.literal('command.output'),
    session: SessionId,
    callId: CallId,
    actionId: ActionId,
    offset: z.int(),
    text: z.string(),
  }),
  CommandTail,
  z.object({ type: z.literal('message.reset'), session: SessionId, messageId: MessageId }),
  z.object({ type: z.literal('workspace.changed') }),
  z.object({ type: z.literal('shares.changed') }),
]);
export type LiveEvent = z.infer<typeof LiveEvent>;

/** What is in flight in a session, for who comes late. */
export const LiveState = z.object({
  messageId: MessageId,
  text: z.string(),
  reasoning: z.string(),
  calls: z.array(z.object({ callId: CallId, name: z.string(), bytes: z.int() })),
});
export type LiveState = z.infer<typeof LiveState>;

export type { AssistantPart };

/** The shapes that the docs call by name, each explained once in docs/shapes.md. */
import {
  Action,
  Diff,
  EditAction,
  FileChange,
  FileState,
  Hunk,
  Outcome,
  ReadAction,
  RelPath,
  Sha256,
} from '../../shared/action.ts';
import { CommandAction, ConnectAction, QuestionAction, TaskAction } from '../../shared/action.ts';
import {
  ApiError,
  ApprovalAnswer,
  CommandOutput,
  FileEntry,
  FileView,
  ListedSession,
  PendingApproval,
  SessionInfo,
} from '../../shared/api.ts';
import { Change, ChangedPart, ChangingTurn, Clash, PastRevert, RevertFile } from '../../shared/changes-api.ts';
import { TextMatch, Workspace } from '../../shared/api.ts';
import { TrustFile, TrustReport } from '../../shared/trust.ts';
import { AnswerKind, CommandTail, LiveState } from '../../shared/event.ts';
import {
  ActionId,
  ApprovalId,
  CallId,
  CommandId,
  EventId,
  LoginId,
  MessageId,
  SessionId,
  TurnId,
} from '../../shared/ids.ts';
import { AuditRow, SearchMatch, Verified } from '../../shared/records-api.ts';
import { PlanStep, StopReason, TextPart, ToolArgs, ToolCallPart, Usage } from '../../shared/message.ts';
import { GitMode, NetworkMode, SandboxLimits, SandboxStatus, SandboxTier } from '../../shared/sandbox.ts';
import { About, Decision, Layer, Mode, Reason, Verdict } from '../../shared/verdict.ts';
import type * as z from 'zod';

/** Each with what it is, in words. Those with fields are listed in docs/shapes.md with them. */
export const SHAPES: Record<string, { schema: z.core.$ZodType; says: string }> = {
  Action: { schema: Action, says: 'all of what would happen, as one of the six that follow' },
  ReadAction: { schema: ReadAction, says: 'a look at the workspace that changes nothing' },
  EditAction: { schema: EditAction, says: 'files that would be made, changed, moved or removed, as one' },
  QuestionAction: { schema: QuestionAction, says: 'a question to the person' },
  CommandAction: { schema: CommandAction, says: 'a command that would run in the sandbox' },
  TaskAction: { schema: TaskAction, says: 'a look at a command in the background, or its end' },
  ConnectAction: { schema: ConnectAction, says: 'a host that a command that runs wants to reach' },
  CommandOutput: { schema: CommandOutput, says: 'a page of what an ended command printed' },
  CommandTail: { schema: CommandTail, says: 'what a running command has printed so far, the newest of it' },
  SandboxLimits: { schema: SandboxLimits, says: 'the bounds of one confined command' },
  SandboxStatus: {
    schema: SandboxStatus,
    says: 'what confines commands here, what of it is missing, and what was tried',
  },
  SandboxTier: {
    schema: SandboxTier,
    says: '`full`: our own namespaces, Landlock and seccomp; `assisted`: another program makes the namespaces; `partial`: that program and seccomp, without Landlock; `none`: no command runs',
  },
  NetworkMode: { schema: NetworkMode, says: 'what of the network a command gets' },
  GitMode: { schema: GitMode, says: "how far a command may write in git's own folder" },
  FileChange: {
    schema: FileChange,
    says: 'one file of an edit: what stands there, what shall stand there, and the difference',
  },
  FileState: {
    schema: FileState,
    says: 'what stands under a name: nothing, or a file of this hash, size and mode bits',
  },
  Diff: { schema: Diff, says: 'the difference as hunks of text, or why there is none to show' },
  Hunk: { schema: Hunk, says: 'a hunk of a unified diff; its lines begin with a space, `+`, `-` or a backslash' },
  Outcome: { schema: Outcome, says: 'what did happen' },
  Verdict: { schema: Verdict, says: 'what the policy says of an action, with every rule that spoke' },
  Reason: { schema: Reason, says: 'one rule that spoke: where it stands, what it decides and why' },
  About: { schema: About, says: 'the path that a rule spoke of, and what the policy calls it' },
  Decision: { schema: Decision, says: 'rising in strictness' },
  Layer: { schema: Layer, says: 'where a rule stands, strongest first' },
  Mode: { schema: Mode, says: 'how much runs without a question' },
  AnswerKind: { schema: AnswerKind, says: 'the answers that a request may offer' },
  ApprovalAnswer: { schema: ApprovalAnswer, says: 'an answer, with the digest of what the person saw' },
  PendingApproval: { schema: PendingApproval, says: 'a request that waits for a person' },
  SessionInfo: { schema: SessionInfo, says: 'a session and where it stands' },
  ListedSession: { schema: ListedSession, says: 'the same in a list, with where a search found its words' },
  SearchMatch: {
    schema: SearchMatch,
    says: 'the newest event of a session that holds the words, and the words around',
  },
  AuditRow: { schema: AuditRow, says: 'an event on one line' },
  Verified: { schema: Verified, says: 'what a check of the chains found' },
  Workspace: { schema: Workspace, says: 'the truth of the header: trust, sandbox, mode, model' },
  TrustReport: { schema: TrustReport, says: 'what trust would be given to' },
  TrustFile: { schema: TrustFile, says: 'a file that could steer the agent or run something' },
  Change: { schema: Change, says: "a file's way from before the session, or the turn, to now" },
  ChangingTurn: { schema: ChangingTurn, says: 'a turn that changed files, and the beginning of its message' },
  PastRevert: { schema: PastRevert, says: 'a revert that the person made' },
  ChangedPart: { schema: ChangedPart, says: 'changes of a file that nobody else changed in between' },
  RevertFile: { schema: RevertFile, says: 'what a revert does to one file, or why it leaves it alone' },
  Clash: { schema: Clash, says: 'lines that were changed again after the agent: before it, by it, and now' },
  FileEntry: { schema: FileEntry, says: 'a name in a listing' },
  FileView: { schema: FileView, says: 'a file as the page shows it' },
  TextMatch: { schema: TextMatch, says: 'a line that a search found' },
  LiveState: { schema: LiveState, says: 'what is in flight in a session' },
  PlanStep: { schema: PlanStep, says: "a step of the agent's plan" },
  StopReason: { schema: StopReason, says: 'why the model stopped' },
  TextPart: { schema: TextPart, says: 'prose of a message' },
  ToolCallPart: { schema: ToolCallPart, says: 'a tool call as the model made it' },
  ToolArgs: { schema: ToolArgs, says: 'the arguments, parsed; or the text that could not be parsed, and why' },
  Usage: { schema: Usage, says: 'tokens as the provider counted them' },
  ApiError: { schema: ApiError, says: 'the body of every error' },
};

/** Short texts of a fixed form. */
const TEXTS: [schema: z.core.$ZodType, name: string][] = [
  [Sha256, 'SHA-256'],
  [RelPath, 'path'],
  [SessionId, 'session id'],
  [TurnId, 'turn id'],
  [MessageId, 'message id'],
  [ActionId, 'action id'],
  [ApprovalId, 'approval id'],
  [EventId, 'event id'],
  [LoginId, 'login id'],
  [CallId, 'call id'],
  [CommandId, 'UUID'],
];

export const NAMES: ReadonlyMap<z.core.$ZodType, string> = new Map([
  ...TEXTS,
  ...Object.entries(SHAPES).map(([name, { schema }]): [z.core.$ZodType, string] => [schema, name]),
]);

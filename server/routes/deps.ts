/** What the routes are given by `serve.ts`: one object, made once. */
import type { ApprovalAnswer, CommandOutput, PendingApproval, SessionInfo, Workspace } from '../../shared/api.ts';
import type { Change, LedgerWish, RevertWish } from '../../shared/changes-api.ts';
import type { TrustReport } from '../../shared/trust.ts';
import type { EditAction } from '../../shared/action.ts';
import type { Actor, CommandTail, LiveState } from '../../shared/event.ts';
import type { Grant, GrantWish } from '../../shared/grant.ts';
import type { ActionId, ApprovalId, GrantId, MessageId, SessionId, TerminalId, TurnId } from '../../shared/ids.ts';
import type { ExportFormat } from '../../shared/receipt.ts';
import type { Usage } from '../../shared/message.ts';
import type { TerminalDown, TerminalList, TerminalPlace, TerminalSize } from '../../shared/terminal.ts';
import type { Checked, PolicyReport, RulePreview, Simulated } from '../../shared/policy-api.ts';
import type { Mode } from '../../shared/verdict.ts';
import type { Verified } from '../../shared/records-api.ts';
import type { AuditReads } from '../store/audit.ts';
import type { Bus } from '../store/bus.ts';
import type { Commands } from '../store/commands.ts';
import type { EventLog } from '../store/log.ts';
import type { Listed, ListOptions } from '../store/session-list.ts';
import type { SessionWish } from '../store/session-writes.ts';
import type { Trash } from '../store/trash.ts';
import type { Shares } from '../share/shares.ts';

export interface Deps {
  workspace: WorkspacePort;
  log: EventLog;
  bus: Bus;
  commands: Commands;
  sessions: SessionsPort;
  trash: Pick<Trash, 'put' | 'restore'>;
  audit: AuditPort;
  agent: AgentPort;
  approvals: ApprovalsPort;
  changes: ChangesPort;
  files: FilesPort;
  policy: PolicyPort;
  terminals: TerminalsPort;
  outputs: OutputsPort;
  shares: Pick<Shares, 'look' | 'create' | 'linkOf' | 'list' | 'revoke'>;
}

/** What the commands that run have printed so far. */
export interface OutputsPort {
  of(session: SessionId): CommandTail[];
  all(): CommandTail[];
}

export interface WorkspacePort {
  info(login: string): Promise<Workspace>;
  /** Both or neither. Throws a Fault where one of them is not to be had. */
  choose(wish: { mode: Mode | null; model: string | null }, actor: Actor): Promise<void>;
  trust(): Promise<TrustReport>;
  /** Throws a Fault 409 when what stands there is no longer what was shown. */
  giveTrust(digest: string, actor: Actor): Promise<void>;
}

export interface SessionsPort {
  create(title: string | null, actor: Actor): SessionId;
  /** What is left out stays as it is. */
  change(session: SessionId, wish: SessionWish, actor: Actor): void;
  /** Up to a message, or all of it. */
  fork(session: SessionId, messageId: MessageId | null, actor: Actor): SessionId;
  /** The pinned ones, then the newest; of a query, those that hold its words. `cursor` is what `next` was. */
  list(options: ListOptions): Listed;
  /** Throws a Fault 404. */
  get(session: SessionId): SessionInfo;
  changes(session: SessionId, scope: 'turn' | 'session'): Change[];
  usage(session: SessionId): Usage;
  /** Throws a Fault 404 where nothing is kept of it. */
  output(session: SessionId, wanted: { action: ActionId; from: number }): Promise<CommandOutput>;
  /** The pieces of a text in UTF-8. Throws a Fault 400 for what does not go together. */
  export(session: SessionId, wish: ExportWish): AsyncIterable<string>;
}

export interface ExportWish {
  format: ExportFormat;
  redact: boolean;
  full: boolean;
}

export interface AuditPort extends AuditReads {
  /** Checks every chain, as `vtcode audit verify` does. */
  verify(): Promise<Verified>;
}

export interface AgentPort {
  send(session: SessionId, message: { text: string; attachments: string[] }, actor: Actor): TurnId;
  abort(session: SessionId, actor: Actor): void;
  /** What is in flight in a session, or null. */
  live(session: SessionId): LiveState | null;
  /** The same for every session that has something in flight. */
  allLive(): { session: SessionId; state: LiveState }[];
}

export interface ApprovalsPort {
  pending(session: SessionId | null): PendingApproval[];
  answer(id: ApprovalId, answer: ApprovalAnswer, actor: Actor): Promise<void>;
  previewHunks(id: ApprovalId, hunks: Record<string, string[]>): Promise<{ digest: string; action: EditAction }>;
}

/** The person's terminals. */
export interface TerminalsPort {
  list(): Promise<TerminalList>;
  /** Answers once it runs, or once the person is asked for it. Throws a Fault where it cannot be had. */
  open(wish: { name: string; place: TerminalPlace }, actor: Actor): Promise<{ id: TerminalId }>;
  rename(id: TerminalId, name: string, actor: Actor): Promise<void>;
  /** Ends it, or takes the request for it back. */
  close(id: TerminalId, actor: Actor): Promise<void>;
  /** Throws a Fault 404 for one that no page could look at. */
  find(id: TerminalId): void;
  /** Null where it is not there any more, or as many pages look at it as may. */
  join(id: TerminalId, viewer: TerminalViewer): TerminalSeat | null;
}

/** A page's socket as a terminal knows it; what `server/run/terminal-viewers.ts` says of it holds. */
export interface TerminalViewer {
  tell(message: TerminalDown): void;
  print(bytes: Buffer): void;
  waiting(): number;
  close(): void;
}

export interface TerminalSeat {
  type(bytes: Buffer): void;
  resize(size: TerminalSize): void;
  drawn(bytes: number): boolean;
  leave(): void;
}

export interface PolicyPort {
  report(): Promise<PolicyReport>;
  /** Judges, and runs nothing. */
  check(asked: { script: string; cwd: string; mode: Mode | null }): Promise<Checked>;
  /** Throws a Fault 422 with file:line where the text is no tool-policy.json. */
  simulate(policy: string, session: SessionId | null): Promise<Simulated>;
  /** Throws a Fault where the request does not wait any more. */
  previewRule(id: ApprovalId, wish: GrantWish | null): Promise<RulePreview>;
  grants(): Promise<Grant[]>;
  revoke(id: GrantId, actor: Actor): void;
}

/** What the agent changed, and taking it back. Each throws a Fault 404 for what is not there, 410 for a deleted session. */
export interface ChangesPort {
  read(asked: LedgerWish): Promise<import('../../shared/api.ts').Response<'changes'>>;
  file(asked: FileWish): Promise<import('../../shared/api.ts').Response<'changedFile'>>;
  /** Changes nothing, and keeps nothing. */
  preview(wish: RevertWish): Promise<import('../../shared/api.ts').Response<'previewRevert'>>;
  /** Throws a Fault 409 where the digest is not that of what would be done now, or while the session works. */
  revert(wish: RevertWish & { digest: string }, actor: Actor): Promise<void>;
}

export interface FileWish extends LedgerWish {
  path: string;
  from?: string | undefined;
}

/** The person's own reading and saving. */
export interface FilesPort {
  list(path: string): Promise<import('../../shared/api.ts').Response<'files'>>;
  view(path: string): Promise<import('../../shared/api.ts').Response<'file'>>;
  save(
    file: { path: string; content: string; expectedSha256: string | null },
    actor: Actor,
  ): Promise<{ sha256: string }>;
  find(query: string, signal: AbortSignal): Promise<import('../../shared/api.ts').Response<'searchFiles'>>;
  grep(query: string, signal: AbortSignal): Promise<import('../../shared/api.ts').Response<'searchText'>>;
}

/** An Action: all of what would happen, as plain data. It is judged, drawn, digested, performed and recorded. */
import * as z from 'zod';
import { canonical } from './canonical.ts';
import type { GrantWish } from './grant.ts';
import { ActionId, SessionId, TerminalId, TurnId } from './ids.ts';
import { GitMode, NetworkMode, SandboxLimits } from './sandbox.ts';

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A path below the workspace: real, relative, `/` between names, never empty but `.` for the root itself. */
export const RelPath = z.string().min(1);

/** What stands, or shall stand, under a name. The bytes themselves are kept by their hash in the blob store. */
export const FileState = z.discriminatedUnion('state', [
  z.object({ state: z.literal('absent') }),
  z.object({ state: z.literal('file'), sha256: Sha256, size: z.int().min(0), mode: z.int() }),
]);
export type FileState = z.infer<typeof FileState>;

/**
 * A hunk of a unified diff. `lines` begin with one of ` `, `+`, `-`, or are `\ No newline at end of file`; line ends are
 * taken off, a carriage return stays. Ids are `h1`, `h2` … in the order of the file and hold for one action only.
 */
export const Hunk = z.object({
  id: z.string().regex(/^h\d{1,6}$/),
  oldStart: z.int(),
  oldLines: z.int(),
  newStart: z.int(),
  newLines: z.int(),
  lines: z.array(z.string()),
});
export type Hunk = z.infer<typeof Hunk>;

export const Diff = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), hunks: z.array(Hunk), added: z.int(), removed: z.int() }),
  /** Bytes that are not UTF-8 text, or the same bytes under another name. */
  z.object({ kind: z.literal('opaque'), why: z.enum(['binary', 'unchanged']) }),
]);
export type Diff = z.infer<typeof Diff>;

export const FileChange = z.object({
  op: z.enum(['create', 'modify', 'delete', 'move']),
  path: RelPath,
  /** For a move, the name before it; else the same as `path`. */
  from: RelPath,
  before: FileState,
  after: FileState,
  diff: Diff,
});
export type FileChange = z.infer<typeof FileChange>;

/** What a revert takes back: the changes of a turn, of a whole session, or of one action, which may be a revert itself. */
export const Reverted = z.union([TurnId, SessionId, ActionId]);
export type Reverted = z.infer<typeof Reverted>;

export const EditAction = z.object({
  kind: z.literal('edit'),
  tool: z.string(),
  changes: z.array(FileChange).min(1),
  /** Of a revert alone: no tool of the agent makes one. */
  reverts: Reverted.optional(),
});
export type EditAction = z.infer<typeof EditAction>;

export const ReadAction = z.discriminatedUnion('tool', [
  z.object({
    kind: z.literal('read'),
    tool: z.literal('read_file'),
    path: RelPath,
    startLine: z.int().min(1),
    endLine: z.int().min(1).nullable(),
  }),
  z.object({ kind: z.literal('read'), tool: z.literal('list_directory'), path: RelPath }),
  z.object({ kind: z.literal('read'), tool: z.literal('find_files'), path: RelPath, query: z.string() }),
  z.object({
    kind: z.literal('read'),
    tool: z.literal('search_text'),
    path: RelPath,
    pattern: z.string(),
    glob: z.string().nullable(),
  }),
]);
export type ReadAction = z.infer<typeof ReadAction>;

/** A question to the person: its answer is all that comes of it. */
export const QuestionAction = z.object({
  kind: z.literal('question'),
  tool: z.literal('ask_user'),
  question: z.string(),
  choices: z.array(z.string()),
});
export type QuestionAction = z.infer<typeof QuestionAction>;

/**
 * A confined command. `argv` is what is executed; for `run_command` it is the shell with `script` as its one argument. `env`
 * are the variables that differ from those that every command gets. What the sandbox takes away besides (protected and hidden
 * paths, sockets) is settled when it runs, and recorded then; it never gives more than is said here.
 */
export const CommandAction = z.object({
  kind: z.literal('command'),
  tool: z.enum(['run_command', 'git_commit', 'git_branch', 'git_switch', 'git_restore', 'git_stash']),
  /** Empty where `argv` was not made from a script. */
  script: z.string(),
  argv: z.array(z.string()).min(1),
  cwd: RelPath,
  env: z.record(z.string(), z.string()),
  git: GitMode,
  network: z.object({ mode: NetworkMode, hosts: z.array(z.string()) }),
  limits: SandboxLimits,
  background: z.boolean(),
});
export type CommandAction = z.infer<typeof CommandAction>;

/** A command in the background: its output read, or its end. It reads and stops only what the session itself started. */
export const TaskAction = z.object({
  kind: z.literal('task'),
  tool: z.enum(['read_task', 'stop_task', 'list_tasks']),
  /** Empty for `list_tasks`. */
  id: z.string(),
});
export type TaskAction = z.infer<typeof TaskAction>;

/**
 * A command, or with `terminal_connect` a terminal of the person, wants to reach a host: what is let through is this host and port,
 * for this one, until it ends.
 */
export const ConnectAction = z.object({
  kind: z.literal('connect'),
  tool: z.enum(['connect', 'terminal_connect']),
  /** In its one spelling: lower case, punycode; an address as RFC 5952 writes it. */
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  /** Of the request that asked first: CONNECT, for what is encrypted, or the method of plain HTTP. */
  method: z.string(),
  /** Which one asks: the id of its action, and the script or argv of a command, or the name of a terminal. */
  command: z.object({ actionId: ActionId, title: z.string() }),
});
export type ConnectAction = z.infer<typeof ConnectAction>;

/**
 * A terminal of the person: no tool of the agent makes one. `open_terminal` is confined as a command is; `host_terminal` is the
 * person's own shell on this machine, outside the sandbox, with everything that they may do.
 */
export const TerminalAction = z.discriminatedUnion('tool', [
  z.object({
    kind: z.literal('terminal'),
    tool: z.literal('open_terminal'),
    id: TerminalId,
    name: z.string(),
    argv: z.array(z.string()).min(1),
    cwd: RelPath,
    git: GitMode,
    network: z.object({ mode: NetworkMode, hosts: z.array(z.string()) }),
  }),
  z.object({
    kind: z.literal('terminal'),
    tool: z.literal('host_terminal'),
    id: TerminalId,
    name: z.string(),
    argv: z.array(z.string()).min(1),
    cwd: RelPath,
  }),
  z.object({ kind: z.literal('terminal'), tool: z.literal('rename_terminal'), id: TerminalId, name: z.string() }),
  z.object({ kind: z.literal('terminal'), tool: z.literal('close_terminal'), id: TerminalId }),
]);
export type TerminalAction = z.infer<typeof TerminalAction>;

export const Action = z.union([
  ReadAction,
  EditAction,
  QuestionAction,
  CommandAction,
  TaskAction,
  ConnectAction,
  TerminalAction,
]);
export type Action = z.infer<typeof Action>;

/** What did happen. `stopped`: the person stopped the turn before it was done; nothing of it stands. */
export const Outcome = z.discriminatedUnion('status', [
  z.object({ status: z.literal('done'), summary: z.string(), bytes: z.int(), truncated: z.boolean() }),
  /**
   * A program ran to its end, whatever it says of it. `code` is null where a signal ended it; `bytes` is what it printed;
   * `uncovered` what was replaced outside, for which it was ended.
   */
  z.object({
    status: z.literal('exited'),
    code: z.int().nullable(),
    signal: z.string(),
    timedOut: z.boolean(),
    durationMs: z.int(),
    bytes: z.int(),
    truncated: z.boolean(),
    uncovered: z.string(),
  }),
  z.object({ status: z.literal('failed'), code: z.string(), message: z.string() }),
  z.object({ status: z.literal('stopped'), message: z.string() }),
]);
export type Outcome = z.infer<typeof Outcome>;

/** The SHA-256 (hex) of the canonical text of an action, or of a rule; in the browser as in Node. */
export async function digestOf(action: Action | GrantWish): Promise<string> {
  const bytes = new TextEncoder().encode(canonical(action));
  const hash = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes));
  return [...hash].map((b) => b.toString(16).padStart(2, '0')).join('');
}

/** The paths that an action reads or writes, without doubles, in its own order. */
export function pathsOf(action: Action): string[] {
  switch (action.kind) {
    case 'read':
      return [action.path];
    case 'edit':
      return [...new Set(action.changes.flatMap((change) => [change.path, change.from]))];
    case 'command':
      return [action.cwd];
    case 'terminal':
      return action.tool === 'open_terminal' || action.tool === 'host_terminal' ? [action.cwd] : [];
    case 'question':
    case 'task':
    case 'connect':
      return [];
  }
}

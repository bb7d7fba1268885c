/** The settings files: `vtcode.toml` in a workspace, `config.toml` of the user and the organisation, `tool-policy.json`. */
import * as z from 'zod';
import { GitMode, NetworkMode } from './sandbox.ts';
import { Decision, Mode } from './verdict.ts';

/** Every tool that a rule may name. Some may not be offered yet; a rule for one is kept and holds from the day it is. */
export const TOOL_NAMES = [
  ...['read_file', 'list_directory', 'find_files', 'search_text', 'symbols', 'outline'],
  ...['edit_file', 'write_file', 'apply_patch', 'move_file', 'delete_file'],
  ...['run_command', 'read_task', 'stop_task', 'list_tasks'],
  ...['git_commit', 'git_branch', 'git_switch', 'git_restore', 'git_stash'],
  ...['web_fetch', 'update_plan', 'ask_user'],
  // The person's own: a rule can only take them away, or have them asked for.
  ...['open_terminal', 'host_terminal'],
] as const;

const ToolPolicies = z.record(z.string(), Decision);

const agent = {
  model: z.string().min(1).optional(),
  mode: Mode.optional(),
  max_tool_calls: z.int().min(1).max(10_000).optional(),
  instructions: z.array(z.string().min(1)).max(20).optional(),
};

const security = {
  human_in_the_loop: z.boolean().optional(),
  sensitive_paths: z.array(z.string().min(1)).max(200).optional(),
  protected_paths: z.array(z.string().min(1)).max(200).optional(),
};

/** Each bound may be left out; `shared/sandbox.ts` says what they bound. */
const limits = {
  pids: z.int().min(301).max(1_000_000).optional(),
  nofile: z.int().min(64).max(1_000_000).optional(),
  file_bytes: z.int().min(1).optional(),
  data_bytes: z.int().min(1).optional(),
  wall_ms: z.int().min(1).optional(),
  output_bytes: z.int().min(1).optional(),
};

const sandbox = {
  network: NetworkMode.optional(),
  hosts: z.array(z.string().min(1)).max(500).optional(),
  git: GitMode.optional(),
  read_roots: z.array(z.string().min(1)).max(100).optional(),
  limits: z.strictObject(limits).optional(),
};
/** Patterns as `commands` of tool-policy.json has them, each in one text: words, `*` for one, `**` for the rest. */
const Patterns = z.array(z.string().min(1).max(1_000)).max(500);

const commands = { allow_list: Patterns.optional(), deny_list: Patterns.optional() };

const tools = { default_policy: Decision.optional(), policies: ToolPolicies.optional() };

/** What a repository may carry. It names no provider, no base URL, no key and no program. */
export const WorkspaceConfig = z.strictObject({
  agent: z.strictObject(agent).optional(),
  tools: z.strictObject(tools).optional(),
  security: z.strictObject(security).optional(),
  sandbox: z.strictObject(sandbox).optional(),
  commands: z.strictObject(commands).optional(),
});
export type WorkspaceConfig = z.infer<typeof WorkspaceConfig>;

/** A provider that the user set up. Exactly one of `api_key_env` and `api_key_command`, or neither for a server without keys. */
export const ProviderConfig = z.strictObject({
  kind: z.enum(['anthropic', 'openai']),
  base_url: z.url().optional(),
  api_key_env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
    .optional(),
  api_key_command: z.array(z.string().min(1)).min(1).optional(),
  models: z.array(z.string().min(1)).optional(),
});
export type ProviderConfig = z.infer<typeof ProviderConfig>;

/** The name of an HTTP header: a token of RFC 9110. */
const HeaderName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/);

/** A collector that takes OTLP over HTTP. What is secret in a header stands in the environment, or a command prints it. */
export const OtlpConfig = z.strictObject({
  endpoint: z.url(),
  headers: z.record(HeaderName, z.string().regex(/^[\x20-\x7e]{1,1000}$/)).optional(),
  headers_env: z.record(HeaderName, z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/)).optional(),
  headers_command: z.record(HeaderName, z.array(z.string().min(1)).min(1)).optional(),
});
export type OtlpConfig = z.infer<typeof OtlpConfig>;

const kept = { keep_sessions_days: z.int().min(1).max(36_500).optional() };

/** What an organisation may say: of what is kept too, and of no program, no key and no address. */
export const OrganisationConfig = WorkspaceConfig.extend({ audit: z.strictObject(kept).optional() });
export type OrganisationConfig = z.infer<typeof OrganisationConfig>;

export const UserConfig = WorkspaceConfig.extend({
  audit: z.strictObject({ ...kept, otlp: OtlpConfig.optional() }).optional(),
  providers: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/), ProviderConfig).optional(),
});
export type UserConfig = z.infer<typeof UserConfig>;

const Word = z.string().min(1).max(1_000);

/**
 * A rule for a command. `program` is its name, or a path as it is written; `args` are its words: each is itself, `*` any one word,
 * `**` all that follow. `match` and `notMatch` are command lines that it must and must not hold for: they are tried when the file is read.
 */
export const CommandRule = z.strictObject({
  id: z.string().regex(/^[a-zA-Z0-9][\w.-]{0,63}$/),
  program: Word,
  args: z.array(Word).max(100),
  decision: Decision,
  why: z.string().max(500).optional(),
  match: z.array(Word).max(50).optional(),
  notMatch: z.array(Word).max(50).optional(),
});
export type CommandRule = z.infer<typeof CommandRule>;

/** What a tool may be used for: files of at most so many bytes, these hosts and no others, paths that fit one of these globs. */
export const ToolConstraint = z.strictObject({
  maxBytes: z.int().min(0).optional(),
  hosts: z
    .array(z.string().regex(/^[a-z0-9.-]{1,253}$/))
    .max(200)
    .optional(),
  paths: z.array(Word).max(200).optional(),
});
export type ToolConstraint = z.infer<typeof ToolConstraint>;

/** `tool-policy.json`: what each tool and each command may do. */
export const ToolPolicyFile = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  /** The organisation's alone: no state change without a person's allow, in any mode. */
  requireExplicit: z.boolean().optional(),
  policies: ToolPolicies.optional(),
  constraints: z.record(z.string(), ToolConstraint).optional(),
  commands: z.array(CommandRule).max(500).optional(),
});
export type ToolPolicyFile = z.infer<typeof ToolPolicyFile>;

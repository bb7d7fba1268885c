/** The settings as they hold: every value with its origin, every rule with its place. */
import type { GitMode, NetworkMode, SandboxLimits } from '../../shared/sandbox.ts';
import type { Decision, Layer, Mode } from '../../shared/verdict.ts';

/** `source` is `path:line:column` of the value, or `builtin/NAME` for ours. */
export interface Origin {
  layer: Layer;
  source: string;
}

export interface Setting<T> {
  value: T;
  origin: Origin;
}

/** The layers that a file can be of. */
export type FileLayer = 'organisation' | 'user' | 'workspace';

/** What a file says of a tool; `*` is its default for the tools that no rule names. */
export interface ToolRule {
  /** Stable id: `LAYER/KEY`, e.g. `user/tools.policies.write_file`. */
  rule: string;
  tool: string;
  decision: Decision;
  layer: FileLayer;
  source: string;
  why: string;
  /** A workspace's `allow`: it counts only while that file, with this content, is trusted. */
  trustedOnly: boolean;
  /** False for a `trustedOnly` rule that is not trusted now: shown, never counted. */
  inForce: boolean;
}

/** What a file says of a command. `words`: the program first; `*` one word, `**` the rest. */
export interface CommandRule {
  rule: string;
  words: readonly string[];
  decision: Decision;
  layer: FileLayer;
  source: string;
  why: string;
  trustedOnly: boolean;
  inForce: boolean;
}

/** A bound on what a tool may be used for; of any layer, for it only tightens. */
export interface ToolConstraint {
  rule: string;
  tool: string;
  layer: FileLayer;
  source: string;
  bound:
    | { kind: 'bytes'; most: number }
    | { kind: 'hosts'; hosts: readonly string[] }
    | { kind: 'paths'; paths: readonly string[] };
}

/** A pattern for files that are hidden from the agent or may not be written. Paths are relative to the workspace. */
export interface PathRule {
  rule: string;
  kind: 'sensitive' | 'protected';
  pattern: string;
  layer: FileLayer;
  source: string;
}

/** A host that commands may reach without a question; `pattern` as `base/host-pattern.ts` reads it. */
export interface HostRule {
  /** `LAYER/sandbox.hosts.N` */
  rule: string;
  pattern: string;
  layer: FileLayer;
  source: string;
}

/** What a command is given where nobody says otherwise. */
export interface SandboxSettings {
  /** `host` here makes every command of the agent ask, each time. */
  network: Setting<NetworkMode>;
  hosts: HostRule[];
  git: Setting<GitMode>;
  /** What the organisation gives at most, to a person's own terminal too; null where it says nothing. */
  most: { network: Setting<NetworkMode> | null; git: Setting<GitMode> | null };
  /** Absolute; looked at again before each command. */
  readRoots: Setting<string[]>;
  limits: { [K in keyof SandboxLimits]: Setting<number> };
}

/** One value as it stands in one file, and what came of it: what `vtcode config explain` prints. */
export interface SettingEntry {
  key: string;
  value: unknown;
  origin: Origin;
  inForce: boolean;
  /** Why it does not count, or what it does; empty where there is nothing to say. */
  note: string;
}

export interface Settings {
  /** The mode to start in. A workspace can only make it stricter than the user's. */
  mode: Setting<Mode>;
  /** No mode looser than this may be chosen: the organisation's `agent.mode`. */
  loosestMode: Setting<Mode>;
  /** `NAME/model` or a model's id; null: the first one that a provider offers. */
  model: Setting<string | null>;
  /** What a trusted workspace asks for. It counts only where a provider of the user offers it; null: it asks for none. */
  workspaceModel: Setting<string> | null;
  maxToolCalls: Setting<number>;
  /** Names of the files below the workspace that are read as instructions, once each is trusted. */
  instructions: Setting<string[]>;
  /** Sessions that nobody touched for so long are deleted; null: none is. */
  keepSessionsDays: Setting<number | null>;
  /** True: no state change without a person's allow, in any mode. */
  humanInTheLoop: Setting<boolean>;
  /** Rules for a tool by its name: rank 1 for the organisation's, rank 2 for the others. */
  toolRules: ToolRule[];
  /** `tools.default_policy` of each layer, `tool` being `*`: rank 4. */
  defaultRules: ToolRule[];
  /** Of tool-policy.json and the lists of `[commands]`. */
  commandRules: CommandRule[];
  constraints: ToolConstraint[];
  pathRules: PathRule[];
  sandbox: SandboxSettings;
  entries: SettingEntry[];
}

/** Whether a workspace file with this content is trusted. `path` is relative to the workspace. */
export type IsTrusted = (path: string, sha256: string) => boolean;

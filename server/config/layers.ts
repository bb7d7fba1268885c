/** The settings files of the organisation, the user and the workspace, read, checked and placed. */
import type { ToolPolicyFile, UserConfig, WorkspaceConfig } from '../../shared/config.ts';

/** A file that was read: its value, and where in it each part stands. */
export interface Sourced<T> {
  value: T;
  /** As a person would name it: relative to the workspace for its files, else absolute. */
  file: string;
  sha256: string;
  /** `file:line:column` of a key path, or of its nearest parent that stands in the file. */
  at(path: readonly PropertyKey[]): string;
}

export interface Layers {
  organisation: { config: Sourced<UserConfig> | null; policy: Sourced<ToolPolicyFile> | null };
  user: { config: Sourced<UserConfig> | null; policy: Sourced<ToolPolicyFile> | null };
  workspace: { config: Sourced<WorkspaceConfig> | null; policy: Sourced<ToolPolicyFile> | null };
}

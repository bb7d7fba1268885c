/** What a command gets where no setting says otherwise. */
import type { CommandAction } from '../../shared/action.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { GitMode, SandboxLimits } from '../../shared/sandbox.ts';

export interface CommandSettings {
  /** The bounds of a command that asks for none of its own. */
  limits: SandboxLimits;
  /** Milliseconds that no command may ask for more than; null where only ours bound it. */
  mostWallMs: number | null;
  network: CommandAction['network'];
  /** Of `run_command`; the git tools write in git's folder whatever stands here. */
  git: GitMode;
}

export const COMMAND_LIMITS: SandboxLimits = {
  pids: LIMITS.commandPids.value,
  nofile: LIMITS.commandFiles.value,
  fileBytes: LIMITS.commandFileBytes.value,
  dataBytes: LIMITS.commandDataBytes.value,
  wallMs: LIMITS.commandMs.value,
  outputBytes: LIMITS.commandOutputBytes.value,
};

export const COMMAND_DEFAULTS: CommandSettings = {
  limits: COMMAND_LIMITS,
  mostWallMs: null,
  network: { mode: 'none', hosts: [] },
  git: 'readonly',
};

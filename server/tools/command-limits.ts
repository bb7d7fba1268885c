/** The bounds of a command where no setting says otherwise. */
import { LIMITS } from '../../shared/limits.ts';
import type { SandboxLimits } from '../../shared/sandbox.ts';

export const COMMAND_LIMITS: SandboxLimits = {
  pids: LIMITS.commandPids.value,
  nofile: LIMITS.commandFiles.value,
  fileBytes: LIMITS.commandFileBytes.value,
  dataBytes: LIMITS.commandDataBytes.value,
  wallMs: LIMITS.commandMs.value,
  outputBytes: LIMITS.commandOutputBytes.value,
};

/** Reads a settings file of the workspace: through no link, bounded, and refused with the reason where it cannot be read. */
import { LIMITS } from '../../shared/limits.ts';
import { readWhole } from '../base/contained-read.ts';
import { Fault } from '../base/fault.ts';

const OWN_WORDS: Record<string, string> = {
  link: 'it is a symbolic link, and settings are read through none',
  too_large: `it is larger than the ${LIMITS.configBytes.value} bytes that a settings file may have`,
};

/** `root` is the real path of the workspace. The answer reads a path below it: its bytes, or null where there is no file. */
export function workspaceFiles(root: string): (path: string) => Promise<Uint8Array | null> {
  return async (path) => {
    const read = await readWhole(root, path, { follow: 'none', max: LIMITS.configBytes.value });
    if (read.ok) return read.state === 'absent' ? null : read.bytes;
    // A link could be turned to a file that the agent may write; what tightens must not be turned off that way.
    const why = OWN_WORDS[read.code] ?? read.message;
    throw new Fault({
      status: 422,
      code: 'config_unsafe',
      message: `${path} of the workspace cannot be read: ${why.replace(/\.$/, '')}.`,
      hint: `Nothing starts on settings that are not understood. Mend ${path}, or take it away.`,
    });
  };
}

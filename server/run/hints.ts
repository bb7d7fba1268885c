/** Why the sandbox says no, in words that help the model to go on; never what is hidden or where. */
import type { CommandAction } from '../../shared/action.ts';

interface Hint {
  /** As the C library, Node and others write it. */
  seen: RegExp;
  says(action: CommandAction): string;
}

const HINTS: readonly Hint[] = [
  {
    seen: /read-only file system|\bEROFS\b/i,
    says: ({ git }) =>
      git === 'readonly'
        ? 'Read-only (EROFS): the system, protected files and .git may not be written by commands. Edit files with the edit tools; commit with git_commit.'
        : 'Read-only (EROFS): the system, protected files and what git would execute (hooks, config) may not be written.',
  },
  {
    seen: /permission denied|\bEACCES\b/i,
    says: () =>
      'Permission denied (EACCES): what is sensitive cannot be read here, and only the workspace, /tmp and the home of this session can be written. It is policy; another way around will be denied too.',
  },
  {
    seen: /operation not permitted|\bEPERM\b/i,
    says: () =>
      'Not permitted (EPERM): mounts, debugging of other processes, set-uid files, changes of owner and the like are not available in the sandbox.',
  },
  {
    seen: /device or resource busy|\bEBUSY\b/i,
    says: () =>
      'Busy (EBUSY): a protected file, or a folder that holds one, cannot be renamed or removed by a command.',
  },
  {
    seen: /invalid cross-device link|\bEXDEV\b/i,
    says: () =>
      'Cross-device (EXDEV): nothing can be hard-linked or renamed into or out of what is protected. Copy it.',
  },
  {
    seen: /could not resolve host|temporary failure in name resolution|network is unreachable|\b(?:ENOTFOUND|EAI_AGAIN|ENETUNREACH)\b/i,
    says: ({ network }) =>
      network.mode === 'none'
        ? 'No network: commands have a loopback of their own and nothing else. Use what is installed or cached, or tell the person what you would need.'
        : 'The network is limited to what was approved for this command.',
  },
];

/** One line for each kind of denial that the output of a failed command speaks of. */
export const hintsFor = (action: CommandAction, output: string): string[] =>
  HINTS.filter(({ seen }) => seen.test(output)).map(({ says }) => says(action));

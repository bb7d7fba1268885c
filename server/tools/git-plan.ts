/** What the git tools share: an argv in which nothing of the repository runs, and arguments that are no options. */
import type { CommandAction } from '../../shared/action.ts';
import { LIMITS } from '../../shared/limits.ts';
import { parsePath } from '../base/contained-path.ts';
import { visible } from '../base/visible.ts';
import { refused, type Refused } from './current.ts';
import type { Planned, ToolContext } from './tool.ts';

/** No hooks, no monitor, no signing program, no pager; paths are names and no patterns (gitglossary(7), pathspec). */
export const GIT = [
  ...['git', '--no-pager', '--literal-pathspecs', '-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false'],
  ...['-c', 'commit.gpgSign=false', '-c', 'gc.auto=0', '-c', 'maintenance.auto=false'],
] as const;

type GitTool = Exclude<CommandAction['tool'], 'run_command'>;

/** At the root of the workspace, with git's folder writable but for what git would execute. */
export function gitAction(tool: GitTool, argv: string[], { commands: { limits } }: ToolContext): Planned {
  const action: CommandAction = {
    ...{ kind: 'command', tool, script: '', argv, cwd: '.', env: {}, git: 'guarded' },
    ...{ network: { mode: 'none', hosts: [] }, limits, background: false },
  };
  return { kind: 'action', action };
}

/** Paths in the workspace, normal and relative, none of them `.git` or below one. */
export function pathsOf(raw: readonly string[], { root }: ToolContext): { kind: 'paths'; paths: string[] } | Refused {
  const paths: string[] = [];
  for (const one of raw) {
    const parsed = parsePath(one, root);
    if (!parsed.ok) return refused(parsed.code, parsed.message);
    if (parsed.path.split('/').some((name) => name.toLowerCase() === '.git'))
      return refused('protected', `${visible(parsed.path)} is git's own. Name files of the project.`);
    paths.push(parsed.path);
  }
  return { kind: 'paths', paths };
}

/** Why this is no name of a branch (git-check-ref-format(1)), or empty. None that passes can be taken for an option. */
export function branchProblem(name: string): string {
  const shown = visible(name);
  const bad =
    name === '' ||
    name === '@' ||
    name === 'HEAD' ||
    Buffer.byteLength(name) > LIMITS.nameBytes.value ||
    /^-|[\p{Cc}\p{Cs} ~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$/u.test(name) ||
    name.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock'));
  return bad ? `${JSON.stringify(shown)} is no name of a branch. Use letters, digits, - and /, as fix/typo.` : '';
}

/** Why this is no text of a commit, or empty. */
export function messageProblem(message: string): string {
  if (message.trim() === '') return '`message` is empty. Say what is now true, and why.';
  if (/[\0\p{Cs}]/u.test(message)) return '`message` holds a NUL or half a surrogate pair. Send it without.';
  const max = LIMITS.commandBytes.value;
  const bytes = Buffer.byteLength(message);
  return bytes > max ? `\`message\` is ${bytes} bytes; at most ${max} are taken.` : '';
}

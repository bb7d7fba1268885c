/** git_commit: plans a commit of all tracked changes, or of the paths that are named. */
import * as z from 'zod';
import { LIMITS } from '../../shared/limits.ts';
import { refused } from './current.ts';
import { GIT, gitAction, messageProblem, pathsOf } from './git-plan.ts';
import { inputOf } from './input.ts';
import type { Tool } from './tool.ts';

const input = inputOf({
  message: z.string().describe('The message: a short first line, then an empty one and the reasons.'),
  paths: z
    .array(z.string())
    .min(1)
    .max(LIMITS.commandWords.value)
    .optional()
    .describe('Files or folders to commit, new ones too. Default: every change of files that git knows already.'),
});

/** A path that git does not know yet must be added before it can be committed. Fixed: the words come as its parameters. */
const ADD_AND_COMMIT = `message=$1 && shift && ${GIT.join(' ')} add --all -- "$@" && exec ${GIT.join(' ')} commit --no-verify --message="$message" --only -- "$@"`;

export const gitCommit: Tool<z.infer<typeof input>> = {
  name: 'git_commit',
  description:
    'Commits to git. Without paths: every change of tracked files; new files are committed when they are named. ' +
    'Hooks do not run. The person is asked each time.',
  input,
  access: 'write',
  plan({ message, paths }, context) {
    const problem = messageProblem(message);
    if (problem !== '') return Promise.resolve(refused('bad_arguments', problem));
    if (paths === undefined) {
      const argv = [...GIT, 'commit', '--all', '--no-verify', `--message=${message}`];
      return Promise.resolve(gitAction('git_commit', argv, context));
    }
    const named = pathsOf(paths, context);
    if (named.kind === 'refused') return Promise.resolve(named);
    const argv = ['/bin/sh', '-c', ADD_AND_COMMIT, 'git_commit', message, ...named.paths];
    return Promise.resolve(gitAction('git_commit', argv, context));
  },
};

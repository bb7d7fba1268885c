/** git_restore: plans putting files back as they were in the last commit. */
import * as z from 'zod';
import { LIMITS } from '../../shared/limits.ts';
import { GIT, gitAction, pathsOf } from './git-plan.ts';
import { inputOf } from './input.ts';
import type { Tool } from './tool.ts';

const input = inputOf({
  paths: z
    .array(z.string())
    .min(1)
    .max(LIMITS.commandWords.value)
    .describe('Files or folders to put back, relative to the workspace.'),
});

export const gitRestore: Tool<z.infer<typeof input>> = {
  name: 'git_restore',
  description:
    'Puts files back as they are in the last commit: changes to them that were not committed are lost. ' +
    'The person is asked each time.',
  input,
  access: 'write',
  plan({ paths }, context) {
    const named = pathsOf(paths, context);
    if (named.kind === 'refused') return Promise.resolve(named);
    const argv = [...GIT, 'restore', '--source=HEAD', '--staged', '--worktree', '--', ...named.paths];
    return Promise.resolve(gitAction('git_restore', argv, context));
  },
};

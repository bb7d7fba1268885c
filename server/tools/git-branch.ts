/** git_branch: plans a new branch at the current commit. */
import * as z from 'zod';
import { refused } from './current.ts';
import { branchProblem, GIT, gitAction } from './git-plan.ts';
import { inputOf } from './input.ts';
import type { Tool } from './tool.ts';

const input = inputOf({
  name: z.string().describe('The name of the branch, as fix/typo.'),
});

export const gitBranch: Tool<z.infer<typeof input>> = {
  name: 'git_branch',
  description:
    'Makes a git branch at the current commit and stays where it is; git_switch goes there. The person is asked each time.',
  input,
  access: 'write',
  plan({ name }, context) {
    const problem = branchProblem(name);
    if (problem !== '') return Promise.resolve(refused('bad_arguments', problem));
    return Promise.resolve(gitAction('git_branch', [...GIT, 'branch', '--no-track', '--', name], context));
  },
};

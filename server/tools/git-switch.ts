/** git_switch: plans going to another branch. */
import * as z from 'zod';
import { refused } from './current.ts';
import { branchProblem, GIT, gitAction } from './git-plan.ts';
import { inputOf } from './input.ts';
import type { Tool } from './tool.ts';

const input = inputOf({
  name: z.string().describe('The name of the branch, as fix/typo.'),
});

export const gitSwitch: Tool<z.infer<typeof input>> = {
  name: 'git_switch',
  description:
    'Goes to a git branch that is there. Changes that are not committed are kept, or the switch is refused by git. The person is asked each time.',
  input,
  access: 'write',
  plan({ name }, context) {
    const problem = branchProblem(name);
    if (problem !== '') return Promise.resolve(refused('bad_arguments', problem));
    return Promise.resolve(
      gitAction('git_switch', [...GIT, 'switch', '--no-guess', '--no-recurse-submodules', name], context),
    );
  },
};

/** git_stash: plans putting changes aside, or taking them back. */
import * as z from 'zod';
import { GIT, gitAction } from './git-plan.ts';
import { inputOf } from './input.ts';
import type { Tool } from './tool.ts';

const input = inputOf({
  pop: z
    .boolean()
    .optional()
    .describe('True: take the last ones back. Default: put the changes of tracked files aside.'),
});

export const gitStash: Tool<z.infer<typeof input>> = {
  name: 'git_stash',
  description:
    'Puts the changes of tracked files aside in git, so that they stand as in the last commit; or, with pop, takes the last ' +
    'ones back. The person is asked each time.',
  input,
  access: 'write',
  plan({ pop = false }, context) {
    return Promise.resolve(gitAction('git_stash', [...GIT, 'stash', pop ? 'pop' : 'push'], context));
  },
};

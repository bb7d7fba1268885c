/** stop_task: plans the end of a command in the background. */
import * as z from 'zod';
import { inputOf } from './input.ts';
import type { Tool } from './tool.ts';

const input = inputOf({
  id: z.string().min(1).max(64).describe('The id that run_command answered, as task_1.'),
});

export const stopTask: Tool<z.infer<typeof input>> = {
  name: 'stop_task',
  description: 'Stops a background command of this session and all that it started.',
  input,
  access: 'write',
  plan: ({ id }) => Promise.resolve({ kind: 'action', action: { kind: 'task', tool: 'stop_task', id } }),
};

/** read_task: plans a look at what a command in the background printed. */
import * as z from 'zod';
import { inputOf } from './input.ts';
import type { Tool } from './tool.ts';

const input = inputOf({
  id: z.string().min(1).max(64).describe('The id that run_command answered, as task_1.'),
});

export const readTask: Tool<z.infer<typeof input>> = {
  name: 'read_task',
  description: 'Tells what a background command of this session printed since the last reading, and whether it runs.',
  input,
  access: 'read',
  plan: ({ id }) => Promise.resolve({ kind: 'action', action: { kind: 'task', tool: 'read_task', id } }),
};

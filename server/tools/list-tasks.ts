/** list_tasks: plans a look at the session's commands in the background. */
import type * as z from 'zod';
import { inputOf } from './input.ts';
import type { Tool } from './tool.ts';

const input = inputOf({});

export const listTasks: Tool<z.infer<typeof input>> = {
  name: 'list_tasks',
  description: 'Lists the background commands of this session: which run, and how the others ended.',
  input,
  access: 'read',
  plan: () => Promise.resolve({ kind: 'action', action: { kind: 'task', tool: 'list_tasks', id: '' } }),
};

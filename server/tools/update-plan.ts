/** update_plan: the agent's list of steps, for the person to see. It touches nothing. */
import * as z from 'zod';
import { LIMITS } from '../../shared/limits.ts';
import { PlanStep } from '../../shared/message.ts';
import { inputOf } from './input.ts';
import type { Tool } from './tool.ts';

const input = inputOf({
  steps: z
    .array(PlanStep)
    .max(LIMITS.planSteps.value)
    .describe('All steps, in order, each with its text and its state: pending, active or done. At most one is active.'),
});

export const updatePlan: Tool<z.infer<typeof input>> = {
  name: 'update_plan',
  description:
    'Shows the person your plan as a list of steps, and replaces the one shown before. Use it for work of several steps, and again when a step is done.',
  input,
  access: 'none',
  plan: ({ steps }) => Promise.resolve({ kind: 'plan', steps }),
};

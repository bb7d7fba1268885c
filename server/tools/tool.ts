/** What a tool is: it reads its arguments and plans an action. It never performs one. */
import type * as z from 'zod';
import type { Action } from '../../shared/action.ts';
import type { PlanStep } from '../../shared/message.ts';
import type { Blobs } from '../store/blobs.ts';
import type { CommandSettings } from './command-limits.ts';

/** `refused`: a failure that the model can act on. `plan`: the agent's list of steps, which touches nothing. */
export type Planned =
  | { kind: 'action'; action: Action }
  | { kind: 'plan'; steps: PlanStep[] }
  | { kind: 'refused'; code: string; message: string };

export interface ToolContext {
  /** The workspace by its real path. */
  root: string;
  /** Where the bytes before and after an edit are kept, by their hash. */
  blobs: Blobs;
  /** What a command gets, by the settings as they stand. */
  commands: CommandSettings;
  signal: AbortSignal;
}

export interface Tool<Input = unknown> {
  name: string;
  /** What the model is told: what it does, what it takes, what it answers. */
  description: string;
  input: z.ZodType<Input>;
  /** Calls of `read` tools that stand beside each other run in parallel; the rest run one by one, in order. */
  access: 'read' | 'write' | 'none';
  plan(args: Input, context: ToolContext): Promise<Planned>;
}

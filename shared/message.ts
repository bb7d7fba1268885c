/** Messages as the agent keeps them, whatever the provider's wire format. */
import * as z from 'zod';
import { CallId } from './ids.ts';

export const ToolArgs = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('json'), value: z.record(z.string(), z.json()) }),
  /** What came was not a JSON object, or was too long: the tool is not run, the model is told. */
  z.object({ kind: z.literal('malformed'), raw: z.string(), problem: z.string() }),
]);
export type ToolArgs = z.infer<typeof ToolArgs>;

export const TextPart = z.object({ type: z.literal('text'), text: z.string() });
export const ToolCallPart = z.object({
  type: z.literal('tool_call'),
  callId: CallId,
  name: z.string(),
  args: ToolArgs,
});
export type ToolCallPart = z.infer<typeof ToolCallPart>;

/** `opaque` is what the provider wants back with the thought (a signature, an encrypted block); null where there is none. */
export const ReasoningPart = z.object({
  type: z.literal('reasoning'),
  text: z.string(),
  opaque: z.object({ provider: z.string(), data: z.string(), redacted: z.boolean() }).nullable(),
});
export type ReasoningPart = z.infer<typeof ReasoningPart>;

export const AssistantPart = z.discriminatedUnion('type', [ReasoningPart, TextPart, ToolCallPart]);
export type AssistantPart = z.infer<typeof AssistantPart>;

export const ToolResultPart = z.object({
  type: z.literal('tool_result'),
  callId: CallId,
  content: z.string(),
  isError: z.boolean(),
});
export type ToolResultPart = z.infer<typeof ToolResultPart>;

export type Message =
  | { role: 'user'; parts: (z.infer<typeof TextPart> | ToolResultPart)[] }
  | { role: 'assistant'; parts: AssistantPart[] };

/** Why the model stopped. */
export const StopReason = z.enum(['end', 'tools', 'length', 'refusal']);
export type StopReason = z.infer<typeof StopReason>;

/** Tokens, as the provider counted them; 0 where it did not say. `input` leaves out what came from the cache. */
export const Usage = z.object({
  input: z.int().min(0),
  output: z.int().min(0),
  cacheRead: z.int().min(0),
  cacheWrite: z.int().min(0),
});
export type Usage = z.infer<typeof Usage>;

export const NO_USAGE: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

export const addUsage = (a: Usage, b: Usage): Usage => ({
  input: a.input + b.input,
  output: a.output + b.output,
  cacheRead: a.cacheRead + b.cacheRead,
  cacheWrite: a.cacheWrite + b.cacheWrite,
});

export const PlanStep = z.object({ text: z.string(), state: z.enum(['pending', 'active', 'done']) });
export type PlanStep = z.infer<typeof PlanStep>;

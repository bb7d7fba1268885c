/** A request's messages, as the scripted demo reads them: what the person said, what was called, and what came of it. */
import type { Message, ToolCallPart, ToolResultPart } from '../../shared/message.ts';

export interface Step {
  call: ToolCallPart;
  /** Null while it is open. */
  result: Pick<ToolResultPart, 'content' | 'isError'> | null;
  /** The calls of one answer share it. */
  answer: number;
}

/** One message of the person, and all that followed until the next one. */
export interface Round {
  asked: string;
  /** What the model said, all of it. */
  said: string;
  steps: Step[];
}

export function roundsOf(messages: readonly Message[]): Round[] {
  const rounds: Round[] = [];
  for (const [at, message] of messages.entries()) {
    if (message.role === 'user') {
      for (const part of message.parts) if (part.type === 'tool_result') settle(rounds, part);
      const asked = message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
      if (asked !== '' || rounds.length === 0) rounds.push({ asked, said: '', steps: [] });
      continue;
    }
    const now = rounds.at(-1);
    if (!now) continue;
    for (const part of message.parts) {
      if (part.type === 'text') now.said += part.text;
      if (part.type === 'tool_call') now.steps.push({ call: part, result: null, answer: at });
    }
  }
  return rounds;
}

function settle(rounds: Round[], { callId, content, isError }: ToolResultPart): void {
  const step = rounds.flatMap(({ steps }) => steps).findLast(({ call }) => call.callId === callId);
  if (step) step.result = { content, isError };
}

/** The last step of a tool among these. */
export const lastOf = (steps: readonly Step[], ...tools: string[]): Step | undefined =>
  steps.findLast(({ call }) => tools.includes(call.name));

/** An argument of a call, where it is a text; else ''. */
export function argOf(step: Step | undefined, name: string): string {
  const args = step?.call.args;
  const value = args?.kind === 'json' ? args.value[name] : '';
  return typeof value === 'string' ? value : '';
}

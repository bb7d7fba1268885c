/** One tool call: parse, plan, pass the gate, answer. Every failure is a result that the model can act on. */
import type { Action } from '../../shared/action.ts';
import { canonical } from '../../shared/canonical.ts';
import type { Actor } from '../../shared/event.ts';
import type { MessageId, SessionId, TurnId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { PlanStep, ToolCallPart } from '../../shared/message.ts';
import * as z from 'zod';
import { Fault } from '../base/fault.ts';
import { MAX_REPLANS, type Gate } from '../gate/gate.ts';
import type { Asker, GateResult } from '../gate/proposal.ts';
import type { Tool, ToolContext } from '../tools/tool.ts';

export interface CallContext {
  session: SessionId;
  turn: TurnId;
  messageId: MessageId;
  actor: Actor;
  signal: AbortSignal;
}

export interface Answered {
  content: string;
  isError: boolean;
  truncated: boolean;
  /** What became of the plan, where the call was one. */
  plan: PlanStep[] | null;
  /** Who wants the turn to end; null where nobody does. */
  stop: Actor | null;
}

export interface CallDeps {
  tools: ReadonlyMap<string, Tool>;
  gate: Gate;
  toolContext(signal: AbortSignal): ToolContext | Promise<ToolContext>;
}

/** Throws only where the record fails. */
export async function callTool(deps: CallDeps, part: ToolCallPart, context: CallContext): Promise<Answered> {
  const tool = deps.tools.get(part.name);
  if (!tool)
    return failed(`There is no tool ${JSON.stringify(part.name)}. There are: ${[...deps.tools.keys()].join(', ')}.`);
  if (part.args.kind === 'malformed') {
    return failed(
      `The arguments of ${part.name} could not be read: ${part.args.problem}. Send one JSON object that fits its schema.`,
    );
  }
  const parsed = tool.input.safeParse(part.args.value);
  if (!parsed.success) return failed(`The arguments of ${part.name} do not fit:\n${z.prettifyError(parsed.error)}`);
  return attempt(deps, { tool, part, input: parsed.data }, context);
}

interface Ready {
  tool: Tool;
  part: ToolCallPart;
  input: unknown;
}

/** Plans and passes the gate; where the file changed in between, plans anew on what now stands, a few times. */
async function attempt(deps: CallDeps, { tool, part, input }: Ready, context: CallContext): Promise<Answered> {
  const asker = { ...context, callId: part.callId };
  let before = '';
  for (let tries = 0; ; tries++) {
    const planned = await tool.plan(input, await deps.toolContext(context.signal));
    if (planned.kind === 'refused') return failed(planned.message);
    if (planned.kind === 'plan') return { ...answered('The plan is noted.'), plan: planned.steps };
    const result = await pass(deps.gate, planned.action, asker);
    if (result.kind !== 'stale') return toAnswer(result);
    const now = canonical(planned.action);
    if (tries >= MAX_REPLANS || now === before)
      return failed(`${result.content} Read it again and repeat the edit on what stands there now.`);
    before = now;
  }
}

/** An action that is too large for a record is refused before anything of it is done: the model can make it smaller. */
async function pass(gate: Gate, action: Action, asker: Asker): Promise<GateResult> {
  try {
    return await gate.pass(action, asker);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'event_too_large') throw error;
    return { kind: 'failed', code: error.code, content: `${error.message} Do it in smaller steps.` };
  }
}

function toAnswer(result: Exclude<GateResult, { kind: 'stale' }>): Answered {
  switch (result.kind) {
    case 'done':
      return answered(result.content);
    case 'failed':
    case 'denied':
      return failed(result.content);
    case 'stopped':
      return { ...failed(result.content), stop: result.by };
  }
}

function answered(content: string): Answered {
  const limit = LIMITS.toolResultChars.value;
  if (content.length <= limit) return { content, isError: false, truncated: false, plan: null, stop: null };
  const cut = `${content.slice(0, limit)}\n[cut: ${content.length - limit} of ${content.length} characters left out; ask for a part of it]`;
  return { content: cut, isError: false, truncated: true, plan: null, stop: null };
}

const failed = (content: string): Answered => ({ ...answered(content), isError: true });

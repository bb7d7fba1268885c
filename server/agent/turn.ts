/** The turn: ask the model, carry out its calls, and again, until it rests, is stopped or meets a limit. */
import type { Actor, NewEvent } from '../../shared/event.ts';
import type { MessageId, SessionId, TurnId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { StopReason, ToolCallPart } from '../../shared/message.ts';
import type { Mode } from '../../shared/verdict.ts';
import { Fault } from '../base/fault.ts';
import { ProviderError, type Provider, type ToolOffer } from '../llm/provider.ts';
import type { MessageFold } from './messages.ts';
import { actorOf, askModel, MAX_OUTPUT, type Answer, type RequestDeps } from './request.ts';
import { callTool, type Answered, type CallDeps } from './tool-call.ts';

export interface TurnDeps extends CallDeps, Omit<RequestDeps, 'record'> {
  /** Records all of them or none, and lets the fold of the session take them in. */
  record(...events: NewEvent[]): void;
  maxToolCalls: number;
  system(): Promise<string>;
  offers: ToolOffer[];
}

export interface Turn {
  session: SessionId;
  turn: TurnId;
  messageId: MessageId;
  provider: Provider;
  model: string;
  mode: Mode;
  /** Hash of the rules in force when it begins. */
  policy: string;
  fold: MessageFold;
  signal: AbortSignal;
}

/** Why a turn's signal was aborted. */
export class TurnStopped extends Error {
  readonly by: 'person' | 'limit' | 'restart';
  readonly actor: Actor;
  constructor(by: 'person' | 'limit' | 'restart', message: string, actor: Actor = 'system') {
    super(message);
    this.by = by;
    this.actor = actor;
  }
}

/** Runs a turn to its end and records that end. Throws only where the record itself fails. */
export async function runTurn(deps: TurnDeps, turn: Turn): Promise<void> {
  const { provider, model, mode, policy, messageId } = turn;
  const at = { session: turn.session, turn: turn.turn };
  deps.record({
    type: 'turn.started',
    data: { messageId, provider: provider.name, model, mode, policy },
    ...at,
    actor: 'system',
  });
  try {
    const data = await steps(deps, turn);
    deps.record({ type: 'turn.completed', data, ...at, actor: 'system' });
  } catch (error) {
    deps.record(ending(error, turn));
  }
}

async function steps(deps: TurnDeps, turn: Turn): Promise<{ steps: number; toolCalls: number; stop: StopReason }> {
  let toolCalls = 0;
  for (let step = 1; step <= LIMITS.stepsPerTurn.value; step++) {
    turn.signal.throwIfAborted();
    const answer = await ask(deps, turn);
    const calls = answer.parts.filter((part) => part.type === 'tool_call');
    if (calls.length === 0) {
      if (turn.fold.hasUnanswered()) continue; // the person said something while the model wrote its last words
      return { steps: step, toolCalls, stop: answer.stop };
    }
    if (toolCalls + calls.length > deps.maxToolCalls) {
      throw new TurnStopped(
        'limit',
        `The turn made ${toolCalls} tool calls, and its next ones would go over its bound of ${deps.maxToolCalls}. Send a message to go on.`,
      );
    }
    toolCalls += calls.length;
    await carryOut(deps, turn, { messageId: answer.messageId, calls });
  }
  const { value } = LIMITS.stepsPerTurn;
  throw new TurnStopped(
    'limit',
    `The turn asked the model ${value} times, which is its bound. Send a message to go on.`,
  );
}

async function ask(deps: TurnDeps, turn: Turn): Promise<Answer> {
  const { provider, model, session, fold, signal } = turn;
  const request = {
    model,
    system: await deps.system(),
    messages: fold.messages(),
    tools: deps.offers,
    maxOutputTokens: MAX_OUTPUT,
  };
  return askModel(deps, { provider, request, session, turn: turn.turn, usedCallIds: fold.callIds, signal });
}

interface Calls {
  messageId: MessageId;
  calls: ToolCallPart[];
}

/** Neighbouring reads run side by side; all else one by one, in the model's order. */
async function carryOut(deps: TurnDeps, turn: Turn, { messageId, calls }: Calls): Promise<void> {
  for (let i = 0; i < calls.length;) {
    turn.signal.throwIfAborted();
    const group = [calls[i++]!];
    const reads = () =>
      calls[i] && isRead(deps, group[0]!) && isRead(deps, calls[i]!) && group.length < LIMITS.parallelReads.value;
    while (reads()) group.push(calls[i++]!);
    const begun = group.map(({ callId, name }): NewEvent => {
      return { type: 'tool.called', data: { callId, messageId, name }, ...inNameOf(turn) };
    });
    deps.record(...begun);
    const results = await Promise.allSettled(group.map((call) => carryOutOne(deps, turn, { messageId, call })));
    const broken = results.find((result) => result.status === 'rejected');
    if (broken) throw broken.reason;
  }
}

const inNameOf = ({ session, turn, model }: Turn) => ({ session, turn, actor: actorOf(model) });

const isRead = (deps: TurnDeps, call: ToolCallPart) => deps.tools.get(call.name)?.access === 'read';

async function carryOutOne(
  deps: TurnDeps,
  turn: Turn,
  { messageId, call }: { messageId: MessageId; call: ToolCallPart },
): Promise<void> {
  const at = inNameOf(turn);
  const { callId } = call;
  const answer = await answerOf(deps, call, { ...at, messageId, signal: turn.signal });
  if (answer.plan) deps.record({ type: 'plan.updated', data: { steps: answer.plan }, ...at });
  const { isError, content, truncated } = answer;
  deps.record({ type: 'tool.answered', data: { callId, isError, content, truncated }, ...at });
  if (answer.stop !== null) throw new TurnStopped('person', 'Denied, and the turn stopped with it.', answer.stop);
}

/** A bug in a tool must not end the session: it is told to the model as a failure, and thrown only where the record failed. */
async function answerOf(
  deps: TurnDeps,
  call: ToolCallPart,
  context: Parameters<typeof callTool>[2],
): Promise<Answered> {
  try {
    return await callTool(deps, call, context);
  } catch (error) {
    if (error instanceof Fault || context.signal.aborted) throw error;
    const words = error instanceof Error ? error.message : String(error);
    return {
      content: `The tool ${call.name} failed: ${words}`,
      isError: true,
      truncated: false,
      plan: null,
      stop: null,
    };
  }
}

function ending(error: unknown, { signal, session, turn }: Turn): NewEvent {
  const at = { session, turn, actor: 'system' as const };
  const stopped = error instanceof TurnStopped ? error : signal.reason;
  if (stopped instanceof TurnStopped) {
    const { by, message, actor } = stopped;
    return { type: 'turn.interrupted', data: { by, message }, ...at, actor };
  }
  if (error instanceof ProviderError || error instanceof Fault) {
    const { code, message, hint } = error;
    return { type: 'turn.failed', data: { code, message, hint }, ...at };
  }
  const message = error instanceof Error ? error.message : String(error);
  const hint = 'This is a fault of vtcode itself. Your message and all before it are kept; send it again to go on.';
  return { type: 'turn.failed', data: { code: 'internal', message, hint }, ...at };
}

/** From the events of a session to the steps that others may see: made from nothing, of named fields alone, not yet masked. */
import type { AssistantPart, EventData, EventType, SessionEvent } from '../../shared/event.ts';
import type { ActionId, CallId } from '../../shared/ids.ts';
import type { ShareStep } from '../../shared/share.ts';
import { openCall, toolStep, type OpenCall } from './tool-step.ts';

export interface StepWish {
  reasoning: boolean;
  output: boolean;
}

/** As it is before it is masked: what a model says in several pieces is still in these. */
export type RawStep =
  Exclude<ShareStep, { kind: 'model' }> | { kind: 'model'; at: string; model: string; parts: string[] };

export interface Steps {
  /**
   * The steps that an event completes, mostly one or none. Nothing that is not finished is told: a tool call comes when it is
   * answered, a request for approval only by its answer. What is no event of a conversation is passed over.
   */
  take(event: SessionEvent): RawStep[];
}

interface State {
  wish: StepWish;
  calls: Map<CallId, OpenCall>;
  /** The call that an action belongs to. */
  owners: Map<ActionId, CallId>;
}

type Handler<T extends EventType> = (state: State, data: EventData<T>, at: string) => RawStep[];

export function createSteps(wish: StepWish): Steps {
  const state: State = { wish, calls: new Map(), owners: new Map() };
  return {
    take(event) {
      // The type of an event picks its handler; TypeScript cannot tie the two.
      const handler = HANDLERS[event.type] as Handler<EventType> | undefined;
      return handler?.(state, event.data, toSecond(event.at)) ?? [];
    },
  };
}

/** To the second: the rest would tell of the machine and is of no use. */
export const toSecond = (at: string): string => `${at.slice(0, 19)}Z`;

const HANDLERS: { [T in EventType]?: Handler<T> } = {
  'message.user': (_, { text }, at) => [{ kind: 'owner', at, text }],
  'message.reasoning': ({ wish }, { text }, at) =>
    wish.reasoning && text !== '' ? [{ kind: 'thought', at, text }] : [],
  'message.assistant': onAssistant,
  'plan.updated': (_, { steps }, at) => [
    { kind: 'plan', at, steps: steps.map(({ text, state }) => ({ text, state })) },
  ],
  'tool.answered': (state, { callId, isError, content }, at) => settle(state, callId, { isError, content, at }),
  'action.proposed': (state, { actionId, callId, action, verdict }) => {
    const call = callId === null ? undefined : state.calls.get(callId);
    if (callId === null || call === undefined) return [];
    state.owners.set(actionId, callId);
    call.action = action;
    call.proposed = action;
    call.isSensitive = verdict.reasons.some(({ about }) => about.kind === 'sensitive');
    call.by = verdict.decision === 'prompt' ? 'nobody' : 'rules';
    call.state = verdict.decision === 'deny' ? 'denied' : 'done';
    return [];
  },
  'approval.resolved': (state, { actionId, answer, action, text }) =>
    change(state, actionId, (call) => {
      call.by = 'owner';
      call.answer = answer;
      call.words = text;
      call.action = action ?? call.action;
      if (answer === 'deny' || answer === 'stop') call.state = 'denied';
    }),
  'approval.expired': (state, { actionId, why }) =>
    // Withdrawn for another request: that one's answer is still to come.
    change(state, actionId, (call) => {
      if (why === 'withdrawn') return;
      call.by = 'nobody';
      call.state = 'denied';
    }),
  'action.denied': (state, { actionId, by }) =>
    change(state, actionId, (call) => {
      call.state = by === 'stop' ? 'stopped' : 'denied';
    }),
  'action.finished': (state, { actionId, outcome }) =>
    change(state, actionId, (call) => {
      if (outcome.status === 'exited') {
        call.state = outcome.code === 0 ? 'done' : 'failed';
        call.code = outcome.code;
        call.durationMs = outcome.durationMs;
      } else call.state = outcome.status;
    }),
  'turn.failed': (state, _, at) => [...leftOver(state, at), { kind: 'notice', at, what: 'failed' }],
  'turn.interrupted': (state, { by }, at) => [
    ...leftOver(state, at),
    { kind: 'notice', at, what: by === 'person' ? 'stopped' : by === 'restart' ? 'interrupted' : 'limit' },
  ],
  'turn.completed': (state, _, at) => leftOver(state, at),
  'session.forked': (state, _, at) => [...leftOver(state, at), { kind: 'notice', at, what: 'forked' }],
  'session.imported': (state, _, at) => [...leftOver(state, at), { kind: 'notice', at, what: 'imported' }],
};

function onAssistant(state: State, { model, parts }: EventData<'message.assistant'>, at: string): RawStep[] {
  for (const part of parts) if (part.type === 'tool_call') state.calls.set(part.callId, openCall(part.name));
  const prose = proseOf(parts);
  return prose.length === 0 ? [] : [{ kind: 'model', at, model, parts: prose }];
}

/** Prose that calls part from each other. */
const proseOf = (parts: readonly AssistantPart[]): string[] =>
  parts.flatMap((part) => (part.type === 'text' && part.text !== '' ? [part.text] : []));

function change(state: State, actionId: ActionId, set: (call: OpenCall) => void): RawStep[] {
  const call = state.calls.get(state.owners.get(actionId) ?? ('' as CallId));
  if (call) set(call);
  return [];
}

function settle(state: State, callId: CallId, end: { isError: boolean; content: string; at: string }): RawStep[] {
  const call = state.calls.get(callId);
  if (call === undefined) return [];
  state.calls.delete(callId);
  // The plan itself is a step.
  if (call.name === 'update_plan' && !end.isError) return [];
  for (const [action, owner] of state.owners) if (owner === callId) state.owners.delete(action);
  return [toolStep(call, { ...end, output: state.wish.output })];
}

/** Calls that a turn left without an answer. */
function leftOver(state: State, at: string): RawStep[] {
  return [...state.calls].flatMap(([callId, call]) => {
    if (call.state === 'done') call.state = 'stopped';
    return settle(state, callId, { isError: false, content: '', at });
  });
}

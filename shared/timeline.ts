/** The one view of a session that the page, its markdown and its shares draw: a fold over its durable events. */
import type { Action, Outcome } from './action.ts';
import type { AnswerKind, EventData, EventType, CommandTail, LiveEvent, SessionEvent } from './event.ts';
import type { ActionId, ApprovalId, CallId, MessageId, TurnId } from './ids.ts';
import { addUsage, NO_USAGE, type PlanStep, type ToolArgs, type Usage } from './message.ts';
import { NO_OUTPUT, takeEnd, takeOutput, takeRequest, takeTail, type CommandView } from './timeline-command.ts';
import { marksOfPaths, type Mode, type PathMark, type Verdict } from './verdict.ts';

export interface UserItem {
  kind: 'user';
  key: MessageId;
  at: string;
  text: string;
  /** Sent while a turn ran, and not yet taken up by the model. */
  queued: boolean;
}

export interface AssistantItem {
  kind: 'assistant';
  key: MessageId;
  at: string;
  model: string;
  /** Prose and thoughts in the order they came; tool calls stand as items of their own. */
  parts: { type: 'text' | 'reasoning'; text: string }[];
}

export type ToolState = 'called' | 'waiting' | 'running' | 'done' | 'failed' | 'denied' | 'stopped';

export interface ApprovalView {
  id: ApprovalId;
  digest: string;
  answers: AnswerKind[];
  requestedAt: string;
  expiresAt: string;
  /** It takes the place of an earlier request for the same call, which was withdrawn. */
  renewed: boolean;
  state: 'open' | 'answered' | 'expired';
  answer: AnswerKind | null;
  /** Who answered, and the person's words with it. */
  by: string;
  text: string;
  resolvedAt: string;
}

export interface ToolItem {
  kind: 'tool';
  key: CallId;
  at: string;
  /** When it was last let go on: called, or answered by a person. */
  startedAt: string;
  endedAt: string;
  name: string;
  args: ToolArgs;
  state: ToolState;
  actionId: ActionId | null;
  action: Action | null;
  digest: string;
  verdict: Verdict | null;
  approval: ApprovalView | null;
  outcome: Outcome | null;
  /** Null until a command has begun. */
  command: CommandView | null;
  result: { content: string; isError: boolean; truncated: boolean } | null;
}

export interface NoticeItem {
  kind: 'notice';
  key: string;
  at: string;
  tone: 'info' | 'warning' | 'error';
  title: string;
  text: string;
}

export type TimelineItem = UserItem | AssistantItem | ToolItem | NoticeItem;

export interface ChangeView {
  path: string;
  from: string;
  op: 'create' | 'modify' | 'delete' | 'move';
  added: number;
  removed: number;
  turn: TurnId | null;
  actionId: ActionId;
  at: string;
  /** What the policy called its path, before and after; null where the verdict lies before what was folded. */
  marks: PathMark[] | null;
}

export interface Timeline {
  title: string;
  items: TimelineItem[];
  plan: PlanStep[];
  usage: Usage;
  /** Characters of the last request to the model: the context in use. */
  contextChars: number;
  changes: ChangeView[];
  turn: { id: TurnId; state: 'running' | 'completed' | 'failed' | 'interrupted'; mode: Mode } | null;
  lastSeq: number;
  /** Where an item stands, by its key or by the id of its action. */
  readonly index: Map<string, number>;
}

export function emptyTimeline(): Timeline {
  return {
    title: '',
    items: [],
    plan: [],
    usage: NO_USAGE,
    contextChars: 0,
    changes: [],
    turn: null,
    lastSeq: 0,
    index: new Map(),
  };
}

export function fold(events: Iterable<SessionEvent>): Timeline {
  const timeline = emptyTimeline();
  for (const event of events) extend(timeline, event);
  return timeline;
}

/** Takes in what a command prints. It is in no record, and a page that came late has only what comes from then on. */
export function extendLive(timeline: Timeline, event: Extract<LiveEvent, { type: 'command.output' }>): void {
  changeTool(timeline, event.callId, ({ command }) =>
    command === null ? {} : { command: { ...command, output: takeOutput(command.output, event) } },
  );
}

/** Takes in all that is held elsewhere of what a command that runs has printed. */
export function extendTail(timeline: Timeline, { callId, output }: CommandTail): void {
  changeTool(timeline, callId, ({ command }) =>
    command === null ? {} : { command: { ...command, output: takeTail(command.output, output) } },
  );
}

type Handler<T extends EventType> = (timeline: Timeline, data: EventData<T>, event: SessionEvent) => void;

/** Takes in one event. An event already taken in is passed over, so a replay does no harm. Changed items are new objects. */
export function extend(timeline: Timeline, event: SessionEvent): void {
  if (event.seq <= timeline.lastSeq) return;
  timeline.lastSeq = event.seq;
  // The type of an event picks its handler; TypeScript cannot tie the two.
  const handler = HANDLERS[event.type] as Handler<EventType> | undefined;
  handler?.(timeline, event.data, event);
}

const HANDLERS: { [T in EventType]?: Handler<T> } = {
  'session.created': (t, data) => void (t.title = data.title),
  'session.renamed': (t, data) => void (t.title = data.title),
  'session.forked': (t, _, event) => {
    if (t.turn?.state === 'running') endTurn(t, 'interrupted');
    notice(t, event, {
      tone: 'info',
      title: 'Forked here',
      text: 'What stands above was copied from another session.',
    });
  },
  'session.imported': (t, data, event) => {
    endTurn(t, t.turn?.state === 'running' ? 'interrupted' : (t.turn?.state ?? 'interrupted'));
    for (const [i, item] of t.items.entries())
      if (item.kind === 'tool' && item.approval?.state === 'open')
        t.items[i] = { ...item, approval: { ...item.approval, state: 'expired', resolvedAt: event.at } };
    const receipt = { own: 'signed here', foreign: 'signed with another key', none: 'without a receipt' }[data.receipt];
    const text = `It is history only: no approval in it holds here. ${data.events} events, ${receipt}.`;
    notice(t, event, { tone: 'info', title: `Imported from ${data.file}`, text });
  },
  'message.user': (t, data, event) =>
    push(t, { kind: 'user', key: data.messageId, at: event.at, text: data.text, queued: data.delivery === 'steer' }),
  'turn.started': (t, data, event) => void (t.turn = { id: event.turn!, state: 'running', mode: data.mode }),
  'turn.completed': (t) => endTurn(t, 'completed'),
  'turn.failed': (t, data, event) => {
    endTurn(t, 'failed');
    notice(t, event, { tone: 'error', title: data.message, text: data.hint });
  },
  'turn.interrupted': (t, data, event) => {
    endTurn(t, 'interrupted');
    const title = { person: 'Stopped by you', restart: 'Interrupted by a restart', limit: 'Stopped at a limit' }[
      data.by
    ];
    notice(t, event, { tone: data.by === 'person' ? 'info' : 'warning', title, text: data.message });
  },
  'provider.requested': (t, data) => {
    t.contextChars = data.chars;
    if (data.attempt > 1) return;
    for (const [i, item] of t.items.entries())
      if (item.kind === 'user' && item.queued) t.items[i] = { ...item, queued: false };
  },
  'provider.failed': (t, data, event) => {
    const wait = data.retryInMs === null ? '' : ` Trying again in ${(data.retryInMs / 1000).toFixed(1)} s.`;
    const tone = data.retryInMs === null ? 'error' : 'warning';
    notice(t, event, { tone, title: `${data.provider} did not answer`, text: `${data.message}${wait}` });
  },
  'context.tainted': (t, data, event) =>
    notice(t, event, {
      tone: 'warning',
      title: data.source === 'network' ? `Reached ${data.what}` : `Read ${data.what}`,
      text: 'Its words come from outside and may steer the agent. What could carry something out asks from now on.',
    }),
  'usage.recorded': (t, data) => void (t.usage = addUsage(t.usage, data.usage)),
  'plan.updated': (t, data) => void (t.plan = data.steps),
  'message.reasoning': (t, data, event) => {
    const item = assistant(t, data.messageId, event.at);
    item.parts.splice(Math.min(data.at, item.parts.length), 0, { type: 'reasoning', text: data.text });
  },
  'message.assistant': onAssistant,
  'tool.called': (t, data, event) => changeTool(t, data.callId, () => ({ state: 'called', startedAt: event.at })),
  'tool.answered': (t, data, event) =>
    changeTool(t, data.callId, (item) => ({
      result: { content: data.content, isError: data.isError, truncated: data.truncated },
      endedAt: event.at,
      state: settled(item, data.isError),
    })),
  'action.proposed': onProposed,
  'action.denied': (t, data) =>
    changeTool(t, data.actionId, () => ({ state: data.by === 'stop' ? 'stopped' : 'denied' })),
  'action.finished': (t, data, event) =>
    changeTool(t, data.actionId, () => ({
      outcome: data.outcome,
      endedAt: event.at,
      state: stateOf(data.outcome),
    })),
  'approval.requested': (t, data, event) =>
    changeTool(t, data.actionId, (item) => ({
      state: 'waiting',
      approval: {
        id: data.approvalId,
        digest: data.digest,
        answers: data.answers,
        requestedAt: event.at,
        expiresAt: data.expiresAt,
        renewed: item.approval?.state === 'expired',
        state: 'open',
        answer: null,
        by: '',
        text: '',
        resolvedAt: '',
      },
    })),
  'approval.resolved': (t, data, event) =>
    changeTool(t, data.actionId, (item) => ({
      state: data.answer === 'deny' || data.answer === 'stop' ? 'denied' : 'running',
      startedAt: event.at,
      action: data.action ?? item.action,
      digest: data.effective,
      approval: item.approval && {
        ...item.approval,
        state: 'answered',
        answer: data.answer,
        by: event.actor,
        text: data.text,
        resolvedAt: event.at,
      },
    })),
  'approval.expired': (t, data, event) =>
    changeTool(t, data.actionId, (item) => ({
      state: 'denied',
      approval: item.approval && { ...item.approval, state: 'expired', text: data.message, resolvedAt: event.at },
    })),
  'command.started': (t, { actionId, ...facts }, event) =>
    changeTool(t, actionId, () => ({
      command: { facts, startedAt: event.at, end: null, output: NO_OUTPUT, hosts: [] },
    })),
  'network.requested': (t, { actionId, ...asked }) =>
    changeTool(t, actionId, ({ command }) => ({
      command: command && { ...command, hosts: takeRequest(command.hosts, asked) },
    })),
  'network.ended': (t, { actionId, ...ended }) =>
    changeTool(t, actionId, ({ command }) => ({
      command: command && { ...command, hosts: takeEnd(command.hosts, ended) },
    })),
  'command.finished': (t, { actionId, ...end }) =>
    changeTool(t, actionId, ({ command }) => ({ command: command && { ...command, end } })),
  'file.changed': (t, data, event) => {
    const { path, from, op, added, removed, actionId } = data;
    const item = t.items[t.index.get(actionId) ?? -1];
    const verdict = item?.kind === 'tool' ? item.verdict : null;
    const marks = verdict && marksOfPaths(verdict.reasons, [path, from]);
    t.changes = [...t.changes, { path, from, op, added, removed, actionId, turn: event.turn, at: event.at, marks }];
    if (data.reverts !== undefined) noticeRevert(t, { actionId, reverts: data.reverts }, event);
  },
};

/** The files of one revert come one by one, and are told in one notice. */
function noticeRevert(
  t: Timeline,
  { actionId, reverts }: { actionId: ActionId; reverts: string },
  event: SessionEvent,
): void {
  const paths = t.changes.filter((change) => change.actionId === actionId).map(({ path }) => path);
  const ofRevert = t.items[t.index.get(reverts) ?? -1]?.kind === 'notice';
  const title = ofRevert ? 'You undid a revert' : 'You took changes back';
  const shown = { tone: 'info', title, text: paths.join(', ') } as const;
  const place = t.index.get(actionId);
  if (place === undefined) {
    t.index.set(actionId, t.items.length);
    notice(t, event, shown);
  } else t.items[place] = { kind: 'notice', key: t.items[place]!.key, at: event.at, ...shown };
}

function onAssistant(t: Timeline, data: EventData<'message.assistant'>, event: SessionEvent): void {
  const prose = data.parts.filter((part) => part.type === 'text' && part.text !== '');
  if (prose.length > 0 || t.index.has(data.messageId)) {
    const item = assistant(t, data.messageId, event.at);
    item.model = data.model;
    for (const part of prose) if (part.type === 'text') item.parts.push({ type: 'text', text: part.text });
  }
  for (const part of data.parts) {
    if (part.type !== 'tool_call') continue;
    push(t, {
      kind: 'tool',
      key: part.callId,
      at: event.at,
      startedAt: event.at,
      endedAt: '',
      name: part.name,
      args: part.args,
      state: 'called',
      actionId: null,
      action: null,
      digest: '',
      verdict: null,
      approval: null,
      outcome: null,
      command: null,
      result: null,
    });
  }
}

function onProposed(t: Timeline, data: EventData<'action.proposed'>): void {
  if (data.callId === null) return;
  const at = t.index.get(data.callId);
  if (at !== undefined) t.index.set(data.actionId, at);
  const { action, actionId, digest, verdict } = data;
  const state = verdict.decision === 'deny' ? 'denied' : verdict.decision === 'prompt' ? 'waiting' : 'running';
  changeTool(t, data.actionId, () => ({ action, actionId, digest, verdict, state }));
}

function stateOf(outcome: Outcome): ToolState {
  if (outcome.status === 'exited') return outcome.code === 0 ? 'done' : 'failed';
  return outcome.status;
}

/** The state of a tool card after its answer: what the action said of itself stands; a call that never became one failed. */
function settled(item: ToolItem, isError: boolean): ToolState {
  if (item.state === 'called' || item.state === 'running' || item.state === 'waiting')
    return isError ? 'failed' : 'done';
  return item.state;
}

function endTurn(t: Timeline, state: 'completed' | 'failed' | 'interrupted'): void {
  if (t.turn) t.turn = { ...t.turn, state };
  for (const [i, item] of t.items.entries()) {
    const open =
      item.kind === 'tool' && (item.state === 'called' || item.state === 'running' || item.state === 'waiting');
    if (open) t.items[i] = { ...item, state: 'stopped' };
  }
}

function assistant(t: Timeline, key: MessageId, at: string): AssistantItem {
  const place = t.index.get(key);
  const found = place === undefined ? undefined : t.items[place];
  if (place !== undefined && found?.kind === 'assistant') {
    const next = { ...found, parts: [...found.parts] };
    t.items[place] = next;
    return next;
  }
  const item: AssistantItem = { kind: 'assistant', key, at, model: '', parts: [] };
  push(t, item);
  return item;
}

function changeTool(t: Timeline, key: string, change: (item: ToolItem) => Partial<ToolItem>): void {
  const place = t.index.get(key);
  const item = place === undefined ? undefined : t.items[place];
  if (place === undefined || item?.kind !== 'tool') return;
  t.items[place] = { ...item, ...change(item) };
}

function notice(t: Timeline, event: SessionEvent, shown: Pick<NoticeItem, 'tone' | 'title' | 'text'>): void {
  push(t, { kind: 'notice', key: event.id, at: event.at, ...shown });
}

function push(t: Timeline, item: TimelineItem): void {
  t.index.set(item.key, t.items.length);
  t.items.push(item);
}

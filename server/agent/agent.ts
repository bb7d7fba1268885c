/** The agent of a workspace: it starts turns, takes messages that come meanwhile, and stops them. */
import type { Actor, EventData, LiveState, NewEvent } from '../../shared/event.ts';
import { newMessageId, newTurnId, type SessionId, type TurnId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Mode } from '../../shared/verdict.ts';
import type { Provider } from '../llm/provider.ts';
import type { Store } from '../store/store.ts';
import type { LiveStates } from './live.ts';
import { createMessageFold, type MessageFold } from './messages.ts';
import { atWork, held, queueFull, stopping, tooMany } from './refusals.ts';
import { runTurn, TurnStopped, type TurnDeps } from './turn.ts';

export interface Agent {
  /** Starts a turn, or adds the message to the one that runs. Throws a Fault where it cannot be taken. */
  send(session: SessionId, message: { text: string; attachments: string[] }, actor: Actor): TurnId;
  /** Stops the session's turn, if one runs. */
  abort(session: SessionId, actor: Actor): void;
  /** Ends the session's turn, if one runs, at a limit that was set for it. */
  cut(session: SessionId, message: string): void;
  /** Resolves when no turn of the session runs any more; the record says how it ended, unless it could not be written. */
  settled(session: SessionId): Promise<void>;
  /**
   * Does something with the session that only fits between two turns: none runs meanwhile, and the next one reads the record
   * anew. Throws a Fault 409 while one runs, or where something else is being done so.
   */
  atRest<T>(session: SessionId, work: () => Promise<T>): Promise<T>;
  live(session: SessionId): LiveState | null;
  allLive(): { session: SessionId; state: LiveState }[];
  /** At start: commands and turns that the last server left open are recorded as cut off. */
  endLeftOver(findings: Findings): void;
  /** Stops every turn and waits until each has recorded its end, or until the bound. */
  stop(): Promise<void>;
}

type Findings = EventData<'command.finished'>['findings'];

export interface AgentDeps extends Omit<TurnDeps, 'record' | 'live'> {
  store: Pick<Store, 'log' | 'sessions'>;
  live: LiveStates;
  /** The provider, model and mode that a new turn starts with. */
  current(): { provider: Provider; model: string; mode: Mode; policy: string };
  /** A turn ended because the record failed: nothing could be written of it. */
  onLost(session: SessionId, error: unknown): void;
}

interface Running {
  turn: TurnId;
  fold: MessageFold;
  controller: AbortController;
  done: Promise<void>;
}

export const createAgent = (deps: AgentDeps): Agent => new Turns(deps);

class Turns implements Agent {
  readonly #deps: AgentDeps;
  readonly #running = new Map<SessionId, Running>();
  /** What the last sessions said, read once; the least recently used first. */
  readonly #folds = new Map<SessionId, MessageFold>();
  /** Sessions that no turn may start in for the moment. */
  readonly #held = new Set<SessionId>();
  /** Turns whose end could not be recorded. They are over; the record says so as soon as it can be written again. */
  readonly #lost = new Map<SessionId, TurnId>();
  readonly #mend: NodeJS.Timeout;

  constructor(deps: AgentDeps) {
    this.#deps = deps;
    this.#mend = setInterval(() => this.#endLost(), LIMITS.lostTurnMs.value).unref();
  }

  send(session: SessionId, { text, attachments }: { text: string; attachments: string[] }, actor: Actor): TurnId {
    this.#deps.store.sessions.get(session);
    this.#endLost();
    const whole = withAttachments(text, attachments);
    const active = this.#running.get(session);
    if (!active) return this.#start(session, whole, actor);
    if (active.controller.signal.aborted) throw stopping();
    if (active.fold.waiting() >= LIMITS.queuedMessages.value) throw queueFull();
    active.fold.take(this.#say(session, { text: whole, turn: active.turn, delivery: 'steer' }, actor));
    return active.turn;
  }

  abort(session: SessionId, actor: Actor): void {
    this.#deps.store.sessions.get(session);
    this.#endLost();
    const why = new TurnStopped('person', 'Nothing that was not finished was done.', actor);
    this.#running.get(session)?.controller.abort(why);
  }

  cut(session: SessionId, message: string): void {
    this.#running.get(session)?.controller.abort(new TurnStopped('limit', message));
  }

  async settled(session: SessionId): Promise<void> {
    await this.#running.get(session)?.done;
  }

  async atRest<T>(session: SessionId, work: () => Promise<T>): Promise<T> {
    if (this.#running.has(session)) throw atWork();
    if (this.#held.has(session)) throw held();
    this.#held.add(session);
    try {
      return await work();
    } finally {
      this.#held.delete(session);
      this.#folds.delete(session);
    }
  }

  live(session: SessionId): LiveState | null {
    return this.#deps.live.get(session);
  }

  allLive(): { session: SessionId; state: LiveState }[] {
    return this.#deps.live.all();
  }

  endLeftOver(findings: Findings): void {
    const message = 'The server ended while this turn ran. Send a message to go on.';
    for (const [i, { actionId, ...at }] of this.#deps.store.sessions.openCommands().entries()) {
      // Which of several left them nobody knows: they are told once.
      const data = { actionId, ...LOST, findings: i === 0 ? findings : [] };
      this.#deps.store.log.record({ type: 'command.finished', data, ...at, actor: 'system' }, 'synced');
    }
    for (const { session, turn } of this.#deps.store.sessions.openTurns())
      this.#recordEnd({ session, turn }, { by: 'restart', message });
  }

  async stop(): Promise<void> {
    clearInterval(this.#mend);
    const all = [...this.#running.values()];
    for (const { controller } of all)
      controller.abort(new TurnStopped('restart', 'The server was stopped while this turn ran.'));
    await Promise.race([Promise.all(all.map(({ done }) => done)), bound()]);
  }

  #start(session: SessionId, text: string, actor: Actor): TurnId {
    if (this.#running.size >= LIMITS.runningTurns.value) throw tooMany();
    if (this.#held.has(session)) throw held();
    const { log, sessions } = this.#deps.store;
    const turn = newTurnId();
    const fold = this.#foldOf(session);
    const said = this.#say(session, { text, turn, delivery: 'start' }, actor);
    fold.take(said);
    sessions.nameAfter(session, text, actor);
    const controller = new AbortController();
    const limit = setTimeout(() => controller.abort(new TurnStopped('limit', TOO_LONG)), LIMITS.turnMs.value).unref();
    const record = (...events: NewEvent[]) => log.recordAll(events).forEach((event) => fold.take(event));
    const { messageId } = said.data;
    const facts = { session, turn, messageId, fold, signal: controller.signal, ...this.#deps.current() };
    const done = runTurn({ ...this.#deps, record }, facts)
      .then(() => this.#keep(session, fold))
      .catch((error: unknown) => {
        this.#deps.onLost(session, error);
        this.#lost.set(session, turn);
      })
      .finally(() => {
        clearTimeout(limit);
        this.#running.delete(session);
      });
    this.#running.set(session, { turn, fold, controller, done });
    return turn;
  }

  /** Taken out while its turn runs: a turn whose record failed leaves none, and the next one reads the log anew. */
  #foldOf(session: SessionId): MessageFold {
    const kept = this.#folds.get(session);
    this.#folds.delete(session);
    if (kept) return kept;
    const fold = createMessageFold();
    for (const event of this.#deps.store.log.all(session)) fold.take(event);
    return fold;
  }

  #keep(session: SessionId, fold: MessageFold): void {
    this.#folds.set(session, fold);
    const [oldest] = this.#folds.keys();
    if (this.#folds.size > LIMITS.keptFolds.value && oldest !== undefined) this.#folds.delete(oldest);
  }

  #say(session: SessionId, said: { text: string; turn: TurnId; delivery: 'start' | 'steer' }, actor: Actor) {
    const messageId = newMessageId();
    const { text, turn, delivery } = said;
    const event = { type: 'message.user' as const, data: { messageId, text, delivery }, session, turn, actor };
    const stored = this.#deps.store.log.record(event, 'synced');
    if (stored.type !== 'message.user') throw new Error('the log gave back another event');
    return stored;
  }

  #endLost(): void {
    const message = 'The record could not be written, so the turn ended. Send a message to go on.';
    for (const [session, turn] of this.#lost) {
      try {
        this.#recordEnd({ session, turn }, { by: 'limit', message });
        this.#lost.delete(session);
      } catch (error) {
        this.#deps.onLost(session, error);
      }
    }
  }

  #recordEnd(at: { session: SessionId; turn: TurnId }, data: { by: 'restart' | 'limit'; message: string }): void {
    this.#deps.store.log.record({ type: 'turn.interrupted', data, ...at, actor: 'system' }, 'synced');
  }
}

/** What is known of a command whose end nobody saw. The launcher dies with its server, and all that it holds with it. */
const LOST = {
  ...{
    code: null,
    signal: '',
    timedOut: false,
    durationMs: 0,
    bytes: 0,
    truncated: false,
    uncovered: '',
    output: '',
    lost: true,
  },
};

const TOO_LONG = 'The turn ran for as long as one may. Send a message to go on.';

const bound = () => new Promise<void>((resolve) => setTimeout(resolve, LIMITS.stopMs.value).unref());

/** Files that the person points to are named, not pasted: the agent reads what it needs, through the gate. */
function withAttachments(text: string, attachments: string[]): string {
  if (attachments.length === 0) return text;
  return `${text}\n\nFiles I point to:\n${attachments.map((path) => `- ${path}`).join('\n')}`;
}

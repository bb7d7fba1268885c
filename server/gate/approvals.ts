/** Requests that wait for a person: bound to a digest, answered once, expired by time, stop or restart. */
import type { Action, CommandAction, EditAction } from '../../shared/action.ts';
import type { ApprovalAnswer, PendingApproval } from '../../shared/api.ts';
import type { Actor, AnswerKind, EventData } from '../../shared/event.ts';
import type { GrantWish } from '../../shared/grant.ts';
import { newApprovalId, type ActionId, type ApprovalId, type SessionId, type TurnId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { Fault } from '../base/fault.ts';
import { digest } from '../base/hash.ts';
import type { EventLog } from '../store/log.ts';
import type { SessionReads } from '../store/sessions.ts';
import { createRoom } from './room.ts';
import type { NewGrant } from './standing.ts';

export interface Request {
  /** Both null for what the person asked for outside of any session. */
  session: SessionId | null;
  turn: TurnId | null;
  actionId: ActionId;
  action: Action;
  digest: string;
  verdict: Verdict;
  answers: AnswerKind[];
  actor: Actor;
  /** Aborted when the turn is stopped: the request expires with it. */
  signal: AbortSignal;
}

/** `withdrawn`: what it would change has changed; ask anew. `expired`: nobody answered, or the turn was stopped. */
export type Resolution =
  | { kind: 'allowed'; answer: AnswerKind; action: Action; digest: string; text: string; by: Actor }
  | { kind: 'denied'; text: string; stop: boolean; by: Actor }
  | { kind: 'expired'; message: string }
  | { kind: 'withdrawn' }
  /** There is no person who could be asked. */
  | { kind: 'nobody'; message: string };

export interface Approvals {
  request(request: Request): Promise<Resolution>;
  pending(session: SessionId | null): PendingApproval[];
  answer(id: ApprovalId, answer: ApprovalAnswer, actor: Actor): Promise<void>;
  /** What a request that waits is about. Throws a Fault where it does not wait. */
  waiting(id: ApprovalId): Pick<Request, 'action' | 'session'>;
  previewHunks(id: ApprovalId, hunks: Record<string, string[]>): Promise<{ digest: string; action: EditAction }>;
  /** At start: what waited when the last server ended is a deny. */
  expireLeftOver(): void;
}

export interface ApprovalsDeps {
  log: EventLog;
  sessions: SessionReads;
  /** The action that lands only these hunks: by path, hunk ids. Throws a Fault 422 where they do not fit. */
  takeHunks(action: EditAction, hunks: Record<string, string[]>): Promise<EditAction>;
  /** The command as the person wrote it anew. Throws a Fault 422 where more than its script is another, or it cannot run. */
  takeEdited(asked: CommandAction, given: CommandAction): CommandAction;
  /** The standing rule that an answer makes. Throws a Fault 422 or 409 where it may not be made, or is not what was shown. */
  takeRule(action: Action, given: { wish: GrantWish; shown: string; session: SessionId | null }): Promise<NewGrant>;
  /** Whether everything that the action would change still stands as it was shown. */
  unchanged(action: Action): Promise<boolean>;
  now(): number;
}

interface Waiter {
  request: Request;
  /** Milliseconds since 1970. */
  expires: number;
  settle(resolution: Resolution): void;
  /** The record failed: the turn cannot go on. */
  fail(error: unknown): void;
}

export const createApprovals = (deps: ApprovalsDeps): Approvals => new Requests(deps);

class Requests implements Approvals {
  readonly #deps: ApprovalsDeps;
  readonly #waiters = new Map<ApprovalId, Waiter>();
  readonly #room = createRoom(LIMITS.pendingApprovals.value);

  constructor(deps: ApprovalsDeps) {
    this.#deps = deps;
  }

  async request(asked: Request): Promise<Resolution> {
    const leave = await this.#room.enter(asked.signal);
    if (!leave) return { kind: 'expired', message: stopWords(asked.signal) };
    const approvalId = newApprovalId();
    const expires = this.#deps.now() + LIMITS.approvalMs.value;
    const timer = setTimeout(() => this.#close(approvalId, 'time', EXPIRED), LIMITS.approvalMs.value).unref();
    const onStop = () => this.#close(approvalId, 'stop', stopWords(asked.signal));
    try {
      const resolved = new Promise<Resolution>((settle, fail) =>
        this.#waiters.set(approvalId, { request: asked, expires, settle, fail }),
      );
      this.#recordRequest(approvalId, asked, expires);
      asked.signal.addEventListener('abort', onStop, { once: true });
      if (asked.signal.aborted) onStop();
      return await resolved;
    } finally {
      clearTimeout(timer);
      asked.signal.removeEventListener('abort', onStop);
      this.#waiters.delete(approvalId);
      leave();
    }
  }

  pending(session: SessionId | null): PendingApproval[] {
    return this.#deps.sessions.pending(session).filter((one) => this.#waiters.has(one.id));
  }

  async answer(id: ApprovalId, given: ApprovalAnswer, actor: Actor): Promise<void> {
    const { request: asked } = this.#open(id);
    if (!asked.answers.includes(given.answer)) throw notOffered(given.answer, asked.answers);
    const effective = await effectOf(this.#deps, asked, given);
    const seen = given.answer === 'allow-hunks' ? effective.digest : asked.digest;
    if (given.digest !== seen)
      throw gone(409, 'digest_mismatch', 'The digest is not that of what this request would do.');
    const { action, session } = asked;
    const grant =
      given.answer === 'allow-rule'
        ? await this.#deps.takeRule(action, { wish: given.rule, shown: given.ruleDigest, session })
        : null;
    const lets = given.answer !== 'deny' && given.answer !== 'stop';
    if (lets && !(await this.#deps.unchanged(action))) {
      this.#close(id, 'withdrawn', CHANGED);
      throw gone(409, 'base_changed', CHANGED);
    }
    // From here on nothing waits: who comes second finds it closed.
    const waiter = this.#open(id);
    const text = wordsOf(given);
    this.#recordAnswer(id, asked, { answer: given.answer, digest: given.digest, effective, text, actor, grant });
    if (lets) waiter.settle({ kind: 'allowed', answer: given.answer, text, by: actor, ...effective });
    else waiter.settle({ kind: 'denied', text, stop: given.answer === 'stop', by: actor });
  }

  waiting(id: ApprovalId): Request {
    return this.#open(id).request;
  }

  async previewHunks(id: ApprovalId, hunks: Record<string, string[]>): Promise<{ digest: string; action: EditAction }> {
    const { action, answers } = this.#open(id).request;
    if (action.kind !== 'edit') throw notOffered('allow-hunks', answers);
    const effective = await this.#deps.takeHunks(action, hunks);
    return { digest: digest(effective), action: effective };
  }

  expireLeftOver(): void {
    const { log, sessions } = this.#deps;
    for (const left of sessions.pending(null)) {
      if (this.#waiters.has(left.id)) continue;
      const { session, turn } = left;
      const actionId = sessions.approval(left.id)!.actionId as ActionId;
      const data = { approvalId: left.id, actionId, why: 'restart' as const, message: RESTARTED };
      log.record({ type: 'approval.expired', data, session, turn, actor: 'system' }, 'synced');
    }
  }

  /** The open request, or a Fault that says what became of it. */
  #open(id: ApprovalId): Waiter {
    // A timer sleeps while the machine does: the clock is asked too.
    if ((this.#waiters.get(id)?.expires ?? Infinity) <= this.#deps.now()) this.#close(id, 'time', EXPIRED);
    const waiter = this.#waiters.get(id);
    const row = this.#deps.sessions.approval(id);
    if (!row) throw gone(404, 'no_approval', `There is no request ${id}.`);
    if (row.state === 'answered') throw gone(409, 'already_answered', 'This request was answered before.');
    if (row.state === 'expired' || !waiter)
      throw gone(410, 'expired', 'This request expired, which is a deny. Nothing was run.');
    return waiter;
  }

  /** Called by timers and signals too, which nobody catches for: where the record fails, who waits is told. */
  #close(id: ApprovalId, why: EventData<'approval.expired'>['why'], message: string): void {
    const waiter = this.#waiters.get(id);
    if (!waiter) return;
    const { session, turn, actionId } = waiter.request;
    const data = { approvalId: id, actionId, why, message };
    try {
      this.#deps.log.record({ type: 'approval.expired', data, session, turn, actor: 'system' }, 'synced');
    } catch (error) {
      return waiter.fail(error);
    }
    waiter.settle(why === 'withdrawn' ? { kind: 'withdrawn' } : { kind: 'expired', message });
  }

  #recordRequest(approvalId: ApprovalId, asked: Request, expires: number): void {
    const { session, turn, actionId, action, verdict, answers, actor } = asked;
    const expiresAt = new Date(expires).toISOString();
    const data = { approvalId, actionId, action, digest: asked.digest, verdict, answers, expiresAt };
    this.#deps.log.record({ type: 'approval.requested', data, session, turn, actor }, 'synced');
  }

  #recordAnswer(approvalId: ApprovalId, asked: Request, given: Given): void {
    const { session, turn, actionId } = asked;
    const { answer, effective, text, actor } = given;
    const action = effective.digest === asked.digest ? null : effective.action;
    const data = { approvalId, actionId, answer, digest: given.digest, effective: effective.digest, action, text };
    const resolved = { type: 'approval.resolved' as const, data, session, turn, actor };
    const { grant } = given;
    // The answer and the rule that it makes stand together, or neither does.
    const made =
      grant === null
        ? []
        : [{ type: 'grant.added' as const, data: { ...grant, approvalId }, session: null, turn: null, actor }];
    this.#deps.log.recordAll([resolved, ...made], 'synced');
  }
}

interface Given {
  answer: AnswerKind;
  digest: string;
  effective: { action: Action; digest: string };
  text: string;
  actor: Actor;
  grant: NewGrant | null;
}

const wordsOf = (given: ApprovalAnswer): string =>
  given.answer === 'reply' ? given.text : 'reason' in given ? (given.reason ?? '') : '';

async function effectOf(
  deps: ApprovalsDeps,
  asked: Request,
  given: ApprovalAnswer,
): Promise<{ action: Action; digest: string }> {
  if (given.answer === 'edit' && asked.action.kind === 'command') {
    const action = deps.takeEdited(asked.action, given.action);
    return { action, digest: digest(action) };
  }
  if (given.answer !== 'allow-hunks' || asked.action.kind !== 'edit')
    return { action: asked.action, digest: asked.digest };
  const action = await deps.takeHunks(asked.action, given.hunks);
  return { action, digest: digest(action) };
}

/** The reason of a signal that takes a request back for another cause than the end of the turn; its message says which. */
export class Withdrawn extends Error {}

const stopWords = ({ reason }: AbortSignal): string => (reason instanceof Withdrawn ? reason.message : STOPPED);

const STOPPED = 'The turn was stopped before anybody answered. Nothing was run.';
const EXPIRED = 'Nobody answered in time, which is a deny. Nothing was run.';
const RESTARTED = 'The server restarted before anybody answered, which is a deny. Nothing was run.';
const CHANGED = 'What this request would change has changed since it was shown. It is withdrawn; a new one follows.';

const gone = (status: 404 | 409 | 410, code: string, message: string) =>
  new Fault({ status, code, message, hint: 'Read GET /api/approvals for what waits now.' });

const notOffered = (answer: string, offered: string[]) =>
  new Fault({
    status: 422,
    code: 'answer_not_offered',
    message: `This request does not offer the answer ${answer}.`,
    hint: `It offers: ${offered.join(', ')}.`,
  });

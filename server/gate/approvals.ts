/** Requests that wait for a person: bound to a digest, answered once, expired by time, stop or restart. */
import type { Action, EditAction } from '../../shared/action.ts';
import type { ApprovalAnswer, PendingApproval } from '../../shared/api.ts';
import type { Actor, AnswerKind, EventData } from '../../shared/event.ts';
import { newApprovalId, type ActionId, type ApprovalId, type SessionId, type TurnId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { Fault } from '../base/fault.ts';
import { digest } from '../base/hash.ts';
import type { EventLog } from '../store/log.ts';
import type { SessionReads } from '../store/sessions.ts';
import { createRoom } from './room.ts';

export interface Request {
  session: SessionId;
  turn: TurnId;
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
  | { kind: 'allowed'; answer: AnswerKind; action: Action; digest: string; text: string }
  | { kind: 'denied'; text: string; stop: boolean; by: Actor }
  | { kind: 'expired'; message: string }
  | { kind: 'withdrawn' };

export interface Approvals {
  request(request: Request): Promise<Resolution>;
  pending(session: SessionId | null): PendingApproval[];
  answer(id: ApprovalId, answer: ApprovalAnswer, actor: Actor): Promise<void>;
  previewHunks(id: ApprovalId, hunks: Record<string, string[]>): Promise<{ digest: string; action: EditAction }>;
  /** At start: what waited when the last server ended is a deny. */
  expireLeftOver(): void;
}

export interface ApprovalsDeps {
  log: EventLog;
  sessions: SessionReads;
  /** The action that lands only these hunks: by path, hunk ids. Throws a Fault 422 where they do not fit. */
  takeHunks(action: EditAction, hunks: Record<string, string[]>): Promise<EditAction>;
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

export function createApprovals(deps: ApprovalsDeps): Approvals {
  const { log, sessions } = deps;
  const waiters = new Map<ApprovalId, Waiter>();
  const room = createRoom(LIMITS.pendingApprovals.value);

  /** Called by timers and signals too, which nobody catches for: where the record fails, who waits is told. */
  function close(id: ApprovalId, why: EventData<'approval.expired'>['why'], message: string): void {
    const waiter = waiters.get(id);
    if (!waiter) return;
    const { session, turn, actionId } = waiter.request;
    const data = { approvalId: id, actionId, why, message };
    try {
      log.record({ type: 'approval.expired', data, session, turn, actor: 'system' }, 'synced');
    } catch (error) {
      return waiter.fail(error);
    }
    waiter.settle(why === 'withdrawn' ? { kind: 'withdrawn' } : { kind: 'expired', message });
  }

  async function request(asked: Request): Promise<Resolution> {
    const leave = await room.enter(asked.signal);
    if (!leave) return { kind: 'expired', message: STOPPED };
    const approvalId = newApprovalId();
    const expires = deps.now() + LIMITS.approvalMs.value;
    const timer = setTimeout(() => close(approvalId, 'time', EXPIRED), LIMITS.approvalMs.value);
    timer.unref();
    const onStop = () => close(approvalId, 'stop', STOPPED);
    try {
      const { session, turn, actionId, action, verdict, answers, actor } = asked;
      const data = {
        approvalId,
        actionId,
        action,
        digest: asked.digest,
        verdict,
        answers,
        expiresAt: new Date(expires).toISOString(),
      };
      const resolved = new Promise<Resolution>((settle, fail) =>
        waiters.set(approvalId, { request: asked, expires, settle, fail }),
      );
      log.record({ type: 'approval.requested', data, session, turn, actor }, 'synced');
      asked.signal.addEventListener('abort', onStop, { once: true });
      if (asked.signal.aborted) onStop();
      return await resolved;
    } finally {
      clearTimeout(timer);
      asked.signal.removeEventListener('abort', onStop);
      waiters.delete(approvalId);
      leave();
    }
  }

  /** The open request, or a Fault that says what became of it. */
  function open(id: ApprovalId): Waiter {
    // A timer sleeps while the machine does: the clock is asked too.
    if ((waiters.get(id)?.expires ?? Infinity) <= deps.now()) close(id, 'time', EXPIRED);
    const waiter = waiters.get(id);
    const row = sessions.approval(id);
    if (!row) throw gone(404, 'no_approval', `There is no request ${id}.`);
    if (row.state === 'answered') throw gone(409, 'already_answered', 'This request was answered before.');
    if (row.state === 'expired' || !waiter)
      throw gone(410, 'expired', 'This request expired, which is a deny. Nothing was run.');
    return waiter;
  }

  async function answer(id: ApprovalId, given: ApprovalAnswer, actor: Actor): Promise<void> {
    const { request: asked } = open(id);
    if (!asked.answers.includes(given.answer)) throw notOffered(given.answer, asked.answers);
    const effective = await effectOf(deps, asked, given);
    const seen = given.answer === 'allow-hunks' ? effective.digest : asked.digest;
    if (given.digest !== seen)
      throw gone(409, 'digest_mismatch', 'The digest is not that of what this request would do.');
    const lets = given.answer !== 'deny' && given.answer !== 'stop';
    if (lets && !(await deps.unchanged(asked.action))) {
      if (waiters.has(id)) close(id, 'withdrawn', CHANGED);
      throw gone(409, 'base_changed', CHANGED);
    }
    // From here on nothing waits: who comes second finds it closed.
    const waiter = open(id);
    const { session, turn, actionId } = asked;
    const text = given.answer === 'reply' ? given.text : 'reason' in given ? (given.reason ?? '') : '';
    const action = effective.digest === asked.digest ? null : effective.action;
    const data = {
      approvalId: id,
      actionId,
      answer: given.answer,
      digest: given.digest,
      effective: effective.digest,
      action,
      text,
    };
    log.record({ type: 'approval.resolved', data, session, turn, actor }, 'synced');
    if (lets) waiter.settle({ kind: 'allowed', answer: given.answer, text, ...effective });
    else waiter.settle({ kind: 'denied', text, stop: given.answer === 'stop', by: actor });
  }

  return {
    request,
    answer,
    pending: (session) => sessions.pending(session).filter((one) => waiters.has(one.id)),
    async previewHunks(id, hunks) {
      const { action } = open(id).request;
      if (action.kind !== 'edit') throw notOffered('allow-hunks', open(id).request.answers);
      const effective = await deps.takeHunks(action, hunks);
      return { digest: digest(effective), action: effective };
    },
    expireLeftOver() {
      for (const left of sessions.pending(null)) {
        if (waiters.has(left.id)) continue;
        const actionId = sessions.approval(left.id)!.actionId as ActionId;
        const data = { approvalId: left.id, actionId, why: 'restart' as const, message: RESTARTED };
        log.record(
          { type: 'approval.expired', data, session: left.session, turn: left.turn, actor: 'system' },
          'synced',
        );
      }
    },
  };
}

async function effectOf(
  deps: ApprovalsDeps,
  asked: Request,
  given: ApprovalAnswer,
): Promise<{ action: Action; digest: string }> {
  if (given.answer !== 'allow-hunks' || asked.action.kind !== 'edit')
    return { action: asked.action, digest: asked.digest };
  const action = await deps.takeHunks(asked.action, given.hunks);
  return { action, digest: digest(action) };
}

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

/** The lists that span sessions, as they fold from events. */
import { describe, expect, it } from 'vitest';
import type { Action } from '../../shared/action.ts';
import type { PendingApproval, SessionInfo } from '../../shared/api.ts';
import { newActionId, newApprovalId, newMessageId } from '../../shared/ids.ts';
import { foldApprovals, foldSessions, groupSessions } from '../../web/lib/rail.ts';
import { createScript } from '../fixtures/events.ts';

const action: Action = { kind: 'question', tool: 'ask_user', question: 'Which?', choices: [] };
const verdict = {
  decision: 'prompt',
  reasons: [
    { rule: 'r', layer: 'builtin', source: 'builtin/r', decision: 'prompt', why: 'w', about: { kind: 'none' } },
  ],
  inspectable: true,
  commands: [],
} as const;

function request(script: ReturnType<typeof createScript>) {
  const [approvalId, actionId, digest] = [newApprovalId(), newActionId(), 'a'.repeat(64)];
  const data = {
    approvalId,
    actionId,
    action,
    digest,
    verdict: { ...verdict, reasons: [...verdict.reasons], commands: [] },
  };
  return script.tell({
    type: 'approval.requested',
    data: { ...data, answers: ['reply', 'deny'], expiresAt: '2026-01-02T11:04:05.000Z' },
  });
}

const info = (id: SessionInfo['id'], updatedAt: string): SessionInfo => ({
  id,
  title: id,
  createdAt: updatedAt,
  updatedAt,
  state: 'rested',
  waiting: 0,
  lastTurn: 'completed',
  pinned: false,
  archived: false,
  forkedFrom: null,
});

describe('foldSessions', () => {
  it('follows a session from its making to its rest', () => {
    const { tell, events, session } = createScript();
    tell({ type: 'session.created', data: { title: 'One' } });
    tell({
      type: 'turn.started',
      data: { messageId: newMessageId(), provider: 'p', model: 'm', mode: 'ask' },
    });
    tell({ type: 'session.renamed', data: { title: 'Two' } });
    const running = events.reduce(foldSessions, [] as readonly SessionInfo[]);
    expect(running).toMatchObject([{ id: session, title: 'Two', state: 'running', lastTurn: 'none' }]);
    const rest = tell({ type: 'turn.interrupted', data: { by: 'person', message: '' } });
    expect(foldSessions(running, rest)).toMatchObject([
      { state: 'rested', lastTurn: 'interrupted', updatedAt: rest.at },
    ]);
  });

  it('takes the same events again without harm, and leaves the list where nothing of it changed', () => {
    const { tell, events } = createScript();
    tell({ type: 'session.created', data: { title: 'One' } });
    tell({ type: 'turn.completed', data: { steps: 1, toolCalls: 0, stop: 'end' } });
    const once = events.reduce(foldSessions, [] as readonly SessionInfo[]);
    expect(events.slice(0, 1).reduce(foldSessions, once)).toBe(once);
    expect(events.reduce(foldSessions, once)).toEqual(once);
  });
});

describe('foldApprovals', () => {
  it('holds a request once, whatever comes twice, until it is answered or expires', () => {
    const script = createScript();
    const asked = request(script);
    const other = request(script);
    const waiting = [asked, asked, other].reduce(foldApprovals, [] as readonly PendingApproval[]);
    expect(waiting.map(({ session, turn, requestedAt }) => [session, turn, requestedAt])).toEqual([
      [script.session, script.turn, asked.at],
      [script.session, script.turn, other.at],
    ]);
    const { approvalId, actionId } = waiting.length > 0 && asked.type === 'approval.requested' ? asked.data : never();
    const expired = script.tell({
      type: 'approval.expired',
      data: { approvalId, actionId, why: 'time', message: '' },
    });
    expect(foldApprovals(waiting, expired)).toHaveLength(1);
    expect(foldApprovals(foldApprovals(waiting, expired), expired)).toHaveLength(1);
  });
});

describe('groupSessions', () => {
  it('puts those that need you first, the rest by day, the newest first', () => {
    const [a, b, c, d] = [createScript(), createScript(), createScript(), createScript()];
    const list = [info(a.session, '2026-01-01T10'), info(b.session, '2026-01-02T10'), info(c.session, '2026-01-02T12')];
    const approvals = [request(a), request(a)].reduce(foldApprovals, [] as readonly PendingApproval[]);
    const groups = groupSessions([...list, info(d.session, '2026-01-01T09')], approvals, (at) => at.slice(0, 10));
    expect(groups.map(({ name, rows }) => [name, rows.map((row) => [row.info.id, row.waiting])])).toEqual([
      ['Needs you', [[a.session, 2]]],
      [
        '2026-01-02',
        [
          [c.session, 0],
          [b.session, 0],
        ],
      ],
      ['2026-01-01', [[d.session, 0]]],
    ]);
  });
});

function never(): never {
  throw new Error('the request is not what was told');
}

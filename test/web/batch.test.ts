/** Which waiting requests are alike: never a command, never two turns, never what other rules ask for. */
import { describe, expect, it } from 'vitest';
import { batchesOf } from '../../web/header/batch.ts';
import type { Action } from '../../shared/action.ts';
import type { PendingApproval } from '../../shared/api.ts';
import { newApprovalId, newSessionId, newTurnId } from '../../shared/ids.ts';
import { command } from '../fixtures/command.ts';

const [session, turn] = [newSessionId(), newTurnId()];
const read = (path: string): Action => ({ kind: 'read', tool: 'read_file', path, startLine: 1, endLine: null });
const request = (action: Action, rule = 'sensitive.env', over: Partial<PendingApproval> = {}): PendingApproval => ({
  id: newApprovalId(),
  digest: '0'.repeat(64),
  session,
  turn,
  action,
  verdict: {
    decision: 'prompt',
    reasons: [{ rule, layer: 'builtin', source: 'x', decision: 'prompt', why: '', about: { kind: 'none' } }],
    inspectable: true,
    commands: [],
  },
  answers: ['allow-once', 'deny', 'stop'],
  expiresAt: '',
  requestedAt: '',
  ...over,
});
const sizes = (...waiting: PendingApproval[]) => batchesOf(waiting).map(({ requests }) => requests.length);

describe('batches', () => {
  it('puts alike reads of one turn together', () => {
    expect(sizes(request(read('.env')), request(read('.env.local')))).toEqual([2]);
    expect(sizes(request(read('.env')))).toEqual([]);
  });

  it.each<[name: string, other: PendingApproval]>([
    ['another rule', request(read('b'), 'sensitive.keys')],
    ['another turn', request(read('b'), 'sensitive.env', { turn: newTurnId() })],
    ['another session', request(read('b'), 'sensitive.env', { session: newSessionId() })],
    ['another kind', request({ kind: 'read', tool: 'list_directory', path: 'b' })],
    ['no allow', request(read('b'), 'sensitive.env', { answers: ['deny'] })],
  ])('keeps %s apart', (_name, other) => expect(sizes(request(read('a')), other)).toEqual([]));

  it('never holds commands, nor what runs later, nor what could not be read', () => {
    expect(sizes(request(command('ls a')), request(command('ls b')))).toEqual([]);
    const surface = request(read('a'));
    const { verdict } = surface;
    const about = { kind: 'execSurface', path: 'a' } as const;
    const risky = { ...verdict, reasons: verdict.reasons.map((reason) => ({ ...reason, about })) };
    expect(sizes({ ...surface, verdict: risky }, { ...surface, id: newApprovalId(), verdict: risky })).toEqual([]);
    const unread = { ...verdict, inspectable: false };
    expect(sizes({ ...surface, verdict: unread }, { ...surface, id: newApprovalId(), verdict: unread })).toEqual([]);
  });
});

/** Requests: bound to a digest, one winner, and a deny when nobody answers. */
import Database from 'better-sqlite3';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { digest } from '../../server/base/hash.ts';
import { takeEdited } from '../../server/agent/effective.ts';
import { createApprovals, type Approvals, type ApprovalsDeps } from '../../server/gate/approvals.ts';
import { openStore, type Store } from '../../server/store/store.ts';
import { testSeals } from '../fixtures/seals.ts';
import type { EditAction } from '../../shared/action.ts';
import type { ApprovalAnswer } from '../../shared/api.ts';
import { newActionId, newTurnId, type SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { noRule } from '../fixtures/standing.ts';
import { tempStore } from '../fixtures/store.ts';
import { tempDir } from '../fixtures/temp.ts';

const ADA = 'user:ada/one';
const VERDICT: Verdict = {
  decision: 'prompt',
  inspectable: true,
  commands: [],
  reasons: [{ rule: 'r', layer: 'default', source: 's', decision: 'prompt', why: '', about: { kind: 'none' } }],
};

function edit(path: string): EditAction {
  const file = { state: 'file' as const, sha256: 'b'.repeat(64), size: 3, mode: 0o644 };
  const hunk = { id: 'h1', oldStart: 1, oldLines: 1, newStart: 1, newLines: 1, lines: ['-a', '+b'] };
  const diff = { kind: 'text' as const, hunks: [hunk], added: 1, removed: 1 };
  const change = {
    op: 'modify' as const,
    path,
    from: path,
    before: file,
    after: { ...file, sha256: 'c'.repeat(64) },
    diff,
  };
  return { kind: 'edit', tool: 'edit_file', changes: [change] };
}

interface Place {
  store: Store;
  session: SessionId;
  approvals: Approvals;
  /** Asks for an edit of `path`; the request stands when it returns. */
  ask(path?: string, controller?: AbortController): ReturnType<Approvals['request']>;
}

function place(store: Store, ports: Partial<ApprovalsDeps> = {}): Place {
  const session = store.sessions.create('s', ADA);
  const approvals = createApprovals({
    log: store.log,
    sessions: store.sessions,
    takeHunks: async (action) => ({ ...action, tool: 'partial' }),
    takeEdited,
    takeRule: noRule,
    unchanged: async () => true,
    now: () => Date.now(),
    ...ports,
  });
  const ask = (path = 'a.txt', controller = new AbortController()) => {
    const action = edit(path);
    const answers = ['allow-once', 'allow-hunks', 'deny', 'stop'] as const;
    const base = { session, turn: newTurnId(), actionId: newActionId(), actor: 'agent:m', signal: controller.signal };
    return approvals.request({ ...base, action, digest: digest(action), verdict: VERDICT, answers: [...answers] });
  };
  return { store, session, approvals, ask };
}

const nextPending = (approvals: Approvals, count = 1) =>
  vi.waitFor(() => {
    const open = approvals.pending(null);
    expect(open).toHaveLength(count);
    return open[0]!;
  });

const say = (answer: 'allow-once' | 'deny' | 'stop', seen: string): ApprovalAnswer => ({
  commandId: randomUUID(),
  digest: seen,
  answer,
});

describe('an approval', () => {
  it('lets through what was seen, and only by its digest', async () => {
    const { approvals, ask } = place(await tempStore());
    const asked = ask();
    const open = await nextPending(approvals);
    expect(open.digest).toBe(digest(open.action));
    await expect(approvals.answer(open.id, say('allow-once', 'f'.repeat(64)), ADA)).rejects.toMatchObject({
      status: 409,
      code: 'digest_mismatch',
    });
    await approvals.answer(open.id, say('allow-once', open.digest), ADA);
    expect(await asked).toMatchObject({ kind: 'allowed', digest: open.digest });
  });

  it('does not take the digest of another request', async () => {
    const { approvals, ask } = place(await tempStore());
    void ask('a.txt');
    await nextPending(approvals, 1);
    void ask('b.txt');
    await nextPending(approvals, 2);
    const [first, second] = approvals.pending(null);
    await expect(approvals.answer(first!.id, say('allow-once', second!.digest), ADA)).rejects.toMatchObject({
      status: 409,
    });
    expect(approvals.pending(null)).toHaveLength(2);
  });

  it('has one winner when two answer at once, and tells everybody', async () => {
    const { approvals, ask, store } = place(await tempStore());
    const asked = ask();
    const open = await nextPending(approvals);
    const heard: string[] = [];
    store.bus.subscribe((item) => void (item.kind === 'durable' && heard.push(item.event.type)));
    const results = await Promise.allSettled([
      approvals.answer(open.id, say('allow-once', open.digest), ADA),
      approvals.answer(open.id, say('deny', open.digest), 'user:ada/two'),
    ]);
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    const lost = results.find((result) => result.status === 'rejected');
    expect(lost?.reason).toMatchObject({ status: 409, code: 'already_answered' });
    const won = results[0]!.status === 'fulfilled' ? 'allowed' : 'denied';
    expect((await asked).kind).toBe(won);
    expect(heard.filter((type) => type === 'approval.resolved')).toHaveLength(1);
  });

  it('is 409 when answered before and 404 when it never was', async () => {
    const { approvals, ask } = place(await tempStore());
    void ask();
    const open = await nextPending(approvals);
    await approvals.answer(open.id, say('deny', open.digest), ADA);
    await expect(approvals.answer(open.id, say('allow-once', open.digest), ADA)).rejects.toMatchObject({ status: 409 });
    const other = `apr_${'0'.repeat(32)}` as typeof open.id;
    await expect(approvals.answer(other, say('deny', open.digest), ADA)).rejects.toMatchObject({ status: 404 });
  });

  it('is withdrawn when what it would change has changed', async () => {
    let stands = true;
    const { approvals, ask } = place(await tempStore(), { unchanged: async () => stands });
    const asked = ask();
    const open = await nextPending(approvals);
    stands = false;
    await expect(approvals.answer(open.id, say('allow-once', open.digest), ADA)).rejects.toMatchObject({
      status: 409,
      code: 'base_changed',
    });
    expect(await asked).toEqual({ kind: 'withdrawn' });
    await expect(approvals.answer(open.id, say('allow-once', open.digest), ADA)).rejects.toMatchObject({ status: 410 });
  });

  it('may still be denied when its file changed', async () => {
    const { approvals, ask } = place(await tempStore(), { unchanged: async () => false });
    const asked = ask();
    const open = await nextPending(approvals);
    await approvals.answer(open.id, say('deny', open.digest), ADA);
    expect(await asked).toMatchObject({ kind: 'denied', stop: false });
  });

  it('takes hunks only with the digest of what they come to', async () => {
    const { approvals, ask } = place(await tempStore());
    const asked = ask();
    const open = await nextPending(approvals);
    const hunks = { 'a.txt': ['h1'] };
    const answer = { commandId: randomUUID(), answer: 'allow-hunks' as const, hunks };
    await expect(approvals.answer(open.id, { ...answer, digest: open.digest }, ADA)).rejects.toMatchObject({
      status: 409,
    });
    const preview = await approvals.previewHunks(open.id, hunks);
    await approvals.answer(open.id, { ...answer, digest: preview.digest }, ADA);
    expect(await asked).toMatchObject({ kind: 'allowed', action: { tool: 'partial' }, digest: preview.digest });
  });

  it('expires with the stop of its turn', async () => {
    const { approvals, ask } = place(await tempStore());
    const controller = new AbortController();
    const asked = ask('a.txt', controller);
    const open = await nextPending(approvals);
    controller.abort();
    expect((await asked).kind).toBe('expired');
    await expect(approvals.answer(open.id, say('allow-once', open.digest), ADA)).rejects.toMatchObject({ status: 410 });
  });

  it('expires in time, which is a deny', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    try {
      const { approvals, ask } = place(await tempStore());
      const asked = ask();
      await vi.advanceTimersByTimeAsync(0);
      expect(approvals.pending(null)).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(LIMITS.approvalMs.value);
      expect(await asked).toMatchObject({ kind: 'expired' });
      expect(approvals.pending(null)).toHaveLength(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is dead after its time also where the timer slept with the machine', async () => {
    let late = 0;
    const { approvals, ask } = place(await tempStore(), { now: () => Date.now() + late });
    const asked = ask();
    const open = await nextPending(approvals);
    late = LIMITS.approvalMs.value + 1;
    await expect(approvals.answer(open.id, say('allow-once', open.digest), ADA)).rejects.toMatchObject({ status: 410 });
    expect(await asked).toMatchObject({ kind: 'expired' });
  });

  it('tells who waits when its end cannot be recorded, and brings nothing else down', async () => {
    const dir = tempDir();
    const { approvals, ask } = place(await tempStore(dir));
    const controller = new AbortController();
    const asked = ask('a.txt', controller);
    await nextPending(approvals);
    const other = new Database(join(dir, 'vtcode.db'));
    other.exec('BEGIN IMMEDIATE');
    controller.abort();
    await expect(asked).rejects.toMatchObject({ code: 'store_locked' });
    other.close();
  });

  it('does not outlive a restart', async () => {
    const dir = tempDir();
    const store = await openStore(dir, testSeals(dir));
    const first = place(store);
    void first.ask();
    const open = await nextPending(first.approvals);
    store.close();
    const again = await tempStore(dir);
    const { approvals } = place(again);
    expect(again.sessions.pending(null)).toHaveLength(1);
    expect(approvals.pending(null)).toHaveLength(0);
    approvals.expireLeftOver();
    await expect(approvals.answer(open.id, say('allow-once', open.digest), ADA)).rejects.toMatchObject({ status: 410 });
    const expired = [...again.log.all(first.session)].filter((event) => event.type === 'approval.expired');
    expect(expired.map((event) => event.data)).toMatchObject([{ why: 'restart' }]);
  });

  it('waits for room when very many ask, and none is lost', async () => {
    const { approvals, ask } = place(await tempStore());
    const bound = LIMITS.pendingApprovals.value;
    const asked = Array.from({ length: bound + 5 }, (_, i) => ask(`${i}.txt`));
    await nextPending(approvals, bound);
    for (let left = asked.length; left > 0; left--) {
      const open = await nextPending(approvals, Math.min(bound, left));
      await approvals.answer(open.id, say('deny', open.digest), ADA);
    }
    const kinds = (await Promise.all(asked)).map((resolution) => resolution.kind);
    expect(kinds).toEqual(asked.map(() => 'denied'));
  });
});

/** The door from end to end: real files, a real store, and a person who answers. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { landedChanges, stillStands, takeEdited, takeHunks } from '../../server/agent/effective.ts';
import { digest } from '../../server/base/hash.ts';
import { createApprovals } from '../../server/gate/approvals.ts';
import { createGate } from '../../server/gate/gate.ts';
import type { Asker } from '../../server/gate/proposal.ts';
import { createTaints } from '../../server/gate/taints.ts';
import { createSessionGrants } from '../../server/gate/grants.ts';
import type { Facts, Rules } from '../../server/policy/rules.ts';
import { createCommands } from '../../server/run/command.ts';
import { createRunner, type Permit } from '../../server/run/perform.ts';
import { createWriter } from '../../server/run/write.ts';
import { createLooker } from '../../server/search/world.ts';
import { planChange } from '../../server/tools/change.ts';
import type { EditAction } from '../../shared/action.ts';
import type { ApprovalAnswer } from '../../shared/api.ts';
import { newCallId, newTurnId } from '../../shared/ids.ts';
import { NO_CONFINEMENT, nowhere, unheard } from '../fixtures/confined.ts';
import { NO_STANDING, noRule } from '../fixtures/standing.ts';
import { tempStore } from '../fixtures/store.ts';
import { tempDir } from '../fixtures/temp.ts';
import { NO_TERMINALS, UNHEARD_TERMINALS } from '../fixtures/terminals.ts';

const ADA = 'user:ada/gate';
const NO_RULES: Rules = { tools: [], commands: [], constraints: [], paths: [], hosts: [], humanInTheLoop: null };
const UNHEARD = { ...unheard(), terminal: UNHEARD_TERMINALS };

async function house(given: Partial<Pick<Facts, 'mode' | 'trusted'>> = {}) {
  const facts = { rules: NO_RULES, mode: 'ask' as Facts['mode'], trusted: true, ...given };
  const root = tempDir('vtcode-ws-');
  const store = await tempStore();
  const { log, blobs, sessions } = store;
  const approvals = createApprovals({
    log,
    sessions,
    takeHunks: (action, hunks) => takeHunks(blobs, action, hunks),
    takeEdited,
    takeRule: noRule,
    unchanged: (action) => stillStands(root, action),
    now: Date.now,
  });
  const { runner, mint } = createRunner({
    read: async () => ({ outcome: { status: 'done', summary: 'read', bytes: 0, truncated: false }, content: 'read' }),
    ...{ edit: createWriter({ root, blobs }), ...NO_TERMINALS },
    ...createCommands({ confinement: NO_CONFINEMENT, blobs, ways: nowhere(), onLost: expect.unreachable }),
  });
  const gate = createGate({
    ...{ log, approvals, mint, runner, rules: NO_STANDING, grants: createSessionGrants(), taints: createTaints(log) },
    landed: (action) => landedChanges(root, action),
    live: () => undefined,
    adopting: async () => async () => undefined,
    standing: async () => facts,
    ...{ boxed: false, ...createLooker(root) },
  });
  const session = sessions.create('gate', ADA);
  const asker = (signal = new AbortController().signal): Asker => ({
    session,
    turn: newTurnId(),
    callId: newCallId(),
    actor: 'agent:m',
    signal,
  });
  const types = () => [...log.all(session)].map((event) => event.type);
  /** Plans the change of a file from what it is now to this text. */
  const edit = async (path: string, text: string): Promise<EditAction> => {
    const file = join(root, path);
    const before = existsSync(file) ? { bytes: readFileSync(file), mode: 0o644 } : null;
    const after = { bytes: Buffer.from(text), mode: 0o644 };
    return {
      kind: 'edit',
      tool: 'write_file',
      changes: [await planChange({ path, from: path, before, after, blobs })],
    };
  };
  const open = () => vi.waitFor(() => approvals.pending(null)[0] ?? expect.fail('nothing waits'));
  const answer = (id: Parameters<typeof approvals.answer>[0], given: Record<string, unknown>) =>
    approvals.answer(id, { commandId: randomUUID(), ...given } as ApprovalAnswer, ADA);
  return { root, store, gate, approvals, asker, types, edit, open, answer, session, mint, runner, facts };
}

const DENY: Rules['tools'][number] = {
  id: 'user/write_file',
  layer: 'user',
  source: 'tool-policy.json:1',
  tool: 'write_file',
  decision: 'deny',
  why: '',
};

describe('the gate', () => {
  it('writes what was allowed, byte for byte, and records who, what and when', async () => {
    const { root, gate, asker, types, edit, open, answer } = await house();
    const action = await edit('a.txt', 'hello\n');
    const passing = gate.pass(action, asker());
    const request = await open();
    expect(existsSync(join(root, 'a.txt'))).toBe(false);
    expect(request.digest).toBe(digest(action));
    await answer(request.id, { answer: 'allow-once', digest: request.digest });
    expect(await passing).toMatchObject({ kind: 'done' });
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('hello\n');
    expect(types()).toEqual([
      'session.created',
      'action.proposed',
      'approval.requested',
      'approval.resolved',
      'file.changed',
      'action.finished',
    ]);
  });

  it('asks again the next time when it was allowed once, and not when for the session', async () => {
    const { gate, asker, edit, open, answer, approvals } = await house();
    for (const kind of ['allow-once', 'allow-session'] as const) {
      const passing = gate.pass(await edit('a.txt', `${kind}\n`), asker());
      const request = await open();
      await answer(request.id, { answer: kind, digest: request.digest });
      await passing;
    }
    expect(await gate.pass(await edit('a.txt', 'third\n'), asker())).toMatchObject({ kind: 'done' });
    const other = gate.pass(await edit('b.txt', 'other\n'), asker());
    const request = await open();
    expect(request.action).toMatchObject({ changes: [{ path: 'b.txt' }] });
    await answer(request.id, { answer: 'deny', digest: request.digest });
    await other;
    expect(approvals.pending(null)).toHaveLength(0);
  });

  it('changes nothing when denied, and tells why', async () => {
    const { root, gate, asker, edit, open, answer } = await house();
    const passing = gate.pass(await edit('a.txt', 'x'), asker());
    const request = await open();
    await answer(request.id, { answer: 'deny', digest: request.digest, reason: 'not this file' });
    expect(await passing).toMatchObject({ kind: 'denied', content: expect.stringContaining('not this file') });
    expect(existsSync(join(root, 'a.txt'))).toBe(false);
  });

  it('denies without a question in an untrusted workspace and in mode plan', async () => {
    for (const facts of [{ trusted: false }, { mode: 'plan' as const }]) {
      const { gate, asker, types, edit } = await house(facts);
      expect(await gate.pass(await edit('a.txt', 'x'), asker())).toMatchObject({ kind: 'denied' });
      expect(types()).not.toContain('approval.requested');
    }
  });

  const LATER: [string, (facts: { rules: Rules; mode: Facts['mode']; trusted: boolean }) => void][] = [
    ['the workspace is no longer trusted', (facts) => void (facts.trusted = false)],
    ['the mode is plan by then', (facts) => void (facts.mode = 'plan')],
    ['a rule denies it by then', (facts) => void (facts.rules = { ...NO_RULES, tools: [DENY] })],
  ];

  it.each(LATER)('does not do what was allowed when %s', async (_name, change) => {
    const { root, gate, asker, edit, open, answer, facts } = await house();
    const passing = gate.pass(await edit('a.txt', 'x'), asker());
    const request = await open();
    change(facts);
    await answer(request.id, { answer: 'allow-once', digest: request.digest });
    expect(await passing).toMatchObject({ kind: 'denied' });
    expect(existsSync(join(root, 'a.txt'))).toBe(false);
  });

  it('forgets what was allowed for the session when trust is taken away', async () => {
    const { gate, asker, edit, open, answer, facts } = await house();
    const first = gate.pass(await edit('a.txt', 'one'), asker());
    const request = await open();
    await answer(request.id, { answer: 'allow-session', digest: request.digest });
    await first;
    facts.trusted = false;
    expect(await gate.pass(await edit('a.txt', 'two'), asker())).toMatchObject({ kind: 'denied' });
    facts.trusted = true;
    const third = gate.pass(await edit('a.txt', 'three'), asker());
    const asked = await open();
    await answer(asked.id, { answer: 'deny', digest: asked.digest });
    expect(await third).toMatchObject({ kind: 'denied' });
  });

  it('lands only the chosen hunks, exactly as the preview has them', async () => {
    const { root, gate, asker, edit, open, answer, approvals } = await house();
    const lines = Array.from({ length: 40 }, (_, i) => `line ${i}`);
    writeFileSync(join(root, 'a.txt'), lines.join('\r\n'), { mode: 0o644 });
    const changed = lines.map((line, i) => (i === 3 || i === 30 ? `${line} changed` : line));
    const passing = gate.pass(await edit('a.txt', changed.join('\r\n')), asker());
    const request = await open();
    const hunks = { 'a.txt': ['h2'] };
    const preview = await approvals.previewHunks(request.id, hunks);
    await expect(answer(request.id, { answer: 'allow-hunks', hunks, digest: request.digest })).rejects.toMatchObject({
      status: 409,
    });
    await answer(request.id, { answer: 'allow-hunks', hunks, digest: preview.digest });
    expect(await passing).toMatchObject({ kind: 'done', content: expect.stringContaining('1 of 2 hunks') });
    const expected = lines.map((line, i) => (i === 30 ? `${line} changed` : line)).join('\r\n');
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe(expected);
    const after = preview.action.changes[0]!.after;
    expect(after).toMatchObject({ size: expected.length });
  });

  it('lets nothing land on a file that is not the one shown', async () => {
    const { root, gate, asker, edit, open, answer } = await house();
    writeFileSync(join(root, 'a.txt'), 'mine\n', { mode: 0o644 });
    const passing = gate.pass(await edit('a.txt', 'theirs\n'), asker());
    const request = await open();
    writeFileSync(join(root, 'a.txt'), 'mine, edited\n');
    await expect(answer(request.id, { answer: 'allow-once', digest: request.digest })).rejects.toMatchObject({
      status: 409,
      code: 'base_changed',
    });
    expect(await passing).toMatchObject({ kind: 'stale' });
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('mine, edited\n');
  });

  it('performs a permit once, and no permit that it did not mint', async () => {
    const { edit, mint, runner, root } = await house();
    const action = await edit('a.txt', 'x');
    const { signal } = new AbortController();
    const permit = mint(action, digest(action));
    await runner.perform(permit, signal, UNHEARD);
    await expect(runner.perform(permit, signal, UNHEARD)).rejects.toThrow('used before');
    expect(() => mint(action, 'f'.repeat(64))).toThrow('not that of the action');
    const forged: Permit = { action: await edit('b.txt', 'x'), digest: digest(action) };
    await expect(runner.perform(forged, signal, UNHEARD)).rejects.toThrow('not minted here');
    expect(existsSync(join(root, 'b.txt'))).toBe(false);
  });

  it('stops with its turn: what waited is denied and nothing is written', async () => {
    const { root, gate, asker, edit, open } = await house();
    const controller = new AbortController();
    const passing = gate.pass(await edit('a.txt', 'x'), asker(controller.signal));
    await open();
    controller.abort();
    expect(await passing).toMatchObject({ kind: 'denied' });
    expect(existsSync(join(root, 'a.txt'))).toBe(false);
  });

  it('says no to a hunk choice that does not fit', async () => {
    const { gate, asker, edit, open, approvals, answer } = await house();
    const passing = gate.pass(await edit('a.txt', 'x\n'), asker());
    const { id, digest: seen } = await open();
    for (const hunks of [
      {},
      { 'a.txt': [] },
      { 'a.txt': ['h9'] },
      { 'other.txt': ['h1'] },
      JSON.parse('{"__proto__":["h1"]}'),
    ]) {
      await expect(approvals.previewHunks(id, hunks)).rejects.toMatchObject({ status: 422 });
    }
    await answer(id, { answer: 'deny', digest: seen });
    await passing;
  });
});

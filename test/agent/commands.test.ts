/** A command from end to end: the model asks, the person answers, the launcher confines, and all of it is recorded. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAgent } from '../../server/agent/agent.ts';
import { createLiveStates } from '../../server/agent/live.ts';
import { takeEdited } from '../../server/agent/effective.ts';
import { createApprovals } from '../../server/gate/approvals.ts';
import { createGate } from '../../server/gate/gate.ts';
import { createTaints } from '../../server/gate/taints.ts';
import { createSessionGrants } from '../../server/gate/grants.ts';
import { parseScript } from '../../server/llm/script.ts';
import { createScripted } from '../../server/llm/scripted.ts';
import { createCommands } from '../../server/run/command.ts';
import { createRunner } from '../../server/run/perform.ts';
import { createLooker } from '../../server/search/world.ts';
import { COMMAND_DEFAULTS } from '../../server/tools/command-limits.ts';
import { offers, toolsFor } from '../../server/tools/registry.ts';
import type { EventType, LiveEvent } from '../../shared/event.ts';
import { extendLive, fold, type ToolItem } from '../../shared/timeline.ts';
import { testConfinement, nowhere } from '../fixtures/confined.ts';
import { NO_STANDING, noRule } from '../fixtures/standing.ts';
import { tempStore } from '../fixtures/store.ts';
import { tempDir } from '../fixtures/temp.ts';
import { NO_TERMINALS } from '../fixtures/terminals.ts';

const ADA = 'user:ada/commands';
const unused = () => Promise.reject(new Error('nothing is read or edited here'));

async function house(turns: unknown[]) {
  const root = tempDir('vtcode-ws-');
  const store = await tempStore();
  const { log, blobs, sessions, bus } = store;
  const provider = createScripted(parseScript(JSON.stringify({ version: 1, turns }), 'test.json'), { delayMs: 0 });
  const approvals = createApprovals({
    ...{ log, sessions, takeHunks: unused, takeEdited, takeRule: noRule, unchanged: async () => true, now: Date.now },
  });
  const confinement = await testConfinement(root);
  const commands = createCommands({ confinement, blobs, ways: nowhere(), onLost: expect.unreachable });
  const { runner, mint } = createRunner({ read: unused, edit: unused, ...commands, ...NO_TERMINALS });
  const lived: LiveEvent[] = [];
  const facts = { trusted: true };
  const gate = createGate({
    ...{ log, approvals, rules: NO_STANDING, grants: createSessionGrants(), taints: createTaints(log) },
    ...{ mint, runner, boxed: false },
    ...createLooker(root),
    live: (event) => void lived.push(event),
    landed: unused,
    adopting: unused,
    standing: async () => ({
      rules: { tools: [], commands: [], constraints: [], paths: [], hosts: [], humanInTheLoop: null },
      mode: 'ask' as const,
      ...facts,
    }),
  });
  const tools = toolsFor('full');
  const agent = createAgent({
    ...{ store, gate, live: createLiveStates(bus), maxToolCalls: 200, onLost: expect.unreachable },
    tools: new Map(tools.map((tool) => [tool.name, tool])),
    offers: offers(tools),
    toolContext: (signal) => ({ root, blobs, commands: COMMAND_DEFAULTS, signal }),
    system: async () => 'You are tested.',
    current: () => ({ provider, model: provider.models[0]!.id, mode: 'ask', policy: '0'.repeat(64) }),
    wait: () => Promise.resolve(),
  });
  onTestFinished(async () => {
    await agent.stop();
    await commands.close();
  });
  const session = sessions.create(null, ADA);
  const events = () => [...log.all(session)];
  const open = () => vi.waitFor(() => approvals.pending(session)[0] ?? expect.fail('nothing waits'), 10_000);
  const answer = async (kind: 'allow-once' | 'allow-session' | 'deny') => {
    const { id, digest } = await open();
    await approvals.answer(id, { commandId: randomUUID(), answer: kind, digest }, ADA);
  };
  const data = (type: EventType) => events().flatMap((event) => (event.type === type ? [event.data] : []));
  return {
    ...{ root, agent, session, events, lived, open, answer, data, approvals, facts },
    send: () => agent.send(session, { text: 'go', attachments: [] }, ADA),
    rested: () => vi.waitFor(() => expect(sessions.get(session).state).toBe('rested'), { timeout: 15_000 }),
  };
}

const call = (name: string, args: unknown) => ({ calls: [{ name, args }] });

describe('run_command', () => {
  it('asks, runs confined once allowed, and tells the model and the record the same', async () => {
    const { send, open, answer, rested, events, data, lived, root } = await house([
      call('run_command', { command: 'echo hello > made; cat made; exit 2' }),
      { text: 'Done.' },
    ]);
    send();
    const request = await open();
    expect(request.action).toMatchObject({ kind: 'command', script: 'echo hello > made; cat made; exit 2', cwd: '.' });
    expect(request.answers).toEqual(['allow-once', 'allow-session', 'edit', 'deny', 'stop']);
    expect(existsSync(join(root, 'made'))).toBe(false);
    await answer('allow-once');
    await rested();
    expect(events().map(({ type }) => type)).toEqual(
      expect.arrayContaining(['approval.resolved', 'command.started', 'command.finished', 'action.finished']),
    );
    expect(data('command.started')).toMatchObject([{ tier: 'full', network: 'none', layers: { seccomp: true } }]);
    expect(data('action.finished')).toMatchObject([{ outcome: { status: 'exited', code: 2 } }]);
    expect(data('tool.answered')).toMatchObject([
      { isError: true, content: expect.stringMatching(/^Exit code 2.*\nhello/) },
    ]);
    expect(lived).toMatchObject([{ type: 'command.output', offset: 0, text: 'hello\r\n' }]);
    const timeline = fold(events());
    for (const event of lived) if (event.type === 'command.output') extendLive(timeline, event);
    expect(timeline.items.find((one): one is ToolItem => one.kind === 'tool')).toMatchObject({
      state: 'failed',
      outcome: { code: 2 },
      command: { facts: { tier: 'full' }, end: { code: 2, findings: [] }, output: { text: 'hello\r\n', cut: false } },
    });
  });

  it('that the person wrote anew runs as they wrote it, is judged so, and the model is told', async () => {
    const { send, open, approvals, rested, data, root } = await house([
      call('run_command', { command: 'touch asked' }),
      { text: 'I see.' },
    ]);
    send();
    const { id, digest, action } = await open();
    if (action.kind !== 'command') return expect.unreachable();
    const script = 'touch written';
    const edit = (given: object) =>
      approvals.answer(
        id,
        {
          commandId: randomUUID(),
          answer: 'edit',
          digest,
          action: { ...action, script, argv: ['/bin/bash', '-c', script], ...given },
        },
        ADA,
      );
    for (const given of [
      { argv: ['/bin/bash', '-c', 'touch other'] },
      { network: { mode: 'host' as const, hosts: [] } },
      { git: 'guarded' as const },
      { cwd: '..' },
      { env: { LD_PRELOAD: '/x.so' } },
      { script: ' ', argv: ['/bin/bash', '-c', ' '] },
      { script: 'a\0b', argv: ['/bin/bash', '-c', 'a\0b'] },
    ])
      await expect(edit(given), JSON.stringify(given)).rejects.toMatchObject({ status: 422 });
    await edit({});
    await rested();
    expect([existsSync(join(root, 'asked')), existsSync(join(root, 'written'))]).toEqual([false, true]);
    const [resolved] = data('approval.resolved') as { answer: string; digest: string; effective: string }[];
    expect(resolved).toMatchObject({ answer: 'edit', digest, action: { script } });
    expect(resolved!.effective).not.toBe(digest);
    expect(data('tool.answered')).toMatchObject([
      { content: expect.stringMatching(/^The person changed the command[^]*touch written[^]*Exit code 0/) },
    ]);
  });

  it('that the person wrote anew is denied where a rule denies it as written', async () => {
    const { send, open, approvals, rested, data, root, facts } = await house([
      call('run_command', { command: 'touch asked' }),
      { text: 'I see.' },
    ]);
    send();
    const { id, digest, action } = await open();
    if (action.kind !== 'command') return expect.unreachable();
    facts.trusted = false;
    const script = 'touch written';
    const written = { ...action, script, argv: ['/bin/bash', '-c', script] };
    await approvals.answer(id, { commandId: randomUUID(), answer: 'edit', digest, action: written }, ADA);
    await rested();
    expect(data('action.denied')).toMatchObject([{ by: 'policy' }]);
    expect(existsSync(join(root, 'written'))).toBe(false);
  });

  it('that was denied never starts', async () => {
    const { send, answer, rested, data, root } = await house([
      call('run_command', { command: 'touch made' }),
      { text: 'Well then.' },
    ]);
    send();
    await answer('deny');
    await rested();
    expect(data('command.started')).toEqual([]);
    expect(existsSync(join(root, 'made'))).toBe(false);
  });

  it('that was allowed for the session runs again unasked, to the letter, and no other does', async () => {
    const { send, answer, open, rested, data } = await house([
      call('run_command', { command: 'touch one' }),
      call('run_command', { command: 'touch one' }),
      call('run_command', { command: 'touch one2' }),
      { text: 'Done.' },
    ]);
    send();
    await answer('allow-session');
    await vi.waitFor(() => expect(data('command.finished')).toHaveLength(2), 10_000);
    expect((await open()).action).toMatchObject({ script: 'touch one2' });
    await answer('deny');
    await rested();
    expect(data('command.started')).toHaveLength(2);
  });

  it('in the background is read and stopped without a question', async () => {
    const { send, answer, rested, data } = await house([
      call('run_command', { command: 'touch up; sleep 60', background: true }),
      call('list_tasks', {}),
      call('stop_task', { id: 'task_1' }),
      call('read_task', { id: 'task_1' }),
      { text: 'Done.' },
    ]);
    send();
    await answer('allow-once');
    await rested();
    const [started, listed, stopped, read] = data('tool.answered') as { content: string; isError: boolean }[];
    expect(started!.content).toContain('as task_1');
    expect(listed!.content).toMatch(/^task_1: running/);
    expect(stopped!.content).toMatch(/^task_1: ended after/);
    expect(read!.isError).toBe(false);
    expect(data('command.finished')).toHaveLength(1);
  });
});

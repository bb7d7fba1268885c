/** The turn: a scripted model, real tools, a real gate and a real store. */
import Database from 'better-sqlite3';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAgent, type Agent } from '../../server/agent/agent.ts';
import { landedChanges, stillStands, takeEdited, takeHunks } from '../../server/agent/effective.ts';
import { createLiveStates } from '../../server/agent/live.ts';
import { createApprovals, type Approvals } from '../../server/gate/approvals.ts';
import { createGate } from '../../server/gate/gate.ts';
import type { GateDeps } from '../../server/gate/proposal.ts';
import { createTaints } from '../../server/gate/taints.ts';
import { createSessionGrants } from '../../server/gate/grants.ts';
import { parseScript } from '../../server/llm/script.ts';
import { createScripted } from '../../server/llm/scripted.ts';
import type { ModelRequest, Provider } from '../../server/llm/provider.ts';
import { createCommands } from '../../server/run/command.ts';
import { createRunner } from '../../server/run/perform.ts';
import { createSpawn } from '../../server/run/spawn.ts';
import { createWriter } from '../../server/run/write.ts';
import { createReader } from '../../server/search/reader.ts';
import { rgPath } from '@vscode/ripgrep';
import { COMMAND_DEFAULTS } from '../../server/tools/command-limits.ts';
import { offers, TOOLS } from '../../server/tools/registry.ts';
import { createLooker } from '../../server/search/world.ts';
import { openStore, type Store } from '../../server/store/store.ts';
import { testSeals } from '../fixtures/seals.ts';
import { SessionEvent, type EventType } from '../../shared/event.ts';
import type { SessionId } from '../../shared/ids.ts';
import { leaveOpenTurn } from '../fixtures/open-turn.ts';
import { NO_CONFINEMENT, nowhere } from '../fixtures/confined.ts';
import { NO_STANDING, noRule } from '../fixtures/standing.ts';
import { tempStore } from '../fixtures/store.ts';
import { tempDir } from '../fixtures/temp.ts';
import { NO_TERMINALS } from '../fixtures/terminals.ts';

const ADA = 'user:ada/turn';
type Turns = Record<string, unknown>[];

/** A provider that plays these turns and keeps what it was asked. */
function scripted(turns: Turns): Provider & { asked: ModelRequest[] } {
  const played = createScripted(parseScript(JSON.stringify({ version: 1, turns }), 'test.json'), { delayMs: 0 });
  const asked: ModelRequest[] = [];
  return {
    ...played,
    asked,
    stream(request, signal) {
      asked.push(request);
      return played.stream(request, signal);
    },
  };
}

interface Options {
  dir?: string;
  root?: string;
  maxToolCalls?: number;
}

/** The gate over real files, and the requests that it makes. */
function doorOf(root: string, { log, blobs, sessions }: Store) {
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
    read: createReader({ root, spawn: createSpawn(), rgPath, pathRules: async () => [] }),
    edit: createWriter({ root, blobs }),
    ...createCommands({ confinement: NO_CONFINEMENT, blobs, ways: nowhere(), onLost: expect.unreachable }),
    ...NO_TERMINALS,
  });
  const rules = { tools: [], commands: [], constraints: [], paths: [], hosts: [], humanInTheLoop: null };
  const standing = async () => ({ rules, mode: 'ask' as const, trusted: true });
  const live = () => undefined;
  const landed: GateDeps['landed'] = (action) => landedChanges(root, action);
  const gate = createGate({
    ...{
      log,
      approvals,
      rules: NO_STANDING,
      grants: createSessionGrants(),
      taints: createTaints(log),
      mint,
      runner,
      live,
      landed,
      standing,
      boxed: false,
    },
    ...createLooker(root),
    adopting: async () => async () => undefined,
  });
  return { approvals, gate };
}

/** The person of a session: what they say and answer. */
function personOf(agent: Agent, approvals: Approvals, session: SessionId) {
  const next = () => vi.waitFor(() => approvals.pending(session)[0] ?? expect.fail('nothing waits'));
  return {
    send: (text: string) => agent.send(session, { text, attachments: [] }, ADA),
    answer: async (kind: 'allow-once' | 'deny' | 'stop') => {
      const open = await next();
      await approvals.answer(open.id, { commandId: randomUUID(), answer: kind, digest: open.digest }, ADA);
    },
    reply: async (text: string) => {
      const open = await next();
      await approvals.answer(open.id, { commandId: randomUUID(), answer: 'reply', digest: open.digest, text }, ADA);
    },
  };
}

async function house(
  turns: Turns,
  { dir = tempDir(), root = tempDir('vtcode-ws-'), maxToolCalls = 200 }: Options = {},
) {
  const store = await tempStore(dir);
  const { log, blobs, sessions, bus } = store;
  const provider = scripted(turns);
  const { approvals, gate } = doorOf(root, store);
  const lost = vi.fn();
  const agent = createAgent({
    store,
    live: createLiveStates(bus),
    tools: new Map(TOOLS.map((tool) => [tool.name, tool])),
    offers: offers(TOOLS),
    gate,
    toolContext: (signal) => ({ root, blobs, commands: COMMAND_DEFAULTS, signal }),
    maxToolCalls,
    system: async () => 'You are tested.',
    current: () => ({ provider, model: provider.models[0]!.id, mode: 'ask', policy: '0'.repeat(64) }),
    wait: async (_ms, signal) => signal.throwIfAborted(),
    onLost: lost,
  });
  onTestFinished(() => agent.stop());
  const session = sessions.create(null, ADA);
  const events = () => [...log.all(session)];
  const rested = () => vi.waitFor(() => expect(sessions.get(session).state).toBe('rested'), { timeout: 10_000 });
  const results = () => events().flatMap((event) => (event.type === 'tool.answered' ? [event.data] : []));
  const count = (type: EventType) => events().filter((event) => event.type === type).length;
  const person = personOf(agent, approvals, session);
  return { root, dir, store, agent, session, events, rested, results, count, provider, lost, approvals, ...person };
}

const call = (name: string, args: unknown, id?: string) => ({ name, args, ...(id ? { id } : {}) });

describe('a turn', () => {
  it('reads, edits after a yes, and says so; every event is of the schema', async () => {
    const place = await house([
      { text: 'Looking.', calls: [call('read_file', { path: 'a.txt' })] },
      { calls: [call('edit_file', { path: 'a.txt', old: 'one', new: 'two' })] },
      { text: 'Done.' },
    ]);
    writeFileSync(join(place.root, 'a.txt'), 'one\n');
    place.send('change it');
    await place.answer('allow-once');
    await place.rested();
    expect(readFileSync(join(place.root, 'a.txt'), 'utf8')).toBe('two\n');
    for (const event of place.events()) expect(SessionEvent.parse(event)).toEqual(event);
    expect(place.results().map((result) => result.isError)).toEqual([false, false]);
    expect(place.store.sessions.get(place.session).title).toBe('change it');
  });

  it('runs reads side by side and answers them in order', async () => {
    const place = await house([
      { calls: ['a', 'b', 'c'].map((name) => call('read_file', { path: `${name}.txt` })) },
      { text: 'ok' },
    ]);
    for (const name of ['a', 'b', 'c']) writeFileSync(join(place.root, `${name}.txt`), `this is ${name}\n`);
    place.send('read');
    await place.rested();
    const types = place.events().map((event) => event.type);
    const firstAnswer = types.indexOf('tool.answered');
    expect(types.slice(0, firstAnswer).filter((type) => type === 'tool.called')).toHaveLength(3);
    const sent = place.provider.asked[1]!.messages.at(-1)!.parts;
    expect(
      sent.map((part) => (part.type === 'tool_result' ? part.content.match(/this is (\w)/)?.[1] : part.type)),
    ).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['a tool that does not exist', call('rm_rf', {}), /no tool "rm_rf"/],
    ['arguments that are no JSON', call('read_file', '{"path": '), /could not be read/],
    ['arguments that are a list', call('read_file', '["a"]'), /could not be read/],
    ['prototype keys', call('read_file', '{"path":"a","__proto__":{"x":1}}'), /could not be read|do not fit/],
    ['a missing argument', call('read_file', {}), /do not fit/],
    ['a path outside', call('read_file', { path: '../../etc/passwd' }), /leads out of the workspace/],
    ['an absolute path outside', call('write_file', { path: '/etc/passwd', content: 'x' }), /outside/],
    ['a file that is not there', call('read_file', { path: 'none.txt' }), /no none\.txt/i],
  ])('answers %s with what the model can act on, and goes on', async (_name, bad, words) => {
    const place = await house([{ calls: [bad] }, { text: 'I see.' }]);
    place.send('go');
    await place.rested();
    expect(place.results()).toMatchObject([{ isError: true, content: expect.stringMatching(words) }]);
    expect(place.count('approval.requested')).toBe(0);
    expect(place.count('turn.completed')).toBe(1);
  });

  it('keeps calls with doubled ids apart, within an answer and over the session', async () => {
    const read = call('list_directory', { path: '.' }, 'same');
    const place = await house([{ calls: [read, read] }, { calls: [read] }, { text: 'ok' }]);
    place.send('go');
    await place.rested();
    const ids = place.results().map((result) => result.callId);
    expect(new Set(ids).size).toBe(3);
  });

  it('retries what can be retried, and loses and repeats nothing', async () => {
    const error = { code: 'overloaded', times: 2, retryAfterMs: 1 };
    const place = await house([{ text: 'half', chunk: 1, error }, { text: 'ok' }]);
    place.send('go');
    await place.rested();
    expect(place.count('provider.failed')).toBe(2);
    expect(place.count('message.assistant')).toBe(1);
    expect(place.count('turn.completed')).toBe(1);
  });

  it('says what to do when the key is refused, asks no second time, and takes the next message', async () => {
    const place = await house([{ error: { code: 'auth', message: 'The key was refused.' } }]);
    for (const nth of [1, 2]) {
      place.send('go');
      await place.rested();
      expect(place.count('turn.failed')).toBe(nth);
      expect(place.count('provider.requested')).toBe(nth);
    }
    const failed = place.events().find((event) => event.type === 'turn.failed');
    expect(failed?.data).toMatchObject({ code: 'auth', message: expect.stringContaining('refused') });
    const words = place.provider.asked.at(-1)!.messages.flatMap(({ parts }) => parts.map(({ type }) => type));
    expect(words).toEqual(['text', 'text']);
  });

  it('takes a message in mid-turn and gives it to the model with the next request', async () => {
    const place = await house([{ calls: [call('write_file', { path: 'a.txt', content: 'x' })] }, { text: 'ok' }]);
    const turn = place.send('go');
    await vi.waitFor(() => expect(place.approvals.pending(place.session)).toHaveLength(1));
    expect(place.send('and mind the tests')).toBe(turn);
    await place.answer('deny');
    await place.rested();
    const last = place.provider.asked.at(-1)!.messages.at(-1)!;
    expect(last.parts.map((part) => part.type)).toEqual(['tool_result', 'text']);
    expect(JSON.stringify(last)).toContain('and mind the tests');
  });

  it('answers a message that came with the last words, in the same turn', async () => {
    const place = await house([{ text: 'word '.repeat(40), chunk: 5, delayMs: 2 }, { text: 'second' }]);
    place.send('go');
    await vi.waitFor(() => expect(place.agent.live(place.session)?.text).toContain('word'));
    place.send('wait');
    await place.rested();
    expect(place.count('message.assistant')).toBe(2);
    expect(place.count('turn.started')).toBe(1);
  });

  it('stops when told to: keeps what was said, denies what waited', async () => {
    const place = await house([{ text: 'word '.repeat(2_000), chunk: 5, delayMs: 2 }]);
    place.send('go');
    await vi.waitFor(() => expect(place.agent.live(place.session)?.text).toContain('word word'));
    place.agent.abort(place.session, ADA);
    await place.rested();
    const ended = place.events().find((event) => event.type === 'turn.interrupted');
    expect(ended).toMatchObject({ actor: ADA, data: { by: 'person' } });
    expect(place.count('message.assistant')).toBe(1);
    expect(place.agent.live(place.session)).toBeNull();
  });

  it('ends with the answer stop, and the denied edit is not made', async () => {
    const place = await house([
      { calls: [call('write_file', { path: 'a.txt', content: 'x' })] },
      { text: 'never said' },
    ]);
    place.send('go');
    await place.answer('stop');
    await place.rested();
    expect(place.provider.asked).toHaveLength(1);
    expect(place.count('turn.interrupted')).toBe(1);
  });

  it('plans anew on what stands there when the person edits the file meanwhile', async () => {
    const place = await house([
      { calls: [call('edit_file', { path: 'a.txt', old: 'one', new: 'two' })] },
      { text: 'ok' },
    ]);
    const file = join(place.root, 'a.txt');
    writeFileSync(file, 'one\n');
    place.send('go');
    await vi.waitFor(() => expect(place.approvals.pending(place.session)).toHaveLength(1));
    writeFileSync(file, '# mine\none\n');
    await expect(place.answer('allow-once')).rejects.toMatchObject({ code: 'base_changed' });
    await place.answer('allow-once');
    await place.rested();
    expect(readFileSync(file, 'utf8')).toBe('# mine\ntwo\n');
    expect(place.count('approval.requested')).toBe(2);
  });

  it('asks the person and passes on the reply', async () => {
    const place = await house([
      { calls: [call('ask_user', { question: 'Which?', choices: ['a', 'b'] })] },
      { text: 'ok' },
    ]);
    place.send('go');
    await place.reply('b, please');
    await place.rested();
    expect(place.results()).toMatchObject([{ isError: false, content: expect.stringContaining('b, please') }]);
  });

  it('notes a plan without asking', async () => {
    const steps = [{ text: 'look', state: 'active' }];
    const place = await house([{ calls: [call('update_plan', { steps })] }, { text: 'ok' }]);
    place.send('go');
    await place.rested();
    expect(place.events().find((event) => event.type === 'plan.updated')?.data).toEqual({ steps });
  });

  it('ends at its bound of tool calls, and says so', async () => {
    const list = { calls: [call('list_directory', { path: '.' })] };
    const place = await house([list, list, list, list], { maxToolCalls: 3 });
    place.send('go');
    await place.rested();
    expect(place.results()).toHaveLength(3);
    expect(place.events().at(-1)).toMatchObject({ type: 'turn.interrupted', data: { by: 'limit' } });
  });

  it('tells the model when an edit is too large for the record, and goes on', async () => {
    const place = await house([
      { calls: ['a', 'b', 'c', 'd', 'e'].map((name) => call('delete_file', { path: name })) },
      { text: 'ok' },
    ]);
    const heavy = '\u0001'.repeat(1_600_000);
    for (const name of ['a', 'b', 'c', 'd', 'e']) writeFileSync(join(place.root, name), heavy);
    place.send('go');
    await place.rested();
    expect(place.results()).toHaveLength(5);
    for (const result of place.results())
      expect(result).toMatchObject({ isError: true, content: expect.stringContaining('smaller steps') });
    expect(place.count('turn.completed')).toBe(1);
  });

  it('says in the record that a turn ended, once it can be written again', async () => {
    const place = await house([{ text: 'word '.repeat(400), chunk: 5, delayMs: 1 }, { text: 'again' }]);
    place.send('go');
    await vi.waitFor(() => expect(place.agent.live(place.session)?.text).toContain('word'));
    const other = new Database(join(place.dir, 'vtcode.db'));
    other.exec('BEGIN IMMEDIATE');
    await vi.waitFor(() => expect(place.lost).toHaveBeenCalled(), { timeout: 10_000 });
    other.close();
    place.agent.abort(place.session, ADA);
    expect(place.store.sessions.get(place.session)).toMatchObject({ state: 'rested', lastTurn: 'interrupted' });
  });

  it('takes any number of messages, as long as they are read', async () => {
    const wait = { calls: [call('ask_user', { question: 'More?', choices: [] })] };
    const place = await house([...Array.from({ length: 24 }, () => wait), { text: 'ok' }]);
    place.send('go');
    for (let nth = 0; nth < 24; nth++) {
      await vi.waitFor(() => expect(place.count('approval.requested')).toBe(nth + 1));
      place.send(`more ${nth}`);
      await place.reply('go on');
      await vi.waitFor(() => expect(place.count('approval.resolved')).toBe(nth + 1));
    }
    await place.rested();
    expect(place.count('message.user')).toBe(25);
  });

  it('survives ten megabytes of arguments', async () => {
    const place = await house([
      { calls: [call('write_file', JSON.stringify({ path: 'a', content: 'x'.repeat(10_000_000) }))] },
      { text: 'ok' },
    ]);
    place.send('go');
    await place.rested();
    expect(place.results()).toMatchObject([{ isError: true }]);
    expect(place.count('turn.completed')).toBe(1);
  });

  it('is recorded as interrupted when the server ended under it, and its session goes on', async () => {
    const dir = tempDir();
    const root = tempDir('vtcode-ws-');
    const store = await openStore(dir, testSeals(dir));
    const session = store.sessions.create(null, ADA);
    leaveOpenTurn(store.log, session, ADA);
    store.close();
    const place = await house([{ text: 'first' }, { text: 'second' }], { dir, root });
    place.approvals.expireLeftOver();
    place.agent.endLeftOver([]);
    const ended = [...place.store.log.all(session)].at(-1);
    expect(ended).toMatchObject({ type: 'turn.interrupted', data: { by: 'restart' } });
    expect(place.store.sessions.get(session)).toMatchObject({ state: 'rested', lastTurn: 'interrupted' });
    place.agent.send(session, { text: 'go on', attachments: [] }, ADA);
    await vi.waitFor(() => expect(place.store.sessions.get(session).lastTurn).toBe('completed'));
  });
});

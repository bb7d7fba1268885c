/** The changes ledger over HTTP, on a whole server: what is listed, what a revert is refused, and that it lasts. */
import { readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Response } from '../../shared/api.ts';
import { ask, eventsOf, pending, startServer, type Client, type TestServer } from '../fixtures/server.ts';

const call = (name: string, args: Record<string, unknown>) => ({ name, args });
const TEN = Array.from({ length: 10 }, (_, i) => `line ${i + 1}\n`).join('');
const FIRST = [
  { calls: [call('edit_file', { path: 'a.txt', old: 'line 2\n', new: 'agent\n' })] },
  { calls: [call('write_file', { path: 'made.txt', content: 'made\n' }), call('delete_file', { path: 'gone.txt' })] },
  { text: 'done' },
];

type Changes = Response<'changes'>;
type Preview = Response<'previewRevert'>;

async function at(turns: unknown[], files: Record<string, string> = {}) {
  const server = await startServer(turns, { 'a.txt': TEN, 'gone.txt': 'gone\n', ...files });
  const client = await server.login();
  await client.send('PATCH', '/api/workspace', { commandId: randomUUID(), mode: 'auto-edit' });
  const session = await ask(client);
  return { server, client, session, text: (path: string) => readFileSync(join(server.root, path), 'utf8') };
}

const ended = (client: Client, session: string, turns = 1) =>
  vi.waitFor(async () => {
    const events = await eventsOf(client, session);
    expect(events.filter(({ type }) => type === 'turn.completed')).toHaveLength(turns);
  });

const listed = async (client: Client, query: string) =>
  (await client.send('GET', `/api/changes?${query}`)).body as Changes;

const looked = async (client: Client, wish: Record<string, unknown>) =>
  (await client.send('POST', '/api/changes/revert/preview', wish)).body as Preview;

const codeOf = ({ status, body }: { status: number; body: unknown }) =>
  `${status} ${(body as { error?: { code: string } }).error?.code ?? 'ok'}`;

/** What stands in the way of a press that was right a moment ago. */
const MEANWHILE: [string, string, (given: TestServer) => void][] = [
  ['edited', '409 stale_revert', ({ root }) => writeFileSync(join(root, 'a.txt'), `${TEN}mine\n`)],
  ['deleted', '409 stale_revert', ({ root }) => unlinkSync(join(root, 'a.txt'))],
  [
    'replaced by a link',
    '409 stale_revert',
    ({ root }) => {
      unlinkSync(join(root, 'a.txt'));
      symlinkSync('/etc/hostname', join(root, 'a.txt'));
    },
  ],
];

describe('changes over HTTP', () => {
  it('are listed by turn and session, looked at, taken back, and put back after a restart', async () => {
    const { server, client, session, text } = await at([...FIRST, { text: 'and now?' }]);
    await ended(client, session);
    const { changes, turns, reverts, takenBack, commands } = await listed(client, `session=${session}`);
    expect(changes.map(({ op, path, added, removed }) => [op, path, added, removed])).toEqual([
      ['modify', 'a.txt', 1, 1],
      ['create', 'made.txt', 1, 0],
      ['delete', 'gone.txt', 0, 1],
    ]);
    expect([turns, reverts, takenBack, commands]).toMatchObject([[{ files: 3, title: 'go' }], [], [], 0]);
    const { turn } = turns[0]!;
    const { body } = await client.send(
      'GET',
      `/api/changes/file?session=${session}&scope=turn&turn=${turn}&path=a.txt`,
    );
    expect(body).toMatchObject({ parts: [{ diff: { kind: 'text', added: 1, removed: 1 } }] });

    const wish = { session, scope: 'turn', turn };
    const { files, action, digest } = await looked(client, wish);
    expect(files.map(({ state }) => state)).toEqual(['back', 'back', 'back']);
    expect(action).toMatchObject({ tool: 'revert', reverts: turn });
    expect(text('a.txt')).toContain('agent');
    const commandId = randomUUID();
    const press = () => client.send('POST', '/api/changes/revert', { commandId, ...wish, digest });
    expect([codeOf(await press()), codeOf(await press())]).toEqual(['200 ok', '200 ok']);
    expect([text('a.txt'), text('gone.txt')]).toEqual([TEN, 'gone\n']);
    const now = await listed(client, `session=${session}`);
    expect([now.changes, now.takenBack.sort()]).toEqual([[], ['a.txt', 'gone.txt', 'made.txt']]);

    await server.restart();
    const again = await server.login();
    const [done] = (await listed(again, `session=${session}`)).reverts;
    expect(done).toMatchObject({ files: 3, reverts: turn });
    const undo = { session, scope: 'action', actionId: done!.actionId };
    const { digest: other } = await looked(again, undo);
    expect(codeOf(await again.post('/api/changes/revert', { ...undo, digest: other }))).toBe('200 ok');
    expect(text('made.txt')).toBe('made\n');
    expect(text('a.txt')).toContain('agent');
    expect((await listed(again, `session=${session}`)).takenBack).toEqual([]);
  });

  it('are not taken back while the agent works, and are once it rests', async () => {
    const ASKS = [...FIRST.slice(0, 2), { calls: [call('ask_user', { question: 'Go on?' })] }, { text: 'done' }];
    const { client, session, text } = await at(ASKS);
    const [open] = await vi.waitFor(async () => {
      const waiting = await pending(client);
      expect(waiting).toHaveLength(1);
      return waiting;
    });
    const wish = { session, scope: 'session' };
    const { digest } = await looked(client, wish);
    expect(codeOf(await client.post('/api/changes/revert', { ...wish, digest }))).toBe('409 turn_running');
    expect(text('a.txt')).toContain('agent');
    await client.post(`/api/approvals/${open!.id}`, { answer: 'reply', text: 'yes', digest: open!.digest });
    await ended(client, session);
    expect(codeOf(await client.post('/api/changes/revert', { ...wish, digest }))).toBe('200 ok');
    expect(text('a.txt')).toBe(TEN);
  });

  it.each(MEANWHILE)('are left alone where a file was %s between look and press', async (_how, code, change) => {
    const { server, client, session } = await at(FIRST);
    await ended(client, session);
    const wish = { session, scope: 'session' };
    const { digest } = await looked(client, wish);
    change(server);
    const before = (await eventsOf(client, session)).length;
    expect(codeOf(await client.post('/api/changes/revert', { ...wish, digest }))).toBe(code);
    expect(readFileSync(join(server.root, 'made.txt'), 'utf8')).toBe('made\n');
    expect(await eventsOf(client, session)).toHaveLength(before);
  });

  it('refuses what is no request for a revert', async () => {
    const { client, session } = await at(FIRST);
    await ended(client, session);
    const digest = 'a'.repeat(64);
    const bodies: [string, Record<string, unknown>][] = [
      ['400 invalid_request', { session, scope: 'session' }],
      ['400 invalid_request', { session, scope: 'all', digest }],
      ['400 invalid_request', { session, digest }],
      ['400 invalid_request', { session: '../x', scope: 'session', digest }],
      ['400 invalid_request', { session, scope: 'session', paths: [], digest }],
      ['400 invalid_request', { session, scope: 'action', digest }],
      ['404 no_change', { session, scope: 'session', paths: ['../../etc/passwd'], digest }],
      ['404 no_change', { session, scope: 'turn', turn: `trn_${'0'.repeat(26)}`, digest }],
      ['404 no_session', { session: `ses_${'0'.repeat(26)}`, scope: 'session', digest }],
      ['409 stale_revert', { session, scope: 'session', digest }],
    ];
    for (const [code, body] of bodies)
      expect([code, codeOf(await client.post('/api/changes/revert', body))]).toEqual([code, code]);
    const { status } = await client.send('POST', '/api/changes/revert', { session, scope: 'session', digest });
    expect(status).toBe(400); // no commandId
  });

  it('keep the workspace trusted where a revert changes a trusted file: the person saw it', async () => {
    const edit = { calls: [call('edit_file', { path: 'AGENTS.md', old: 'Be brief.', new: 'Be long.' })] };
    const { client, session, text } = await at([edit, { text: 'done' }], { 'AGENTS.md': 'Be brief.\n' });
    const [open] = await vi.waitFor(async () => {
      const waiting = await pending(client);
      expect(waiting).toHaveLength(1);
      return waiting;
    });
    await client.post(`/api/approvals/${open!.id}`, { answer: 'allow-once', digest: open!.digest });
    await ended(client, session);
    const wish = { session, scope: 'session' };
    const { digest } = await looked(client, wish);
    expect(codeOf(await client.post('/api/changes/revert', { ...wish, digest }))).toBe('200 ok');
    expect(text('AGENTS.md')).toBe('Be brief.\n');
    const { body } = await client.send('GET', '/api/workspace');
    expect(body).toMatchObject({ trust: { trusted: true } });
  });
});

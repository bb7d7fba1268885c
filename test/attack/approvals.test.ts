/** Attacks on the promise that what was seen is what runs: over HTTP, on a whole server. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { PendingApproval } from '../../shared/api.ts';
import { LIMITS } from '../../shared/limits.ts';
import { ask, eventsOf, pending, startServer, type Client, type TestServer } from '../fixtures/server.ts';

const write = (path: string, content: string) => ({ name: 'write_file', args: { path, content } });
const WROTE = [{ calls: [write('a.txt', 'agreed\n')] }, { text: 'ok' }];

async function waiting(client: Client, count = 1): Promise<PendingApproval[]> {
  return vi.waitFor(async () => {
    const open = await pending(client);
    expect(open).toHaveLength(count);
    return open;
  });
}

const answered = (client: Client, { id }: { id: string }, body: Record<string, unknown>) =>
  client.post(`/api/approvals/${id}`, body);

interface Try {
  server: TestServer;
  client: Client;
  open: PendingApproval;
}

/** Each is tried against one waiting request; what it gets, and that nothing was written by it. */
const REFUSED: [name: string, status: number, attempt: (facts: Try) => Promise<number>][] = [
  ['E2 no digest', 400, async ({ client, open }) => (await answered(client, open, { answer: 'allow-once' })).status],
  [
    'E2 another digest',
    409,
    async ({ client, open }) => (await answered(client, open, { answer: 'allow-once', digest: '0'.repeat(64) })).status,
  ],
  [
    'E2 a digest in capitals',
    400,
    async ({ client, open }) =>
      (await answered(client, open, { answer: 'allow-once', digest: open.digest.toUpperCase() })).status,
  ],
  [
    'an answer that is not offered',
    422,
    async ({ client, open }) =>
      (await answered(client, open, { answer: 'reply', digest: open.digest, text: 'x' })).status,
  ],
  [
    'an answer that does not exist',
    400,
    async ({ client, open }) => (await answered(client, open, { answer: 'allow', digest: open.digest })).status,
  ],
  [
    'hunks with the digest of the whole',
    409,
    async ({ client, open }) => {
      // All hunks come to the whole; so one that does not exist stands for a choice that was never shown.
      const { status } = await answered(client, open, {
        answer: 'allow-hunks',
        digest: '1'.repeat(64),
        hunks: { 'a.txt': ['h1'] },
      });
      return status;
    },
  ],
  [
    'hunks that are not there',
    422,
    async ({ client, open }) =>
      (await answered(client, open, { answer: 'allow-hunks', digest: open.digest, hunks: { 'a.txt': ['h7'] } })).status,
  ],
  [
    'a request that never was',
    404,
    async ({ client, open }) =>
      (await answered(client, { id: `apr_${'0'.repeat(32)}` }, { answer: 'allow-once', digest: open.digest })).status,
  ],
  [
    'E15 no token',
    401,
    async ({ server, open }) => {
      const body = JSON.stringify({ commandId: randomUUID(), answer: 'allow-once', digest: open.digest });
      const headers = { 'content-type': 'application/json' };
      return (await fetch(`${server.origin}/api/approvals/${open.id}`, { method: 'POST', headers, body })).status;
    },
  ],
  [
    'E15 a token of a login that ended',
    401,
    async ({ server, open }) => {
      const gone = await server.login();
      await gone.post('/api/logout');
      return (await answered(gone, open, { answer: 'allow-once', digest: open.digest })).status;
    },
  ],
  [
    'a GET with the answer in the query',
    404,
    async ({ client, open }) =>
      (await client.send('GET', `/api/approvals/${open.id}?answer=allow-once&digest=${open.digest}`)).status,
  ],
];

describe('an approval under attack', () => {
  it.each(REFUSED)('%s is refused with %i', async (_name, status, attempt) => {
    const server = await startServer(WROTE);
    const client = await server.login();
    await ask(client);
    const [open] = await waiting(client);
    expect(await attempt({ server, client, open: open! })).toBe(status);
    expect(existsSync(join(server.root, 'a.txt'))).toBe(false);
    expect(await pending(client)).toHaveLength(1);
  });

  it('E1 keeps the requests of two sessions apart, though they would do the same', async () => {
    const server = await startServer([{ calls: [write('a.txt', 'a\n')] }, { text: 'ok' }]);
    const client = await server.login();
    await Promise.all([ask(client), ask(client)]);
    const [a, b] = await waiting(client, 2);
    // The same bytes at the same path have the same digest: the sessions keep them apart by their ids alone.
    expect(a!.digest).toBe(b!.digest);
    await answered(client, a!, { answer: 'deny', digest: a!.digest });
    await waiting(client, 1);
    expect(existsSync(join(server.root, 'a.txt'))).toBe(false);
  });

  it('E3 and E4 withdraws what was shown when the file changes, asks anew, and writes only what is then seen', async () => {
    const server = await startServer(
      [{ calls: [{ name: 'edit_file', args: { path: 'a.txt', old: 'one', new: 'two' } }] }, { text: 'ok' }],
      { 'a.txt': 'one\n' },
    );
    const client = await server.login();
    const session = await ask(client);
    const [first] = await waiting(client);
    writeFileSync(join(server.root, 'a.txt'), 'mine\none\n');
    expect((await answered(client, first!, { answer: 'allow-once', digest: first!.digest })).status).toBe(409);
    const [second] = await waiting(client);
    expect(second!.id).not.toBe(first!.id);
    expect((await answered(client, first!, { answer: 'allow-once', digest: second!.digest })).status).toBe(410);
    expect((await answered(client, second!, { answer: 'allow-once', digest: second!.digest })).status).toBe(202);
    await vi.waitFor(() => expect(readFileSync(join(server.root, 'a.txt'), 'utf8')).toBe('mine\ntwo\n'));
    const why = (await eventsOf(client, session)).find((event) => event.type === 'approval.expired');
    expect(why?.data).toMatchObject({ why: 'withdrawn' });
  });

  it('E5 has one winner when two browsers answer at once, and both are told', async () => {
    const server = await startServer(WROTE);
    const [one, two] = [await server.login(), await server.login()];
    const session = await ask(one);
    const [open] = await waiting(one);
    const replies = await Promise.all([
      answered(one, open!, { answer: 'allow-once', digest: open!.digest }),
      answered(two, open!, { answer: 'deny', digest: open!.digest }),
    ]);
    expect(replies.map((reply) => reply.status).sort()).toEqual([202, 409]);
    await vi.waitFor(async () => expect((await eventsOf(one, session)).at(-1)?.type).toBe('turn.completed'));
    const resolved = (await eventsOf(two, session)).filter((event) => event.type === 'approval.resolved');
    expect(resolved).toHaveLength(1);
    expect(existsSync(join(server.root, 'a.txt'))).toBe(resolved[0]!.data['answer'] === 'allow-once');
  });

  it('E6 runs nothing for a replayed answer, nor for one after a restart', async () => {
    const server = await startServer([
      { calls: [write('a.txt', 'agreed\n')] },
      { calls: [write('b.txt', 'b\n')] },
      { text: 'ok' },
    ]);
    const client = await server.login();
    await ask(client);
    const [first] = await waiting(client);
    const body = { commandId: randomUUID(), answer: 'allow-once', digest: first!.digest };
    const path = `/api/approvals/${first!.id}`;
    const same = await Promise.all(Array.from({ length: 10 }, () => client.send('POST', path, body)));
    expect(new Set(same.map((reply) => reply.status))).toEqual(new Set([202]));
    expect((await client.send('POST', path, { ...body, commandId: randomUUID() })).status).toBe(409);
    const second = await vi.waitFor(
      async () => (await pending(client)).find((open) => open.id !== first!.id) ?? expect.fail('no second request'),
    );
    await server.restart();
    const again = await server.login();
    expect((await answered(again, second, { answer: 'allow-once', digest: second.digest })).status).toBe(410);
    expect(existsSync(join(server.root, 'b.txt'))).toBe(false);
  });

  it('H6 runs a message once, however often it is sent', async () => {
    const server = await startServer([{ text: 'hello' }]);
    const client = await server.login();
    const { body } = await client.post('/api/sessions');
    const { id } = body as { id: string };
    const message = { commandId: randomUUID(), text: 'go' };
    const sent = await Promise.all(
      Array.from({ length: 10 }, () => client.send('POST', `/api/sessions/${id}/messages`, message)),
    );
    expect(new Set(sent.map((reply) => JSON.stringify(reply))).size).toBe(1);
    await vi.waitFor(async () => expect((await eventsOf(client, id)).at(-1)?.type).toBe('turn.completed'));
    expect((await eventsOf(client, id)).filter((event) => event.type === 'message.user')).toHaveLength(1);
  });

  it('E8 a yes for the session covers the same file and no other', async () => {
    const server = await startServer([
      { calls: [write('a.txt', 'one\n')] },
      { calls: [write('a.txt', 'two\n')] },
      { calls: [{ name: 'delete_file', args: { path: 'a.txt' } }] },
      { text: 'ok' },
    ]);
    const client = await server.login();
    await ask(client);
    const [first] = await waiting(client);
    await answered(client, first!, { answer: 'allow-session', digest: first!.digest });
    const next = await vi.waitFor(
      async () => (await pending(client)).find((open) => open.id !== first!.id) ?? expect.fail('nothing asked'),
    );
    expect(readFileSync(join(server.root, 'a.txt'), 'utf8')).toBe('two\n');
    expect(next.action).toMatchObject({ changes: [{ op: 'delete' }] });
  });

  it('E8 offers no yes for the session where every change is to be asked for', async () => {
    const server = await startServer([{ calls: [write('package.json', '{}\n')] }, { text: 'ok' }]);
    const client = await server.login();
    await ask(client);
    const [open] = await waiting(client);
    expect(open!.answers).not.toContain('allow-session');
    expect((await answered(client, open!, { answer: 'allow-session', digest: open!.digest })).status).toBe(422);
  });

  it('E13 bounds a flood of requests: one waits, the agent with it', async () => {
    const calls = Array.from({ length: LIMITS.toolCallsPerMessage.value }, (_, i) => write(`f${i}.txt`, 'x\n'));
    const server = await startServer([{ calls }, { text: 'ok' }]);
    const client = await server.login();
    const session = await ask(client);
    await waiting(client, 1);
    await client.post(`/api/sessions/${session}/abort`);
    await vi.waitFor(async () => expect((await eventsOf(client, session)).at(-1)?.type).toBe('turn.interrupted'));
    expect(await pending(client)).toHaveLength(0);
    expect(existsSync(join(server.root, 'f0.txt'))).toBe(false);
  });

  it.each([
    '.git/config',
    '.vtcode/tool-policy.json',
    'vtcode.toml',
    '.vt-workspace-trust',
    'sub/../.git/hooks/x',
    '.GIT/config',
  ])('F1 does not even ask before it refuses to write %s', async (path) => {
    const server = await startServer([{ calls: [write(path, 'x')] }, { text: 'ok' }]);
    const client = await server.login();
    const session = await ask(client);
    await vi.waitFor(async () => expect((await eventsOf(client, session)).at(-1)?.type).toBe('turn.completed'));
    const types = (await eventsOf(client, session)).map((event) => event.type);
    expect(types).not.toContain('approval.requested');
    expect(types).not.toContain('file.changed');
  });

  it('changes nothing in a workspace that nobody trusted', async () => {
    const server = await startServer(WROTE, { 'vtcode.toml': '[tools.policies]\nwrite_file = "allow"\n' }, false);
    const client = await server.login();
    const session = await ask(client);
    await vi.waitFor(async () => expect((await eventsOf(client, session)).at(-1)?.type).toBe('turn.completed'));
    expect(existsSync(join(server.root, 'a.txt'))).toBe(false);
  });

  it('D4 saves by hand over no other file than was edited, and one of two wins', async () => {
    const server = await startServer([{ text: 'hi' }], { 'a.txt': 'one\n' });
    const client = await server.login();
    const { body } = await client.send('GET', '/api/file?path=a.txt');
    const { sha256 } = body as { sha256: string };
    const put = (content: string) =>
      client.send('PUT', '/api/file', { path: 'a.txt', content, expectedSha256: sha256 });
    const both = await Promise.all([put('two\n'), put('three\n')]);
    expect(both.map((reply) => reply.status).sort()).toEqual([200, 409]);
    expect((await put('four\n')).status).toBe(409);
    expect(
      (await client.send('PUT', '/api/file', { path: '.git/config', content: 'x', expectedSha256: null })).status,
    ).toBe(403);
    expect((await client.send('PUT', '/api/file', { path: '../x', content: 'x', expectedSha256: null })).status).toBe(
      400,
    );
  });
});

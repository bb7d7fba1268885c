/** The page's client against a real HTTP server. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { newSessionId } from '../../shared/ids.ts';
import { Api, ApiFailure, urlOf } from '../../web/lib/api.ts';

interface Seen {
  method: string;
  url: string;
  authorization: string | undefined;
  body: string;
}
const close: (() => void)[] = [];
afterEach(() => {
  for (const end of close.splice(0)) end();
});

/** Answers in turn; `cut` breaks the connection without a word. */
async function serve(answers: ({ status: number; body: unknown } | 'cut')[]) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ method: request.method!, url: request.url!, authorization: request.headers.authorization, body });
      const answer = answers[Math.min(seen.length, answers.length) - 1]!;
      if (answer === 'cut') return void request.socket.destroy();
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close.push(() => {
    server.closeAllConnections();
    server.close();
  });
  let refused = 0;
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = new Api({
    token: () => 'secret',
    onRefused: () => refused++,
    fetch: (path, init) => fetch(`${base}${String(path)}`, init),
  });
  return { api, seen, refused: () => refused };
}

const failureOf = async (run: Promise<unknown>): Promise<ApiFailure> => {
  const caught = await run.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(caught instanceof ApiFailure)) throw new Error(`expected an ApiFailure, got ${String(caught)}`);
  return caught;
};

describe('Api', () => {
  it('sends the token and the query, and gives the parsed answer', async () => {
    const { api, seen } = await serve([{ status: 200, body: { paths: ['a b.ts'], truncated: false, more: 1 } }]);
    expect(await api.call('searchFiles', { query: { q: 'a b&c' } })).toEqual({ paths: ['a b.ts'], truncated: false });
    expect(seen).toMatchObject([{ method: 'GET', url: '/api/search/files?q=a+b%26c', authorization: 'Bearer secret' }]);
  });

  it('sends a command again with the same commandId while no answer comes', async () => {
    const { api, seen } = await serve(['cut', 'cut', { status: 200, body: { ok: true } }]);
    await api.command('patchWorkspace', { body: { mode: 'ask' } });
    const ids = seen.map(({ body }) => (JSON.parse(body) as { commandId: string }).commandId);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('does not send a command again that was answered with no', async () => {
    const error = { code: 'stale', message: 'Another digest.', hint: 'Look again.' };
    const { api, seen } = await serve([{ status: 409, body: { error } }]);
    const failure = await failureOf(api.command('giveTrust', { body: { digest: 'a'.repeat(64) } }));
    expect(failure).toMatchObject({ status: 409, ...error });
    expect(seen).toHaveLength(1);
  });

  it('tells of 401, of an answer it does not know and of one without a reason', async () => {
    const answers = [
      { status: 401, body: { error: { code: 'unauthorized', message: 'No.' } } },
      { status: 200, body: { sessions: 'none' } },
      { status: 502, body: 'gateway' },
    ];
    const { api, refused } = await serve(answers);
    expect(await failureOf(api.call('sessions'))).toMatchObject({ status: 401, hint: '' });
    expect(refused()).toBe(1);
    expect(await failureOf(api.call('sessions'))).toMatchObject({ status: 0, code: 'unreadable' });
    expect(await failureOf(api.call('sessions'))).toMatchObject({ status: 502, code: 'status' });
  });
});

describe('urlOf', () => {
  it('fills the path with what cannot leave its segment', () => {
    const id = newSessionId();
    expect(urlOf('/api/sessions/:id', { params: { id } })).toBe(`/api/sessions/${id}`);
    expect(urlOf('/api/sessions/:id/abort', { params: { id: '../x?y#z' } })).toBe('/api/sessions/..%2Fx%3Fy%23z/abort');
  });
});

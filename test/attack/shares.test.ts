/** Attacks on shares, over HTTP on a whole server: a link shows what was meant, to who has it, while it stands, and does nothing. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { API } from '../../shared/api.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { ShareInfo } from '../../shared/share.ts';
import { ask, startServer, type Client, type TestServer } from '../fixtures/server.ts';
import { bearer, linkOf, rested, see, share, watch, type Link } from '../fixtures/shared.ts';

const SAID = { text: 'A first answer.' };

interface Shared {
  server: TestServer;
  client: Client;
  session: string;
  link: Link;
}

async function shared(turns: unknown[] = [SAID], wish: Record<string, unknown> = {}): Promise<Shared> {
  const server = await startServer(turns);
  const client = await server.login();
  const session = await ask(client, 'Begin.');
  await rested(client, session);
  return { server, client, session, link: await share(client, session, wish) };
}

const say = (client: Client, session: string, text: string) =>
  client.post(`/api/sessions/${session}/messages`, { text });

const list = async (client: Client): Promise<ShareInfo[]> =>
  ((await client.send('GET', '/api/shares')).body as { shares: ShareInfo[] }).shares;

const revoke = (client: Client, id: string) => client.send('DELETE', `/api/shares/${id}`, { commandId: randomUUID() });

/** As it stands on the wire: status and body. */
const raw = async (url: string, init: RequestInit = {}) => {
  const answer = await fetch(url, { redirect: 'manual', ...init });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
};

describe('a token of a share', () => {
  it('opens nothing of the owner: 401 on each route, by each method', async () => {
    const { server, link } = await shared();
    for (const { method, path } of Object.values(API)) {
      if (path === API.login.path) continue;
      const url = server.origin + path.replace(':id', link.id);
      const body =
        method === 'GET' ? {} : { body: '{}', headers: { ...bearer(link.token), 'content-type': 'application/json' } };
      const { status } = await raw(url, { method, headers: bearer(link.token), ...body });
      // Many wrong tokens in a minute get no other answer than few, but for its number.
      expect([path, [401, 429].includes(status)]).toEqual([path, true]);
    }
  });

  it('is not in the record, not in the database, not in any file that is kept', async () => {
    const { server, client, session, link } = await shared();
    await see(link);
    await revoke(client, link.id);
    const second = await share(client, session);
    await server.running.close();
    const files = filesBelow(join(server.root, '..'));
    expect(files.length).toBeGreaterThan(3);
    for (const { token } of [link, second]) {
      const needles = [token, token.slice(4), Buffer.from(token).toString('base64').slice(0, 40)];
      const holding = files.filter((file) => needles.some((needle) => readFileSync(file).includes(needle)));
      expect(holding).toEqual([]);
    }
  });

  it('is told once: a command that is repeated later has none, and no list has', async () => {
    const { client, session } = await shared();
    const commandId = randomUUID();
    const made = await client.send('POST', `/api/sessions/${session}/shares`, { commandId, live: false });
    const again = await client.send('POST', `/api/sessions/${session}/shares`, { commandId, live: false });
    expect(again).toEqual(made);
    expect(await list(client)).toHaveLength(2);
    const { token } = linkOf((made.body as { url: string }).url);
    expect(token).toMatch(/^vts_[\w-]{43}$/);
    expect(JSON.stringify(await list(client))).not.toContain(token);
  });
});

describe('a link that opens nothing', () => {
  it('is answered the same, whatever is wrong with it', async () => {
    const { client, session, link } = await shared();
    const other = await share(client, session);
    const gone = await share(client, session);
    await revoke(client, gone.id);
    const wrong = `vts_${'a'.repeat(43)}`;
    const cases: [name: string, link: Link][] = [
      ['a wrong token', { ...link, token: wrong }],
      ['a token cut short', { ...link, token: link.token.slice(0, -1) }],
      ['a token in another case', { ...link, token: link.token.toUpperCase() }],
      ["another share's token", { ...link, token: other.token }],
      ['a login of the owner', { ...link, token: client.token }],
      ['a share that never was', { ...link, id: `shr_${'0'.repeat(26)}` }],
    ];
    const answers = await Promise.all(
      cases.flatMap(([, { origin, id, token }]) => [
        raw(`${origin}/api/share/${id}`, { headers: bearer(token) }),
        raw(`${origin}/api/share/${id}/events`, { headers: bearer(token) }),
      ]),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]!.status).toBe(404);
    expect((await see(gone)).status).toBe(410);
    expect((await see(link)).status).toBe(200);
  });

  it('is slowed after many tries, and a good one is not', async () => {
    const { link } = await shared();
    const tries = LIMITS.shareFailures.value + 5;
    const statuses: number[] = [];
    for (let i = 0; i < tries; i++)
      statuses.push((await raw(`${link.origin}/api/share/${link.id}`, { headers: bearer(`wrong${i}`) })).status);
    expect(statuses.at(-1)).toBe(429);
    expect((await see(link)).status).toBe(200);
  });
});

describe('the second port', () => {
  it('has nothing but shares, and changes nothing by any method', async () => {
    const { client, link } = await shared();
    const before = await list(client);
    const { hostname, port } = new URL(link.origin);
    const own = [`/api/share/${link.id}`, `/api/share/${link.id}/events`, `/share/${link.id}`];
    const override = { ...bearer(link.token), 'x-http-method-override': 'GET' };
    for (const [method, path] of [...NOT_THERE, ...UNSAFE.flatMap((name) => own.map((at) => [name, at] as const))]) {
      const { status, text, headers } = await wire({ hostname, port, method, path, headers: override });
      expect([method, path, status, text.includes('share_only')]).toEqual([method, path, 403, true]);
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
    expect(await list(client)).toEqual(before);
  });

  it('answers to its own name and its own page alone', async () => {
    const { link } = await shared();
    const { hostname, port } = new URL(link.origin);
    const cases: [headers: Record<string, string>, status: number][] = [
      [{ host: 'evil.example' }, 403],
      [{ host: `evil.example:${port}` }, 403],
      [{ host: `127.0.0.1.evil.example:${port}` }, 403],
      [{ host: '127.0.0.1' }, 403],
      [{ host: '' }, 400],
      [{ host: `LOCALHOST:${port}` }, 200],
      [{ origin: 'http://evil.example' }, 403],
      [{ origin: `http://evil.example:${port}`, host: `evil.example:${port}` }, 403],
      [{ origin: 'null' }, 403],
      [{ 'sec-fetch-site': 'cross-site' }, 403],
      [{ 'sec-fetch-site': 'same-site' }, 403],
      [{ 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }, 200],
    ];
    for (const [headers, wanted] of cases) {
      const path = `/api/share/${link.id}`;
      const { status } = await wire({
        hostname,
        port,
        method: 'GET',
        path,
        headers: { ...bearer(link.token), ...headers },
      });
      expect([headers, status]).toEqual([headers, wanted]);
    }
  });

  it('takes no upgrade, sets no cookie, and says of every answer that it is not kept, framed or told on', async () => {
    const { link } = await shared();
    const { hostname, port } = new URL(link.origin);
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    };
    const path = `/api/share/${link.id}/events`;
    expect(
      (await wire({ hostname, port, method: 'GET', path, headers: { ...bearer(link.token), ...upgrade } })).status,
    ).toBe(401);
    for (const [at, headers] of [
      [`/api/share/${link.id}`, bearer(link.token)],
      [`/api/share/${link.id}`, {}],
      [`/share/${link.id}`, {}],
      ['/nothing', {}],
    ] as const) {
      const answer = await wire({ hostname, port, method: 'GET', path: at, headers });
      expect(answer.headers).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(answer.headers['content-security-policy']).toContain("require-trusted-types-for 'script'");
      expect(answer.headers['content-security-policy']).not.toContain('unsafe');
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
  });

  it('is not opened before there is something to see, and opens at the same place after a restart', async () => {
    const { server, client, session, link } = await shared();
    const other = await share(client, session, { expiresInMinutes: 5 });
    await server.restart();
    const again = await server.login();
    expect((await see(link)).status).toBe(200);
    expect((await see(other)).facts.live).toBe(false);
    expect((await list(again)).map(({ state }) => state)).toEqual(['open', 'open']);
  });
});

describe('a share that ends', () => {
  it('ends its streams with the answer that it is taken back', async () => {
    const { client, link } = await shared([SAID], { live: true });
    const streams = await Promise.all([watch(link), watch(link), watch(link)]);
    await vi.waitFor(async () => expect((await list(client))[0]!.viewers).toBe(3));
    await revoke(client, link.id);
    await Promise.all(streams.map(({ ended }) => ended));
    expect(streams.every(({ text }) => text().endsWith('event: share.ended\ndata: {}\n\n'))).toBe(true);
    expect((await see(link)).status).toBe(410);
    expect((await revoke(client, link.id)).status).toBe(409);
  });

  it('ends with its session, at once and for good, and stays in the list', async () => {
    const { client, session, link } = await shared([SAID], { live: true });
    const stream = await watch(link);
    await client.send('DELETE', `/api/sessions/${session}`, { commandId: randomUUID() });
    await stream.ended;
    expect((await see(link)).status).toBe(410);
    expect((await client.post(`/api/sessions/${session}/restore`)).status).toBe(200);
    expect((await see(link)).status).toBe(410);
    expect(await list(client)).toMatchObject([{ id: link.id, state: 'deleted' }]);
  });
});

describe('what is shown', () => {
  it('is frozen where it was looked at: what comes after is in no answer and no stream', async () => {
    const { client, session } = await shared([SAID, { text: 'A second answer.' }]);
    const { body } = await client.send('POST', `/api/sessions/${session}/shares/look`, {});
    await say(client, session, 'And more.');
    await rested(client, session, 2);
    const link = await share(client, session, { upTo: (body as { upTo: number }).upTo });
    const stream = await watch(link);
    await vi.waitFor(() => expect(stream.text()).toContain('share.ready'));
    for (const text of [(await see(link)).text, stream.text()]) {
      expect(text).toContain('A first answer.');
      expect(text).not.toContain('second');
      expect(text).not.toContain('And more');
    }
  });

  it('goes on where it is live, in finished messages, and takes up a stream where it was cut', async () => {
    const { client, session, link } = await shared([SAID, { text: 'A second answer.' }], { live: true });
    const { ids } = await see(link);
    const stream = await watch(link, { 'last-event-id': ids.at(-1)! });
    await vi.waitFor(() => expect(stream.text()).toContain('share.ready'));
    await say(client, session, 'And more.');
    await vi.waitFor(() => expect(stream.text()).toContain('A second answer.'));
    expect(stream.text()).not.toContain('A first answer.');
    expect(stream.text()).not.toMatch(/delta|approval|digest|"seq"/);
  });

  it('is no other place: a Last-Event-ID that is none of its own gives 404', async () => {
    const { link } = await shared();
    const foreign = `shr_${'1'.repeat(26)}.1`;
    const ids = [
      '1',
      '14',
      '-1',
      '1e9',
      'NaN',
      `${link.id}.99`,
      `${link.id}.0`,
      `${link.id}.-1`,
      foreign,
      'x'.repeat(90),
    ];
    for (const id of ids) {
      expect([id, (await watch(link, { 'last-event-id': id })).status]).toEqual([id, 404]);
      expect([id, (await see(link, `?after=${id}`)).status]).toEqual([id, 404]);
    }
  });

  it('is of no other session', async () => {
    const { client, session, link } = await shared([SAID, { text: 'Something else.' }], { live: true });
    const stream = await watch(link);
    const second = await ask(client, 'Another.');
    await rested(client, second);
    await say(client, session, 'Here again.');
    await vi.waitFor(() => expect(stream.text()).toContain('Something else.'));
    expect(stream.text()).not.toContain('Another.');
    expect(stream.text().split('A first answer.')).toHaveLength(2);
    expect((await raw(`${link.origin}/api/share/${second}`, { headers: bearer(link.token) })).status).toBe(404);
  });
});

const UNSAFE = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'] as const;

const NOT_THERE = [
  ['POST', '/api/sessions'],
  ['GET', '/api/sessions'],
  ['GET', '/api/workspace'],
  ['GET', '/api/events'],
  ['GET', '/api/audit'],
  ['POST', '/api/login'],
  ['GET', '/'],
  ['GET', '/index.html'],
  ['GET', '/healthz'],
  ['PUT', '/api/file'],
  ['GET', '//api/sessions'],
  ['GET', '/api%2Fsessions'],
  ['GET', '/share/../api/sessions'],
  ['GET', '/api/share/%2e%2e/sessions'],
  ['GET', '/api/share/..;/sessions'],
  ['GET', '/SHARE/x'],
  ['GET', '/share/'],
] as const;

interface Wire {
  hostname: string;
  port: string;
  method: string;
  path: string;
  headers: Record<string, string>;
}

/** A request whose path and Host no client sets right. */
function wire({
  headers,
  ...to
}: Wire): Promise<{ status: number; text: string; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...to, headers, setHost: !('host' in headers) }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }));
    });
    sent.on('error', reject).end();
  });
}

const filesBelow = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);

/** Attacks on the doors: every route without a token, by every spelling of its path; codes and tokens, guessed or stolen. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API } from '../../shared/api.ts';
import { LIMITS } from '../../shared/limits.ts';
import { openHouse, type House } from '../server/house.ts';
import { EventReader, raw, request, type Lines } from '../server/wire.ts';

let house: House;
let clock = 1_000_000;
beforeAll(async () => (house = await openHouse({ now: () => clock })));
afterAll(() => house.close());

const send = (lines: Lines) =>
  raw(house.port, request({ ...lines, headers: [['Host', `127.0.0.1:${house.port}`], ...(lines.headers ?? [])] }));

const post = (path: string, body: object, token?: string) =>
  send({
    method: 'POST',
    target: path,
    headers: [
      ['Content-Type', 'application/json'],
      ...(token ? [['Authorization', `Bearer ${token}`] as [string, string]] : []),
    ],
    body: JSON.stringify(body),
  });

const logout = (token: string) => post('/api/logout', { commandId: randomUUID() }, token);
const withToken = (token: string) =>
  send({ target: '/api/workspace', headers: [['Authorization', `Bearer ${token}`]] });
const loggedIn = async () =>
  JSON.parse((await post('/api/login', { code: house.logins.issueCode() })).body) as { token: string; login: string };

const pathOf = (path: string) =>
  path.replace(':id', path.includes('approvals') ? `apr_${'0'.repeat(32)}` : `ses_${'0'.repeat(26)}`);

describe('every route (A8)', () => {
  const OPEN = new Set(['GET /', 'GET /healthz', 'POST /api/login', 'GET /assets/index-abc123.js', 'GET /favicon.svg']);

  it('the app has each endpoint of the API, and no route beside them but the page', () => {
    const routed = new Set(house.app.routes.map(({ method, path }) => `${method} ${path}`));
    const listed = new Set(Object.values(API).map(({ method, path }) => `${method} ${path}`));
    expect([...listed].filter((entry) => !routed.has(entry))).toEqual([]);
    expect([...routed].filter((entry) => !listed.has(entry)).sort()).toEqual([
      'ALL /*',
      'GET /',
      'GET /*',
      'GET /healthz',
    ]);
  });

  it('answers the same 401 without a token, whatever is behind it', async () => {
    const refused = (await send({ target: '/api/workspace' })).body;
    expect(JSON.parse(refused)).toMatchObject({ error: { code: 'unauthorized' } });
    const routes = house.app.routes.filter(({ method }) => method !== 'ALL');
    for (const { method, path } of routes) {
      if (OPEN.has(`${method} ${path}`) || path === '/*') continue;
      for (const headers of [[], [['Content-Type', 'application/json']]] as [string, string][][]) {
        const answer = await send({ method, target: pathOf(path), headers, body: method === 'GET' ? '' : '{}' });
        expect(`${answer.status} ${answer.body}`, `${method} ${path}`).toBe(`401 ${refused}`);
      }
    }
  });

  const SPELLINGS = (path: string): string[] => {
    const [, first, ...rest] = path.split('/');
    const tail = rest.map((part) => `/${part}`).join('');
    return [
      `/${path}`,
      `//${first}${tail}`,
      `/./${first}${tail}`,
      `/x/../${first}${tail}`,
      `/%2e/${first}${tail}`,
      `/%2F${first}${tail}`,
      `/${first}%2f${rest.join('%2f')}`,
      `/${first}/..;${tail}`,
      `/${first};x=1${tail}`,
      `${path};x=1`,
      `${path}/`,
      `${path}//`,
      `${path}/.`,
      `${path}%00`,
      `${path}%0a`,
      `${path}%20`,
      `${path}.`,
      `${path}.json`,
      `${path}?token=${house.token}`,
      `${path}?access_token=${house.token}`,
      path.toUpperCase(),
      `/%61${path.slice(2)}`,
      `/%2561${path.slice(2)}`,
      `/healthz/..${path}`,
      `/assets/..${path}`,
      `/assets/index-abc123.js/..${path}`,
      `/assets/%2e%2e${path}`,
      `/.${path}`,
      `${path}#/`,
    ];
  };

  it('is behind the same 401 by every other spelling, and with a token no spelling reaches it but its own', async () => {
    const refused = (await send({ target: '/api/workspace' })).body;
    for (const path of ['/api/workspace', '/api/sessions', '/api/events', '/api/login/x'])
      for (const target of SPELLINGS(path)) {
        const without = await send({ target });
        expect(`${without.status} ${without.body}`, target).toBe(`401 ${refused}`);
        if (target.includes('?')) continue;
        expect((await send({ target, headers: [['Authorization', house.bearer]] })).status, target).toBe(404);
      }
  });

  it('does not open by what the page has: a directory, the shell by another name, a file beside it', async () => {
    for (const target of [
      '/index.html',
      '/assets',
      '/assets/',
      '/assets/index-abc123.js/',
      '/assets/INDEX-abc123.js',
      '/package.json',
      '/.git/config',
      '/src/main.ts',
      '/healthz/',
      '/favicon.svg%00',
    ])
      expect((await send({ target })).status, target).toBe(401);
  });

  it('a NUL, raw, is no HTTP: 400', async () => {
    expect((await send({ target: '/api/\0workspace' })).status).toBe(400);
  });
});

describe('the code of the link (B1)', () => {
  it('is taken once, by POST, from the page itself', async () => {
    const code = house.logins.issueCode();
    const headers: [string, string][] = [
      ['Origin', house.origin],
      ['Sec-Fetch-Site', 'same-origin'],
      ['Content-Type', 'application/json'],
    ];
    const first = await send({ method: 'POST', target: '/api/login', headers, body: JSON.stringify({ code }) });
    expect(first.status).toBe(200);
    expect(first.headers.get('cache-control')).toBe('no-store');
    expect(first.headers.get('set-cookie')).toBeNull();
    const { token } = JSON.parse(first.body) as { token: string };
    expect((await withToken(token)).status).toBe(200);
    expect((await post('/api/login', { code })).status).toBe(401);
  });

  it('is not taken by GET, nor from a query', async () => {
    const code = house.logins.issueCode();
    for (const target of [`/api/login?code=${code}`, `/?code=${code}`])
      expect((await send({ target })).body).not.toContain('token"');
    expect(
      (
        await send({
          method: 'POST',
          target: `/api/login?code=${code}`,
          headers: [['Content-Type', 'application/json']],
          body: '{}',
        })
      ).status,
    ).toBe(400);
    expect((await post('/api/login', { code })).status).toBe(200);
  });

  it('is dead after its time', async () => {
    const codes = [house.logins.issueCode(), house.logins.issueCode()];
    clock += LIMITS.loginCodeMs.value - 1;
    expect((await post('/api/login', { code: codes[0] })).status).toBe(200);
    clock += 1;
    expect((await post('/api/login', { code: codes[1] })).status).toBe(401);
  });

  it('wins for exactly one of many who send it at once', async () => {
    const code = house.logins.issueCode();
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('/api/login', { code })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

describe('the token (B2, B5, B6)', () => {
  it('is of 256 bits and new for each login', async () => {
    const [a, b] = [await loggedIn(), await loggedIn()];
    expect(Buffer.from(a.token, 'base64url')).toHaveLength(32);
    expect(a.token).not.toBe(b.token);
    expect(a.login).not.toBe(b.login);
  });

  it('is worth nothing in a cookie, a query, another scheme, twice, or cut short', async () => {
    const { token } = await loggedIn();
    const tries: [string, string][][] = [
      [['Cookie', `token=${token}; vtcode.token=${token}`]],
      [['Authorization', `Basic ${token}`]],
      [['Authorization', token]],
      [['Authorization', `Bearer ${token.slice(0, -1)}`]],
      [['Authorization', `Bearer ${token}x`]],
      [['Authorization', `Bearer ${token}, Bearer ${token}`]],
      [
        ['Authorization', `Bearer ${token}`],
        ['Authorization', 'Bearer x'],
      ],
      [
        ['Authorization', 'Bearer'],
        ['Proxy-Authorization', `Bearer ${token}`],
      ],
      [['X-Authorization', `Bearer ${token}`]],
    ];
    for (const headers of tries)
      expect((await send({ target: '/api/workspace', headers })).status, JSON.stringify(headers[0]![0])).toBe(401);
  });

  it('is worth nothing at another server', async () => {
    const other = await openHouse();
    const { token } = await loggedIn();
    const headers: [string, string][] = [
      ['Host', `127.0.0.1:${other.port}`],
      ['Authorization', `Bearer ${token}`],
    ];
    expect((await raw(other.port, request({ target: '/api/workspace', headers }))).status).toBe(401);
    await other.close();
  });

  it('dies on logout, and its stream with it; those of others go on', async () => {
    const [mine, other] = [await loggedIn(), await loggedIn()];
    const open = ({ token }: { token: string }) =>
      EventReader.open(house.origin, '/api/events', { Authorization: `Bearer ${token}` });
    const [ends, stays] = [await open(mine), await open(other)];
    await Promise.all([ends.seen('replay.complete'), stays.seen('replay.complete')]);
    expect((await logout(mine.token)).status).toBe(200);
    await ends.end();
    expect((await withToken(mine.token)).status).toBe(401);
    expect((await logout(mine.token)).status).toBe(401);
    house.store.sessions.create('after the logout', 'system');
    await stays.seen('session.created');
    expect(ends.frames.map(({ event }) => event)).toEqual(['replay.complete']);
    stays.close();
  });
});

describe('guessing (A11)', () => {
  it('of codes is told 429 after a few, also for a right one, and works again after the window; tokens go on working', async () => {
    const code = house.logins.issueCode();
    clock += LIMITS.loginWindowMs.value;
    const fresh = house.logins.issueCode();
    const statuses: number[] = [];
    for (let i = 0; i < LIMITS.loginFailures.value + 5; i++)
      statuses.push((await post('/api/login', { code: randomUUID() })).status);
    expect(statuses).toEqual([...Array<number>(LIMITS.loginFailures.value).fill(401), ...Array<number>(5).fill(429)]);
    const held = await post('/api/login', { code: fresh });
    expect(held.status).toBe(429);
    expect(Number(held.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await withToken(house.token)).status).toBe(200);
    clock += LIMITS.loginWindowMs.value;
    expect((await post('/api/login', { code })).status).toBe(401);
    expect((await post('/api/login', { code: house.logins.issueCode() })).status).toBe(200);
  });

  it('of tokens is told 429 after a few; right tokens and codes go on working', async () => {
    clock += LIMITS.loginWindowMs.value;
    const statuses: number[] = [];
    for (let i = 0; i < LIMITS.loginFailures.value + 5; i++) statuses.push((await withToken(randomUUID())).status);
    expect(statuses).toEqual([...Array<number>(LIMITS.loginFailures.value).fill(401), ...Array<number>(5).fill(429)]);
    expect((await withToken(house.token)).status).toBe(200);
    expect((await send({ target: '/api/workspace' })).status).toBe(401);
    expect((await post('/api/login', { code: house.logins.issueCode() })).status).toBe(200);
  });
});

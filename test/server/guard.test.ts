/** The guard as a function: who is let in, as whom, and in which order the questions are asked. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostNames, judgeRequest, type Arrival, type House } from '../../server/guard.ts';
import { createLogins } from '../../server/routes/login.ts';
import { createTickets } from '../../server/routes/tickets.ts';

const HOST = '127.0.0.1:4747';
const logins = createLogins({ user: 'ada' });
const { token, login } = logins.login(logins.issueCode());
const house: House = {
  hosts: () => hostNames(['127.0.0.1', 'localhost', '[::1]'], 4747),
  logins,
  tickets: createTickets({ logins }),
  openPaths: new Set(['/', '/healthz', '/assets/a b.js']),
};

function judge(target: string, headers: Record<string, string> = {}, more: Partial<Arrival> = {}) {
  const rawHeaders = Object.entries({ Host: HOST, ...headers }).flat();
  const judged = judgeRequest({ method: 'GET', target, rawHeaders, upgrade: false, ...more }, house);
  return judged.ok ? (judged.login?.id ?? 'open') : judged.fault.status;
}

const bearer = { Authorization: `Bearer ${token}` };

describe('the guard', () => {
  it.each([
    ['the shell', '/', {}, 'open'],
    ['the shell with a place in it', '/?session=x&file=../a', {}, 'open'],
    ['the health check', '/healthz', {}, 'open'],
    ['a file of the page', '/assets/a b.js', {}, 'open'],
    ['a route without a token', '/api/workspace', {}, 401],
    ['a route with one', '/api/workspace', bearer, login.id],
    ['a scheme in another case', '/api/workspace', { authorization: `bearer ${token}` }, login.id],
    ['the login by GET', '/api/login', {}, 401],
    ['what is not there, with a token', '/nothing', bearer, login.id],
    ['an odd spelling, with a token', '/api//workspace', bearer, 404],
    ['a dot segment, with a token', '/api/../api/workspace', bearer, 404],
    ['a name that begins with dots', '/api/..x', bearer, login.id],
  ])('%s', (_name, target, headers, expected) => {
    expect(judge(target, headers as Record<string, string>)).toBe(expected);
  });

  it('opens the login to POST alone, and nothing open to another method or to an upgrade', () => {
    expect(judge('/api/login', {}, { method: 'POST' })).toBe('open');
    expect(judge('/api/login', {}, { method: 'PUT' })).toBe(401);
    expect(judge('/', {}, { method: 'POST' })).toBe(401);
    expect(judge('/', {}, { method: 'HEAD' })).toBe('open');
    expect(judge('/', {}, { upgrade: true })).toBe(401);
    expect(judge('/api/login', {}, { method: 'POST', upgrade: true })).toBe(401);
  });

  it('asks for the Host first, then the Origin, then the token', () => {
    expect(judge('/api/workspace', { Host: 'evil.com', Origin: 'null' })).toBe(403);
    expect(judge('/api/workspace', { Origin: 'null' })).toBe(403);
    expect(judge('/api/workspace', { Origin: `http://${HOST}` })).toBe(401);
    expect(judge('/api/workspace', { Origin: `http://${HOST}`, 'Sec-Fetch-Site': 'same-origin', ...bearer })).toBe(
      login.id,
    );
  });

  it('tells what is no Host from one that is not ours', () => {
    for (const odd of ['', ' ', 'a b', `lö:4747`, `${'a'.repeat(256)}:4747`, '127.0.0.1:4747\t'])
      expect(judge('/', { Host: odd })).toBe(400);
    for (const foreign of ['evil.com', 'localhost', 'localhost:474', 'localhost.:4747', '[::1]'])
      expect(judge('/', { Host: foreign })).toBe(403);
  });

  it('takes the Origin of the very name that was asked', () => {
    const local = { Host: 'LocalHost:4747', ...bearer };
    expect(judge('/api/workspace', { ...local, Origin: 'http://localhost:4747' })).toBe(login.id);
    expect(judge('/api/workspace', { ...local, Origin: `http://${HOST}` })).toBe(403);
    expect(judge('/api/workspace', { Host: '[::1]:4747', Origin: 'http://[::1]:4747', ...bearer })).toBe(login.id);
  });

  it('does not count what it refuses before the token as a guess', () => {
    for (let i = 0; i < 50; i++)
      expect(judge('/api/workspace', { Origin: 'http://evil.com', Authorization: 'Bearer x' })).toBe(403);
    expect(judge('/api/workspace', { Authorization: 'Bearer x' })).toBe(401);
  });

  it('answers to a name without its port exactly at port 80', () => {
    expect(hostNames(['localhost'], 80)).toEqual(new Set(['localhost:80', 'localhost']));
    expect(hostNames(['LOCALHOST'], 81)).toEqual(new Set(['localhost:81']));
  });

  it('lets no path through that a URL parser would read otherwise', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2f',
      '\\',
      ';',
      'api',
      'sessions',
      '//',
      '?',
      '#',
      ' ',
      '%00',
      '\t',
      '@',
      ':',
      'x',
    );
    const target = fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join('')}`);
    fc.assert(
      fc.property(target, (text) => {
        if (judge(text, bearer) !== login.id) return;
        const url = new URL(`http://${HOST}${text}`);
        expect(url.pathname).toBe(text.split('?')[0]);
        expect(decodeURIComponent(url.pathname)).toBe(url.pathname);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never throws, and never lets in without the token, whatever comes', () => {
    const header = fc.tuple(
      fc.constantFrom('Host', 'host', 'Origin', 'Authorization', 'Sec-Fetch-Site', 'X'),
      fc.oneof(fc.string(), fc.constantFrom(HOST, `http://${HOST}`, 'null', 'none')),
    );
    const arrival = fc.record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'get'),
      target: fc.oneof(
        fc.string(),
        fc.string().map((text) => `/api/${text}`),
      ),
      rawHeaders: fc.array(header, { maxLength: 5 }).map((headers) => headers.flat()),
      upgrade: fc.boolean(),
    });
    fc.assert(
      fc.property(arrival, (arrived) => {
        const judged = judgeRequest(arrived, house);
        if (!judged.ok) return void expect(judged.fault.status).toBeGreaterThanOrEqual(400);
        expect(judged.login).toBeNull();
        expect(['/', '/healthz', '/assets/a b.js', '/api/login']).toContain(arrived.target.split('?')[0]);
      }),
      { numRuns: 2_000 },
    );
  });
});

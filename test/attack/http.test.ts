/** Attacks on the port: foreign Hosts and Origins, odd targets, other methods and bodies. Nothing gets in, nothing changes. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openHouse, type House } from '../server/house.ts';
import { raw, request, type Answer, type Lines } from '../server/wire.ts';

let house: House;
beforeAll(async () => (house = await openHouse()));
afterAll(() => house.close());

const host = () => `127.0.0.1:${house.port}`;
const send = (lines: Lines) => raw(house.port, request(lines));
const UPGRADE: [string, string][] = [
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
];

/** What must hold of every answer, whatever was asked. */
function expectHardened({ headers }: Answer): void {
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  expect(headers.get('set-cookie')).toBeNull();
  expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
}

/** Four ways to ask, each with a valid token, so that only what is tested can be the reason for a refusal. */
const ways = (headers: [string, string][]): Record<string, Lines> => {
  const all: [string, string][] = [...headers, ['Authorization', house.bearer]];
  return {
    GET: { target: '/api/workspace', headers: all },
    POST: createSession(all),
    SSE: { target: '/api/events', headers: all },
    upgrade: { target: '/api/terminals/1/socket', headers: [...all, ...UPGRADE] },
  };
};

const createSession = (headers: [string, string][]): Lines => ({
  method: 'POST',
  target: '/api/sessions',
  headers: [...headers, ['Content-Type', 'application/json']],
  body: JSON.stringify({ commandId: randomUUID(), title: 'made by an attack' }),
});

describe('the port', () => {
  let before: number;
  beforeAll(() => (before = house.store.log.head()));
  afterEach(async () => {
    expect(house.store.log.head(), 'an attack was recorded: it did something').toBe(before);
    expect((await send({ target: '/healthz', headers: [['Host', host()]] })).body).toBe('ok');
  });

  describe('by a foreign Host (A1, A2)', () => {
    const port = () => String(house.port);
    const HOSTS: [name: string, make: () => string][] = [
      ['another site', () => `evil.com:${port()}`],
      ['another site, no port', () => 'evil.com'],
      ['ours as a subdomain of another', () => `127.0.0.1.evil.com:${port()}`],
      ['localhost as a subdomain', () => `localhost.evil.com:${port()}`],
      ['a trailing dot', () => `localhost.:${port()}`],
      ['a trailing dot after an address', () => `127.0.0.1.:${port()}`],
      ['no port', () => 'localhost'],
      ['another port', () => 'localhost:1'],
      ['a port with a zero before it', () => `localhost:0${port()}`],
      ['a short form of the address', () => `127.1:${port()}`],
      ['the address as a number', () => `2130706433:${port()}`],
      ['another loopback address', () => `127.0.0.2:${port()}`],
      ['any address', () => `0.0.0.0:${port()}`],
      ['IPv6 without brackets', () => `::1:${port()}`],
      ['a user name before it', () => `localhost:${port()}@evil.com`],
      ['a user name that is another site', () => `evil.com@localhost:${port()}`],
      ['a path in it', () => `localhost:${port()}/..`],
      ['two in one', () => `localhost:${port()}, evil.com`],
      ['a tab inside', () => `localhost\t:${port()}`],
      ['nothing', () => ''],
      ['10 kB', () => `${'a'.repeat(10_240)}:${port()}`],
      ['more than the head may have', () => 'a'.repeat(20_000)],
      ['letters beyond ASCII', () => `löcalhost:${port()}`],
      ['a full-width digit', () => `１27.0.0.1:${port()}`],
    ];
    it.each(HOSTS)('%s is refused on GET, POST, SSE and upgrade', async (_name, make) => {
      for (const [way, lines] of Object.entries(ways([['Host', make()]]))) {
        const answer = await send(lines);
        expect(answer.status, way).toBeGreaterThanOrEqual(400);
        expect(answer.status, way).toBeLessThan(500);
        expect(answer.status, way).not.toBe(404);
        expectHardened(answer);
      }
    });

    it.each(HOSTS.slice(0, 9))('%s is told 403', async (_name, make) => {
      expect((await send({ headers: [['Host', make()]] })).status).toBe(403);
    });

    it('two Hosts are refused, also when both are ours', async () => {
      for (const second of [host(), 'evil.com'])
        for (const headers of [
          [host(), second],
          [second, host()],
        ])
          expect((await send({ headers: headers.map((name) => ['Host', name]) })).status).toBe(400);
    });

    it('no Host at all is refused, by HTTP/1.0 too', async () => {
      for (const answer of [await send({}), await raw(house.port, 'GET / HTTP/1.0\r\n\r\n')]) {
        expect(answer.status).toBe(400);
        expectHardened(answer);
      }
    });

    it('ours is taken in any case, by each of its names', async () => {
      for (const name of ['LOCALHOST', 'localhost', '127.0.0.1', '[::1]'])
        expect((await send({ headers: [['Host', `${name}:${house.port}`]] })).status).toBe(200);
    });
  });

  describe('by an odd target (A3, A8)', () => {
    it.each([
      'http://evil.com/',
      'https://127.0.0.1/',
      '//',
      '*',
      'evil.com:80',
      '?',
      'api/workspace',
      '/\\evil.com',
      '/a b',
    ])('%s gets nothing', async (target) => {
      const answer = await send({
        target,
        headers: [
          ['Host', host()],
          ['Authorization', house.bearer],
        ],
      });
      expect([400, 404]).toContain(answer.status);
      expectHardened(answer);
    });

    it('an absolute target is refused, also with our own name', async () => {
      for (const target of [`http://${host()}/`, `http://${host()}/api/workspace`, 'http://evil.com/'])
        expect(
          (
            await send({
              target,
              headers: [
                ['Host', host()],
                ['Authorization', house.bearer],
              ],
            })
          ).status,
        ).toBe(400);
    });

    it('what a proxy says of another host is not heard', async () => {
      const said: [string, string][] = ['X-Forwarded-Host', 'X-Host', 'X-Original-Host', 'X-Forwarded-Server'].map(
        (name) => [name, host()],
      );
      const foreign: [string, string][] = [['Host', 'evil.com'], ['Forwarded', `host=${host()}`], ...said];
      expect((await send({ headers: foreign })).status).toBe(403);
      const own: [string, string][] = [
        ['Host', host()],
        ['X-Forwarded-Host', 'evil.com'],
        ['Forwarded', 'host=evil.com'],
        ['X-Original-URL', '/api/workspace'],
      ];
      expect((await send({ headers: own })).body).toContain('<!doctype html>');
    });
  });

  describe('by a foreign Origin (A4, A4b, A5, B5)', () => {
    const ORIGINS: [name: string, make: () => string][] = [
      ['null', () => 'null'],
      ['another port of ours', () => 'http://localhost:9999'],
      ['another name of ours', () => `http://localhost:${house.port}`],
      ['https', () => `https://${host()}`],
      ['no scheme', () => host()],
      ['a trailing dot', () => `http://127.0.0.1.:${house.port}`],
      ['a trailing slash', () => `http://${host()}/`],
      ['a path', () => `http://${host()}/x`],
      ['upper case', () => `HTTP://${host()}`],
      ['no port', () => 'http://127.0.0.1'],
      ['a list', () => `http://${host()} http://evil.com`],
      ['another site', () => 'http://evil.com'],
      ['ours as its user name', () => `http://${host()}@evil.com`],
      ['nothing', () => ''],
      ['malformed', () => 'http://['],
      ['an extension', () => 'chrome-extension://abcdefgh'],
    ];
    it.each(ORIGINS)('%s is told 403 on GET, POST, SSE and upgrade', async (_name, make) => {
      for (const [way, lines] of Object.entries(
        ways([
          ['Host', host()],
          ['Origin', make()],
        ]),
      )) {
        const answer = await send(lines);
        expect(answer.status, way).toBe(403);
        expectHardened(answer);
      }
    });

    it('two Origins are refused, also when one is ours', async () => {
      const headers: [string, string][] = [
        ['Host', host()],
        ['Origin', `http://${host()}`],
        ['Origin', 'http://evil.com'],
      ];
      for (const lines of Object.values(ways(headers))) expect((await send(lines)).status).toBe(403);
    });

    it('a rebound page, whose Origin equals its Host, is told 403 by its Host', async () => {
      const name = `evil.com:${house.port}`;
      for (const lines of Object.values(
        ways([
          ['Host', name],
          ['Origin', `http://${name}`],
        ]),
      ))
        expect((await send(lines)).status).toBe(403);
    });

    it.each(['cross-site', 'same-site', 'cross-site, same-origin', 'x'])(
      'without an Origin, Sec-Fetch-Site %s is told 403',
      async (site) => {
        for (const lines of Object.values(
          ways([
            ['Host', host()],
            ['Sec-Fetch-Site', site],
          ]),
        ))
          expect((await send(lines)).status).toBe(403);
      },
    );

    it('a form of another site that posts to the shell is told 403', async () => {
      const headers: [string, string][] = [
        ['Host', host()],
        ['Origin', 'http://evil.com'],
        ['Sec-Fetch-Site', 'cross-site'],
        ['Sec-Fetch-Mode', 'navigate'],
        ['Sec-Fetch-Dest', 'document'],
      ];
      for (const target of ['/', '/api/login', '/api/sessions'])
        expect((await send({ method: 'POST', target, headers, body: 'a=b' })).status).toBe(403);
    });

    it('a frame of another site is told 403; a link of another site opens the shell and nothing else', async () => {
      const from = (dest: string): [string, string][] => [
        ['Host', host()],
        ['Sec-Fetch-Site', 'cross-site'],
        ['Sec-Fetch-Mode', 'navigate'],
        ['Sec-Fetch-Dest', dest],
      ];
      expect((await send({ headers: from('iframe') })).status).toBe(403);
      expect((await send({ headers: from('document') })).status).toBe(200);
      expect(
        (await send({ target: '/api/workspace', headers: [...from('document'), ['Authorization', house.bearer]] }))
          .status,
      ).toBe(403);
    });
  });

  describe('by other methods (A7)', () => {
    it.each(['X-HTTP-Method-Override', 'X-Method-Override', 'X-HTTP-Method'])('%s is not heard', async (name) => {
      const headers: [string, string][] = [
        ['Host', host()],
        ['Authorization', house.bearer],
        [name, 'POST'],
        ['Content-Type', 'application/json'],
      ];
      const body = JSON.stringify({ commandId: randomUUID(), title: 'overridden' });
      const answer = await send({ target: '/api/sessions?_method=POST', headers, body });
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.body)).toMatchObject({ sessions: [] });
    });

    it('HEAD and OPTIONS change nothing and open nothing, on any route', async () => {
      const paths = [
        ...new Set(house.app.routes.map(({ path }) => path.replace(':id', 'ses_00000000000000000000000000'))),
      ];
      expect(paths.length).toBeGreaterThan(15);
      for (const target of paths)
        for (const method of ['HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'])
          for (const own of [[], [['Authorization', house.bearer]]] as [string, string][][]) {
            const answer = await send({ method, target, headers: [['Host', host()], ...own] });
            expect(answer.body === '' || answer.status >= 400, `${method} ${target}`).toBe(true);
            if (own.length === 0 && target.startsWith('/api')) expect(answer.status, `${method} ${target}`).toBe(401);
            expectHardened(answer);
          }
      expect(house.streams.count()).toBe(0);
    });

    it('a preflight of another origin is told 403, and no CORS header', async () => {
      const headers: [string, string][] = [
        ['Host', host()],
        ['Origin', 'http://evil.com'],
        ['Access-Control-Request-Method', 'POST'],
        ['Access-Control-Request-Headers', 'authorization'],
      ];
      const answer = await send({ method: 'OPTIONS', target: '/api/sessions', headers });
      expect(answer.status).toBe(403);
      expectHardened(answer);
    });

    it('CONNECT gets no tunnel', async () => {
      const answer = await raw(house.port, `CONNECT evil.com:443 HTTP/1.1\r\nHost: ${host()}\r\n\r\n`);
      expect(answer.status === 200).toBe(false);
    });
  });

  describe('by other bodies (A6)', () => {
    const BODIES = [
      ['text/plain', '{}'],
      ['application/x-www-form-urlencoded', 'title=x'],
      ['multipart/form-data; boundary=x', '--x--'],
      ['application/json; charset=x', '{}'],
      ['application/json; charset=utf-16', '{}'],
      ['application/json, text/plain', '{}'],
      ['application/jsonp', '{}'],
      ['application/json-patch+json', '{}'],
      ['text/json', '{}'],
      ['application/ json', '{}'],
      [null, '{}'],
    ] as const;
    it.each(BODIES)('%s is told 415', async (type, body) => {
      const typed: [string, string][] = type === null ? [] : [['Content-Type', type]];
      const headers: [string, string][] = [['Host', host()], ['Authorization', house.bearer], ...typed];
      expect((await send({ method: 'POST', target: '/api/sessions', headers, body })).status).toBe(415);
    });

    it('real JSON in any case of its name is read, and only with the token', async () => {
      for (const type of [
        'application/json',
        'Application/JSON',
        'application/json;charset=utf-8',
        'application/json; charset="UTF-8"',
      ])
        for (const [own, status] of [
          [[], 401],
          [[['Authorization', house.bearer]], 400],
        ] as [[string, string][], number][]) {
          const headers: [string, string][] = [['Host', host()], ['Content-Type', type], ...own];
          expect((await send({ method: 'POST', target: '/api/sessions', headers, body: '{}' })).status).toBe(status);
        }
    });
  });
});

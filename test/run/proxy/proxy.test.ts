/** The proxy of a command, over its real socket: what it lets through, what it refuses, and what it writes down. */
import { existsSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Proxy } from '../../../server/run/proxy/open.ts';
import { Traffic } from '../../../server/run/proxy/traffic.ts';
import { house, send } from './house.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { encrypted, listener, outside, PUBLIC, SHARED, web } from '../../fixtures/outside.ts';

/** Opens a tunnel; answers once the proxy has. */
async function tunnelTo({ socket }: Proxy, place: string): Promise<{ client: Socket; head: string }> {
  const client = connect(socket);
  onTestFinished(() => void client.destroy());
  client.on('error', () => undefined);
  client.write(`CONNECT ${place} HTTP/1.1\r\nHost: ${place}\r\n\r\n`);
  const head = await new Promise<string>((resolve) => client.once('data', (chunk) => resolve(chunk.toString())));
  return { client, head };
}

const closed = (client: Socket) =>
  client.destroyed ? Promise.resolve() : new Promise<void>((resolve) => client.once('close', () => resolve()));

describe('plain HTTP', () => {
  it('goes to the host that was asked for, written anew, and nothing of its path is written down', async () => {
    const { net, send: ask, requests, ends } = await house();
    let seen: { url: string; headers: string[]; body: string } | null = null;
    await net.serve(
      `${PUBLIC}:80`,
      web((request, response) => {
        let body = '';
        request.on('data', (chunk) => (body += String(chunk)));
        request.on('end', () => {
          seen = { url: request.url!, headers: request.rawHeaders, body };
          response.setHeader('X-Said', 'yes').end('hello');
        });
      }),
    );
    const back = await ask(
      'POST http://A.test/x?token=secret HTTP/1.1\r\nHost: a.TEST:80\r\nProxy-Authorization: Basic abc\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n' +
        'X-Kept: 2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    );
    expect(back).toMatch(/^HTTP\/1\.1 200 OK\r\n.*X-Said: yes.*hello/s);
    expect(seen).toMatchObject({ url: '/x?token=secret', body: 'abc' });
    const names = seen!.headers.filter((_, i) => i % 2 === 0);
    expect(names).toEqual(['Host', 'Connection', 'X-Kept', 'Transfer-Encoding']);
    expect(seen!.headers[1]).toBe('a.test');
    expect(requests).toEqual([
      ...[{ request: 1, host: 'a.test', port: 80, method: 'POST', decision: 'allow', rule: 'test' }].map((facts) => ({
        ...facts,
        why: 'the test says so',
        address: PUBLIC,
      })),
    ]);
    await vi.waitFor(() => expect(ends).toMatchObject([{ request: 1, why: '' }]));
    expect(ends[0]!.bytesDown).toBeGreaterThan(5);
    expect(JSON.stringify([requests, ends])).not.toContain('secret');
  });

  it('is judged request by request, also on one connection and inside of a tunnel', async () => {
    const { net, proxy, requests, send: ask } = await house();
    await net.serve(`${PUBLIC}:80`, web((request, response) => void response.end(`at ${request.headers.host}`))); // prettier-ignore
    const get = (host: string, more = '') => `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
    const back = await ask(get('a.test') + get('b.test') + get('c.test', 'Connection: close\r\n'));
    expect(back.match(/at [ab]\.test|403 Forbidden/g)).toEqual(['at a.test', 'at b.test', '403 Forbidden']);
    const { client, head } = await tunnelTo(proxy, 'a.test:80');
    expect(head).toContain('200');
    client.write('GET /in HTTP/1.1\r\nHost: a.test\r\n\r\nGET /other HTTP/1.1\r\nHost: b.test\r\n\r\n');
    const said = await new Promise<string>((resolve) => {
      let text = '';
      client.on('data', (chunk) => (text += String(chunk)));
      client.on('close', () => resolve(text));
    });
    expect(said.match(/at a\.test|403 Forbidden/g)).toEqual(['at a.test', '403 Forbidden']);
    const told = requests.map(({ host, method, decision }) => `${method} ${host} ${decision}`);
    expect(told.slice(0, 3).sort()).toEqual(['GET a.test allow', 'GET b.test allow', 'GET c.test deny']);
    expect(told.slice(3).sort()).toEqual(['GET a.test allow', 'GET b.test deny']);
  });

  const SMUGGLED: [name: string, request: string][] = [
    ['two lengths', 'POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'a length and chunks',
      'POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'chunks by another name',
      'POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
    ],
    ['a blank before the colon', 'GET http://a.test/ HTTP/1.1\r\nHost : a.test\r\n\r\n'],
    ['a folded header', 'GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nX: a\r\n b\r\n\r\n'],
    ['line ends of LF alone', 'GET http://a.test/ HTTP/1.1\nHost: a.test\n\n'],
    ['two hosts', 'GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n'],
    ['another host in its head', 'GET http://a.test/ HTTP/1.1\r\nHost: b.test\r\n\r\n'],
    ['another port in its head', 'GET http://a.test/ HTTP/1.1\r\nHost: a.test:8080\r\n\r\n'],
    ['no host', 'GET http://a.test/ HTTP/1.1\r\n\r\n'],
    ['a path alone', 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'],
    ['another scheme', 'GET https://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n'],
    ['a user in its address', 'GET http://a.test@b.test/ HTTP/1.1\r\nHost: b.test\r\n\r\n'],
    ['a backslash in its address', 'GET http://a.test\\@b.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n'],
    ['an address in an odd spelling', 'GET http://0x7f.1/ HTTP/1.1\r\nHost: 0x7f.1\r\n\r\n'],
    ['a tunnel to a path', 'CONNECT a.test:443/x HTTP/1.1\r\nHost: a.test:443\r\n\r\n'],
    ['a tunnel without a port', 'CONNECT a.test HTTP/1.1\r\nHost: a.test\r\n\r\n'],
    ['a tunnel that says two hosts', 'CONNECT a.test:443 HTTP/1.1\r\nHost: b.test:443\r\n\r\n'],
    ['a tunnel to the loopback', 'CONNECT 127.0.0.1:443 HTTP/1.1\r\nHost: 127.0.0.1:443\r\n\r\n'],
    ['a tunnel to a zone', 'CONNECT [fe80::1%25lo]:443 HTTP/1.1\r\nHost: [fe80::1%25lo]:443\r\n\r\n'],
    ['bytes that are no HTTP', '\x16\x03\x01\x00\x05hello'],
    [
      'a head without end',
      `GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nX: ${'x'.repeat(LIMITS.requestHeadBytes.value)}`,
    ],
  ];

  it.each(SMUGGLED)('with %s is refused, and nobody is connected to', async (_name, text) => {
    const { net, send: ask } = await house();
    await net.serve(
      `${PUBLIC}:80`,
      web((_request, response) => void response.end('reached')),
    );
    expect(await ask(text)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(net.dialled).toEqual([]);
  });
});

describe('a tunnel', () => {
  it('carries TLS to the host that its greeting names, both ways to the end', async () => {
    const { net, proxy, requests, ends } = await house();
    await net.serve(`${PUBLIC}:443`, encrypted((socket) => void socket.on('data', (chunk) => socket.end(`got ${String(chunk)}`)))); // prettier-ignore
    const { client, head } = await tunnelTo(proxy, 'a.test:443');
    expect(head).toBe('HTTP/1.1 200 Connection established\r\n\r\n');
    const { pskCallback, ...shared } = SHARED;
    const secure = tlsConnect({ ...shared, socket: client, servername: 'a.test', checkServerIdentity: () => undefined, pskCallback: () => ({ psk: pskCallback(), identity: 'x' }) }); // prettier-ignore
    secure.write('hello');
    const said = await new Promise<string>((resolve) => secure.once('data', (chunk) => resolve(String(chunk))));
    expect(said).toBe('got hello');
    secure.end();
    await vi.waitFor(() => expect(ends).toHaveLength(1));
    expect(requests).toMatchObject([
      { host: 'a.test', port: 443, method: 'CONNECT', decision: 'allow', address: PUBLIC },
    ]);
    expect(ends[0]!.bytesUp).toBeGreaterThan(50);
  });

  const FRONTED: [name: string, servername: string | null, why: RegExp][] = [
    ['another host', 'b.test', /names another host/],
    ['no host', '', /names no host/],
    ['nothing, for it is no TLS', null, /no TLS/],
  ];
  it.each(FRONTED)('whose greeting names %s is cut before a byte of it goes on', async (_name, servername, why) => {
    const { net, proxy, ends } = await house();
    const heard = listener();
    await net.serve(`${PUBLIC}:443`, heard.server);
    const { client } = await tunnelTo(proxy, 'a.test:443');
    if (servername === null) client.write('SSH-2.0-x\r\n');
    else tlsConnect({ socket: client, ...(servername === '' ? {} : { servername }) }).on('error', () => undefined);
    await closed(client);
    await vi.waitFor(() => expect(ends).toMatchObject([{ why: expect.stringMatching(why) as string }]));
    expect(heard.bytes()).toBe(0);
  });

  it('to another port lets the server speak first, and still reads the greeting where there is one', async () => {
    const { net, proxy, ends } = await house();
    await net.serve(`${PUBLIC}:22`, listener('SSH').server);
    await net.serve(`${PUBLIC}:8443`, listener().server);
    const { client, head } = await tunnelTo(proxy, 'a.test:22');
    let said = head;
    client.on('data', (chunk) => (said += String(chunk)));
    await vi.waitFor(() => expect(said).toContain('SSH'));
    const second = await tunnelTo(proxy, 'a.test:8443');
    tlsConnect({ socket: second.client, servername: 'b.test' }).on('error', () => undefined);
    await closed(second.client);
    await vi.waitFor(() => expect(ends.map(({ why }) => why)).toContain('its TLS greeting names another host'));
  });

  it('to where nobody listens is told so', async () => {
    const { proxy, ends } = await house();
    const { head } = await tunnelTo(proxy, 'a.test:444');
    expect(head).toMatch(/^HTTP\/1\.1 502 .*ECONNREFUSED/s);
    expect(ends).toMatchObject([{ bytesUp: 0, why: expect.stringContaining('ECONNREFUSED') as string }]);
  });
});

describe('a host', () => {
  it('that is not let through is resolved by nobody: its name could carry data', async () => {
    const { net, send: ask, requests, proxy } = await house();
    expect(await ask('CONNECT secret-data.evil.test:443 HTTP/1.1\r\nHost: secret-data.evil.test:443\r\n\r\n')).toMatch(/403.*the test says so/s); // prettier-ignore
    expect(net.resolved).toEqual([]);
    expect(requests).toMatchObject([{ host: 'secret-data.evil.test', decision: 'deny', address: '' }]);
    expect(proxy.refusals()).toEqual([{ shown: 'secret-data.evil.test:443', why: 'the test says so' }]);
  });

  const PRIVATE = ['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', 'fe80::1%lo', '198.20.1.1']; // prettier-ignore
  it.each(PRIVATE)('that resolves to %s is refused, whatever allowed it', async (address) => {
    const { net, send: ask, requests } = await house();
    net.name('a.test', [address]);
    expect(await ask('GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 403/,
    );
    expect(requests).toMatchObject([{ decision: 'deny', rule: 'address.closed' }]);
    expect(net.dialled).toEqual([]);
  });

  it('is connected to by the very address that was looked at, though its name changes at once', async () => {
    const { net, send: ask } = await house();
    net.name('a.test', [PUBLIC, '127.0.0.1'], ['127.0.0.1']);
    await net.serve(
      `${PUBLIC}:80`,
      web((_request, response) => void response.end('first')),
    );
    const get = 'GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n';
    expect(await ask(get)).toContain('first');
    expect(await ask(get)).toMatch(/^HTTP\/1\.1 403/);
    expect(net.resolved).toEqual(['a.test', 'a.test']);
    expect(net.dialled).toEqual([`${PUBLIC}:80`]);
  });

  it('is asked for once by a command, however often and at once it is wanted', async () => {
    let answer: (allowed: boolean) => void = () => undefined;
    const connectOnce = vi.fn(
      () =>
        new Promise<{ allowed: boolean; rule: string; why: string }>(
          (resolve) => (answer = (allowed) => resolve({ allowed, rule: 'approval', why: 'the person says so' })),
        ),
    );
    const { send: ask, requests } = await house({ connect: connectOnce });
    const get = 'GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n';
    const waiting = [ask(get), ask(get), ask(get)];
    await vi.waitFor(() => expect(connectOnce).toHaveBeenCalledOnce());
    expect(requests).toEqual([]);
    answer(false);
    for (const back of await Promise.all(waiting)) expect(back).toMatch(/403.*the person says so/s);
    expect(await ask(get)).toContain('403');
    expect(connectOnce).toHaveBeenCalledOnce();
    expect(requests).toHaveLength(4);
  });

  it('that is said to be allowed is still not reached where no permit has opened it', async () => {
    const net = outside();
    net.name('a.test', [PUBLIC]);
    const said = { allowed: true, rule: 'test', why: '' };
    const traffic = new Traffic(net, {
      ...{ connect: () => Promise.resolve(said), requested: () => undefined, ended: () => undefined },
    });
    const target = { host: { name: 'a.test', address: null }, port: 443 };
    const asked = { method: 'CONNECT', shown: 'a.test:443' };
    expect(await traffic.admit({ ok: true, target }, asked)).toMatchObject({ kind: 'refused', status: 403 });
    expect(net.resolved).toEqual([]);
  });
});

describe('bounds', () => {
  it('a head that dribbles is cut', async () => {
    const { proxy } = await house({ headMs: 200 });
    const client = connect(proxy.socket);
    let back = '';
    client.on('data', (chunk) => (back += String(chunk))).on('error', () => undefined);
    client.write('GET http://a.test/ HTTP/1.1\r\nHos');
    await closed(client);
    expect(back).toMatch(/^HTTP\/1\.1 4\d\d|^$/);
  });

  it('no more connections at once than it may have, and those that came before are served', async () => {
    const { net, proxy, send: ask } = await house();
    await net.serve(
      `${PUBLIC}:80`,
      web((_request, response) => void response.end('served')),
    );
    const held = Array.from({ length: LIMITS.proxyConnections.value + 40 }, () => connect(proxy.socket));
    let cut = 0;
    for (const one of held) one.on('close', () => cut++).on('error', () => undefined);
    await vi.waitFor(() => expect(cut).toBe(40));
    for (const one of held.slice(0, 10)) one.destroy();
    await vi.waitFor(async () =>
      expect(await ask('GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')).toContain('served'),
    );
    for (const one of held) one.destroy();
  });

  it('no more hosts and requests of one command than it may have, so that its record ends', async () => {
    const requested = vi.fn();
    const connectNone = vi.fn(() => Promise.resolve({ allowed: false, rule: 'test', why: 'no' }));
    const traffic = new Traffic(outside(), { connect: connectNone, requested, ended: () => undefined });
    for (let i = 0; i < LIMITS.proxyRequests.value + 50; i++) {
      const target = { host: { name: `h${i}.test`, address: null }, port: 443 };
      await traffic.admit({ ok: true, target }, { method: 'CONNECT', shown: '' });
    }
    expect(connectNone).toHaveBeenCalledTimes(LIMITS.proxyHosts.value);
    expect(requested).toHaveBeenCalledTimes(LIMITS.proxyRequests.value);
  });

  it('what cannot be recorded is not done, and nothing after it', async () => {
    const full = () => {
      throw new Error('the disk is full');
    };
    const { net, send: ask, lost } = await house({ requested: full });
    await net.serve(
      `${PUBLIC}:80`,
      web((_request, response) => void response.end('reached')),
    );
    const get = 'GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n';
    expect(await ask(get)).toBe('');
    expect(lost).toHaveBeenCalledOnce();
    expect(net.dialled).toEqual([]);
  });
});

describe('its end', () => {
  it('cuts what is open, takes back what is asked, and takes its socket away', async () => {
    let signal: AbortSignal | null = null;
    const { net, proxy, ends } = await house({
      connect: (target, given) => {
        if (target.host === 'a.test') return Promise.resolve({ allowed: true, rule: 'test', why: '' });
        signal = given;
        return new Promise((resolve) => given.addEventListener('abort', () => resolve({ allowed: false, rule: 'over', why: '' }))); // prettier-ignore
      },
    });
    const heard = listener();
    await net.serve(`${PUBLIC}:22`, heard.server);
    expect(statSync(proxy.socket).mode & 0o777).toBe(0o600);
    const { client } = await tunnelTo(proxy, 'a.test:22');
    client.write('hello');
    await vi.waitFor(() => expect(heard.bytes()).toBe(5));
    const asking = send(proxy, 'CONNECT b.test:443 HTTP/1.1\r\nHost: b.test:443\r\n\r\n');
    await vi.waitFor(() => expect(signal).not.toBeNull());
    await proxy.close();
    await closed(client);
    expect(await asking).toBe('');
    expect(signal!.aborted).toBe(true);
    expect(existsSync(proxy.socket)).toBe(false);
    expect(ends).toMatchObject([{ bytesUp: 5, why: 'what asked for it ended' }]);
  });
});

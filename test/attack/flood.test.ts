/** Attacks by mass: slow heads, idle sockets, huge and deep bodies. Each is bounded, and the server goes on answering. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import { openHouse, type House } from '../server/house.ts';
import { parseAnswer, raw, request, type Lines } from '../server/wire.ts';

const HEAD_MS = 200;

let house: House;
beforeAll(async () => (house = await openHouse({ listen: { headMs: HEAD_MS, requestMs: 2 * HEAD_MS } })));
afterAll(() => house.close());
afterEach(async () => expect((await send({ target: '/healthz' })).body).toBe('ok'));

const host = (): [string, string] => ['Host', `127.0.0.1:${house.port}`];
const send = (lines: Lines) => raw(house.port, request({ ...lines, headers: [host(), ...(lines.headers ?? [])] }));
const post = (body: string, more: [string, string][] = []) =>
  send({
    method: 'POST',
    target: '/api/sessions',
    headers: [['Authorization', house.bearer], ['Content-Type', 'application/json'], ...more],
    body,
  });

/** All that a socket gets until the server closes it. */
async function untilClosed(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  // A server that cuts may do so while something is being sent; what it said has come by then.
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => socket.destroy());
  await new Promise((resolve) => socket.on('close', resolve));
  return Buffer.concat(chunks).toString();
}

describe('a flood (A12)', () => {
  it('of a head that never ends is cut in time', async () => {
    const socket = connect(house.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    const dribble = setInterval(() => socket.write('X-A: b\r\n'), HEAD_MS / 10);
    const answer = parseAnswer(await untilClosed(socket));
    clearInterval(dribble);
    expect(answer.status).toBe(408);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('of sockets that say nothing is cut in time', async () => {
    const sockets = Array.from({ length: 50 }, () => connect(house.port, '127.0.0.1'));
    await Promise.all(sockets.map(untilClosed));
  });

  it('of a body that never ends is cut in time', async () => {
    const socket = connect(house.port, '127.0.0.1');
    const head = request({
      method: 'POST',
      target: '/api/sessions',
      headers: [
        host(),
        ['Authorization', house.bearer],
        ['Content-Type', 'application/json'],
        ['Content-Length', '1000'],
      ],
    });
    socket.write(head);
    const dribble = setInterval(() => socket.write(' '), HEAD_MS / 10);
    await untilClosed(socket);
    clearInterval(dribble);
    expect(house.errors).toEqual([]);
  });

  it('of connections is capped, and those beyond are dropped at once', async () => {
    const small = await openHouse();
    const sockets = Array.from({ length: LIMITS.connections.value }, () => connect(small.port, '127.0.0.1'));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const beyond = connect(small.port, '127.0.0.1');
    expect(await untilClosed(beyond)).toBe('');
    for (const socket of sockets) socket.destroy();
    await small.close();
  });

  it('of a head larger than the bound is told 431', async () => {
    const answer = await send({ headers: [['X-Large', 'a'.repeat(LIMITS.requestHeadBytes.value)]] });
    expect(answer.status).toBe(431);
    const many = Array.from({ length: 4_000 }, (_, i): [string, string] => [`x${i}`, '']);
    expect((await send({ headers: many })).status).toBe(431);
  });

  it('of an announced gigabyte is told 413 before it is sent', async () => {
    const socket = connect(house.port, '127.0.0.1');
    const headers: [string, string][] = [
      host(),
      ['Authorization', house.bearer],
      ['Content-Type', 'application/json'],
      ['Content-Length', String(1024 ** 3)],
    ];
    socket.write(request({ method: 'POST', target: '/api/sessions', headers }));
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(parseAnswer(first.toString()).status).toBe(413);
    await untilClosed(socket);
  });

  it('of a gigabyte in chunks is cut at the bound, in flat memory', async () => {
    const socket = connect(house.port, '127.0.0.1');
    const headers: [string, string][] = [
      host(),
      ['Authorization', house.bearer],
      ['Content-Type', 'application/json'],
      ['Transfer-Encoding', 'chunked'],
    ];
    socket.write(request({ method: 'POST', target: '/api/sessions', headers }));
    const mebibyte = 1024 ** 2;
    const chunk = Buffer.concat([
      Buffer.from(`${mebibyte.toString(16)}\r\n`),
      Buffer.alloc(mebibyte, ' '),
      Buffer.from('\r\n'),
    ]);
    let sent = 0;
    const pump = () => {
      while (sent++ < 1024 && socket.writable) if (!socket.write(chunk)) return void socket.once('drain', pump);
    };
    const before = process.memoryUsage().rss;
    pump();
    const answer = await untilClosed(socket);
    expect(answer === '' || parseAnswer(answer).status === 413).toBe(true);
    expect(sent).toBeLessThan(200);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * mebibyte);
  });

  it('of a login larger than any code is told 413, before a token is asked for', async () => {
    const body = JSON.stringify({ code: 'x'.repeat(LIMITS.loginBodyBytes.value) });
    const headers: [string, string][] = [['Content-Type', 'application/json']];
    expect((await send({ method: 'POST', target: '/api/login', headers, body })).status).toBe(413);
  });

  it('of an unauthorised gigabyte is told 401, and cut', async () => {
    const socket = connect(house.port, '127.0.0.1');
    socket.write(
      request({ method: 'POST', target: '/api/sessions', headers: [host(), ['Content-Length', String(1024 ** 3)]] }),
    );
    expect(parseAnswer(await untilClosed(socket)).status).toBe(401);
  });

  it('of brackets 100,000 deep is told 400, by lists, objects and both', async () => {
    const deep = 100_000;
    for (const body of [
      '['.repeat(deep),
      '{"a":'.repeat(deep),
      '[{"a":'.repeat(deep),
      `{"commandId":${'['.repeat(deep)}${']'.repeat(deep)}}`,
    ])
      expect(JSON.parse((await post(body)).body)).toMatchObject({ error: { code: 'too_deep' } });
  });

  it.each([
    ['{"__proto__":{"admin":true}}', 'prototype_key'],
    ['{"title":"x","a":[{"__proto__":null}]}', 'prototype_key'],
    ['{"\\u005f_proto__":1}', 'prototype_key'],
    ['{"constructor":{"prototype":{"admin":true}}}', 'prototype_key'],
    ['{"a":1', 'bad_json'],
    ['', 'bad_json'],
    ['null', 'invalid_request'],
    ['[]', 'invalid_request'],
    ['"x"', 'invalid_request'],
    ['{"commandId":"x"}', 'invalid_request'],
  ])('a body of %s is told %s', async (body, code) => {
    const answer = await post(body, body === '' ? [['Content-Length', '0']] : []);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code } });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('brackets inside of a text are no depth, however it quotes', async () => {
    const title = `\\" [[[${'{"'.repeat(20)}`;
    const answer = await post(JSON.stringify({ commandId: '0', title: title + '['.repeat(200) }));
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'invalid_request' } });
  });

  it('bytes that are not UTF-8 are told 400', async () => {
    const head = request({
      method: 'POST',
      target: '/api/sessions',
      headers: [host(), ['Authorization', house.bearer], ['Content-Type', 'application/json'], ['Content-Length', '4']],
    });
    const answer = await raw(house.port, Buffer.concat([Buffer.from(head), Buffer.from([0x22, 0xc3, 0x28, 0x22])]));
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'invalid_utf8' } });
  });

  it('a compressed body is told 415', async () => {
    expect((await post('{}', [['Content-Encoding', 'gzip']])).status).toBe(415);
  });

  it.each([
    ['garbage', 'hello\r\n\r\n'],
    ['two lengths', 'POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
    [
      'a length and chunks',
      'POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a bare line feed in the head', 'GET / HTTP/1.1\nHost: x\n\n'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : x\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['the start of TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000'],
  ])('%s is told 400, in the form of every error', async (_name, text) => {
    const answer = await raw(house.port, text);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toHaveProperty('error.message');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('garbage after a stream has begun writes nothing into it', async () => {
    const socket = connect(house.port, '127.0.0.1');
    const whole = untilClosed(socket);
    socket.write(`GET /api/events HTTP/1.1\r\nHost: ${host()[1]}\r\nAuthorization: ${house.bearer}\r\n\r\n`);
    await once(socket, 'data');
    socket.write('garbage garbage\r\n\r\n');
    expect((await whole).match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

/** The way out: proxies as the person's environment names them, and certificates as Node trusts them. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createProxy, type Server } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { createFetch } from '../../server/llm/fetch.ts';
import { serve } from './http.ts';
import { selfSigned } from './self-signed.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const close = (server: Server) => () =>
  new Promise((done) => {
    server.close(done);
    server.closeAllConnections();
  });

/** A proxy that tunnels every name to one port on loopback, and tells what it was asked for. */
async function proxyTo(port: number): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const proxy = createProxy();
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => [onward, socket].forEach((other) => other.destroy()));
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  closers.push(close(proxy));
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked };
}

async function target() {
  const server = await serve((response) => response.end('reached'));
  closers.push(server.close);
  return { ...server, port: Number(new URL(server.url).port) };
}

test('goes through the proxy, but never for loopback', async () => {
  const server = await target();
  const proxy = await proxyTo(server.port);
  const fetch = createFetch({ https: proxy.url, http: proxy.url, noProxy: '' });
  expect(await (await fetch('http://api.example.test/x')).text()).toBe('reached');
  expect(proxy.asked).toEqual(['api.example.test:80']);
  expect(await (await fetch(server.url)).text()).toBe('reached');
  expect(await (await fetch(server.url.replace('127.0.0.1', 'localhost'))).text()).toBe('reached');
  expect(proxy.asked).toHaveLength(1);
});

test.each(['example.test', '.example.test', 'other.test, api.example.test', '*'])(
  'goes past the proxy where NO_PROXY is %j',
  async (noProxy) => {
    const proxy = await proxyTo(1);
    const fetch = createFetch({ https: proxy.url, http: proxy.url, noProxy });
    await expect(fetch('http://api.example.test/')).rejects.toMatchObject({
      cause: { code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) },
    });
    expect(proxy.asked).toEqual([]);
  },
);

test('reads no proxy from the environment', async () => {
  const server = await target();
  const proxy = await proxyTo(server.port);
  const names = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'];
  const before = names.map((name) => process.env[name]);
  for (const name of names) process.env[name] = proxy.url;
  try {
    const fetch = createFetch({ https: '', http: '', noProxy: '' });
    await expect(fetch('http://api.example.test/')).rejects.toThrow('fetch failed');
  } finally {
    names.forEach((name, at) => {
      if (before[at] === undefined) delete process.env[name];
      else process.env[name] = before[at];
    });
  }
  expect(proxy.asked).toEqual([]);
});

test('a certificate is trusted through NODE_EXTRA_CA_CERTS, and not without', async () => {
  const { cert, key } = selfSigned();
  const server = createSecure({ cert, key }, (_, response) => response.end('reached'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closers.push(close(server));
  const folder = await mkdtemp(join(tmpdir(), 'vtcode-ca-'));
  closers.push(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'ca.pem'), cert);
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const module = new URL('../../server/llm/fetch.ts', import.meta.url).href;
  const script = `
    const { createFetch } = await import(${JSON.stringify(module)});
    const fetch = createFetch({ https: '', http: '', noProxy: '' });
    const told = await fetch(${JSON.stringify(url)}).then((response) => response.text(), (error) => error.cause.code);
    process.stdout.write(told);`;
  const run = async (env: Record<string, string>) => {
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { PATH: process.env['PATH'] ?? '', ...env },
    });
    return stdout;
  };
  const [trusting, other] = await Promise.all([run({ NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') }), run({})]);
  expect([trusting, other]).toEqual(['reached', 'DEPTH_ZERO_SELF_SIGNED_CERT']);
});

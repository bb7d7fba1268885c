/** The listener: which port it takes, what it says when there is none, upgrades, and an end that ends. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import { listen, type ListenOptions } from '../../server/http.ts';
import { openHouse } from './house.ts';
import { parseAnswer, request } from './wire.ts';

async function house(options: Partial<ListenOptions> = {}) {
  const opened = await openHouse({ listen: options });
  onTestFinished(() => opened.close());
  return opened;
}

/** A port that something else has. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const bare = async (): Promise<Omit<ListenOptions, 'port' | 'fixed'>> => {
  const { app, deps } = await house();
  const { logins, hosts, tickets } = deps;
  return { app, house: { logins, hosts, tickets, openPaths: new Set() }, host: '127.0.0.1', logger: deps.logger };
};

describe('the port', () => {
  it('that is taken is told, when only it will do', async () => {
    const port = await takenPort();
    await expect(listen({ ...(await bare()), port, fixed: true })).rejects.toMatchObject({
      status: 409,
      code: 'port_in_use',
      message: `Port ${port} is in use on 127.0.0.1.`,
    });
  });

  it('that is taken gives way to the next free one', async () => {
    const port = await takenPort();
    const server = await listen({ ...(await bare()), port, fixed: false });
    onTestFinished(() => server.close());
    expect(server.port).toBeGreaterThan(port);
    expect(server.port).toBeLessThanOrEqual(port + 50);
  });

  it('on an address that is not ours is told', async () => {
    await expect(listen({ ...(await bare()), host: '192.0.2.1', port: 0, fixed: false })).rejects.toMatchObject({
      status: 400,
      code: 'cannot_listen',
    });
  });
});

describe('an upgrade', () => {
  const lines = (port: number, target: string, bearer: string) =>
    request({
      target,
      headers: [
        ['Host', `127.0.0.1:${port}`],
        ['Authorization', bearer],
        ['Upgrade', 'websocket'],
      ],
    }).replace('Connection: close', 'Connection: Upgrade');

  async function upgrade(port: number, target: string, bearer: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk)).write(lines(port, target, bearer));
    await once(socket, 'close');
    return Buffer.concat(chunks).toString();
  }

  it('is refused without a token, and told 404 where there is nothing', async () => {
    const { port, bearer } = await house();
    expect(parseAnswer(await upgrade(port, '/api/terminals/1/socket', 'Bearer x')).status).toBe(401);
    const absent = parseAnswer(await upgrade(port, '/api/terminals/1/socket', bearer));
    expect(absent.status).toBe(404);
    expect(absent.headers.get('connection')).toBe('close');
    expect(absent.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('that passed reaches who takes it, as who it is, and ends with the server', async () => {
    const seen: string[] = [];
    const opened = await openHouse({
      listen: {
        onUpgrade: ({ socket, login }) => {
          seen.push(login.id);
          socket.write('taken');
          return true;
        },
      },
    });
    const whole = upgrade(opened.port, '/api/terminals/1/socket', opened.bearer);
    await expect.poll(() => seen).toEqual([opened.login.id]);
    await opened.close();
    expect(await whole).toBe('taken');
  });
});

describe('the end', () => {
  it(
    'does not wait for connections that are only kept open',
    async () => {
      const opened = await openHouse();
      const response = await fetch(`${opened.origin}/healthz`);
      expect(await response.text()).toBe('ok');
      await opened.close();
      // Less than such a connection is kept.
    },
    LIMITS.idleSocketMs.value - 1_000,
  );

  it('cuts a request that never comes to its end', async () => {
    const opened = await openHouse();
    const socket = connect(opened.port, '127.0.0.1');
    socket.write('POST /api/login HTTP/1.1\r\n');
    await once(socket, 'connect');
    const closed = new Promise((resolve) => socket.on('error', () => socket.destroy()).on('close', resolve));
    await opened.close();
    await closed;
  });
});

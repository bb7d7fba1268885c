/** The way to the proxy, and the network of a command that may use the host's. */
import { createHash } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { chmodSync } from 'node:fs';
import { confined, type Setting } from './confined.ts';
import { openPlace, type Place } from './place.ts';
import { WHO } from './world.ts';

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place.close());

/** A proxy that does with each connection what the test says; answers the path of its socket. */
async function proxyAt(world: string, serve: (socket: Socket) => void): Promise<string> {
  const path = join(world, 'a proxy:1.sock');
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined); // the other side may go first
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  chmodSync(path, 0o777);
  onTestFinished(() => void server.close());
  return path;
}

const http = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;

describe.each(WHO)('as %s, through the proxy', (who) => {
  const through = (command: string, serve: (socket: Socket) => void, more: string[] = []) =>
    place.inWorld(who, 'usual', async (setting: Setting) => {
      const path = await proxyAt(setting.world.base, serve);
      return confined(place.programs.release, setting, command, ['--net', `proxy:${path}:3128`, ...more]);
    });

  test('a request reaches the socket and its answer comes back', async () => {
    const asked: string[] = [];
    const ended = await through('curl -s -x http://127.0.0.1:3128 http://example.org/path', (socket) =>
      socket.once('data', (data) => {
        asked.push(String(data).split('\r\n')[0]!);
        socket.end(http('through'));
      }),
    );
    expect(ended).toMatchObject({ code: 0, stdout: 'through' });
    expect(asked).toEqual(['GET http://example.org/path HTTP/1.1']);
  });

  test('nothing else of the host is in reach', async () => {
    const blocked = [
      'attack tcp 127.0.0.1 "$AGENT_PORT"',
      'attack abstract "$ABSTRACT"',
      'attack tcp 192.0.2.1 443',
      'getent hosts example.org',
    ];
    const ended = await through(blocked.map((one) => `! ${one}`).join(' && '), () => undefined);
    expect(ended.code, ended.stderr).toBe(0);
  });

  test('megabytes pass both ways at once, whole', async () => {
    const size = 8 << 20;
    const command = `head -c ${size} /dev/zero | tr "\\0" x | /usr/bin/python3 -c "
import socket, sys, threading, hashlib
s = socket.create_connection(('127.0.0.1', 3128))
data = sys.stdin.buffer.read()
threading.Thread(target=lambda: (s.sendall(data), s.shutdown(socket.SHUT_WR))).start()
h = hashlib.sha256(); n = 0
while True:
  b = s.recv(65536)
  if not b: break
  h.update(b); n += len(b)
print(n, h.hexdigest())"`;
    const ended = await through(command, (socket) => socket.pipe(socket));
    const digest = createHash('sha256').update('x'.repeat(size)).digest('hex');
    expect(ended).toMatchObject({ code: 0, stdout: `${size} ${digest}\n` });
  });

  test('a half that is closed leaves the other open', async () => {
    const command = `/usr/bin/python3 -c "
import socket
s = socket.create_connection(('127.0.0.1', 3128))
s.sendall(b'question'); s.shutdown(socket.SHUT_WR)
print(s.makefile().read())"`;
    const ended = await through(command, (socket) => {
      let heard = '';
      socket.on('data', (data) => (heard += data));
      socket.on('end', () => socket.end(`answer to ${heard}`));
    });
    expect(ended).toMatchObject({ code: 0, stdout: 'answer to question\n' });
  });

  test('three hundred connections, more than are served at once, all get through', async () => {
    const command = `/usr/bin/python3 -c "
import socket, threading
threading.stack_size(1 << 18)
got = []
def one(i):
  s = socket.create_connection(('127.0.0.1', 3128), 30); s.sendall(b'%d' % i); s.shutdown(socket.SHUT_WR)
  got.append(s.makefile().read() == str(i))
threads = [threading.Thread(target=one, args=(i,)) for i in range(300)]
[t.start() for t in threads]; [t.join() for t in threads]
print(sum(got))"`;
    const ended = await through(command, (socket) => socket.pipe(socket));
    expect(ended).toEqual({ code: 0, stdout: '300\n', stderr: '' });
  });

  test('a proxy that is gone refuses, and does not hang', async () => {
    const ended = await place.inWorld(who, 'usual', async (setting) => {
      const path = await proxyAt(setting.world.base, (socket) => socket.destroy());
      return confined(
        place.programs.release,
        setting,
        'curl -sf -m 5 -x http://127.0.0.1:3128 http://example.org/; test $? -ne 28',
        [...['--net', `proxy:${path}:3128`]],
      );
    });
    expect(ended.code).toBe(0);
  });

  test('works beside a terminal', async () => {
    const ended = await through(
      'curl -s -x http://127.0.0.1:3128 http://example.org/; tty',
      (socket) => socket.once('data', () => socket.end(http('both '))),
      [...['--pty', '80x24']],
    );
    expect(ended).toMatchObject({ code: 0, stdout: 'both /dev/pts/0\r\n' });
  });

  test('servers of the command still work on other ports', async () => {
    const command = `node -e "const s=require('net').createServer(c=>c.end()).listen(8080,'127.0.0.1',()=>require('net').connect(8080).on('close',()=>s.close()))"`;
    expect((await through(command, () => undefined)).code).toBe(0);
  });

  test('the socket must be there', async () => {
    const ended = await place.inWorld(who, 'usual', (setting) =>
      confined(place.programs.release, setting, 'true', ['--net', `proxy:${setting.world.base}/none.sock:3128`]),
    );
    expect(ended.code).toBe(126);
    expect(ended.stderr).toMatch(/cannot open --ro ".*none\.sock": No such file/);
  });
});

describe.each(WHO)('as %s, on the network of the host', (who) => {
  test('what Landlock does not let through is refused, by default everything', async () => {
    const ended = await place.inWorld(who, 'usual', (setting) =>
      confined(place.programs.release, setting, 'attack tcp 127.0.0.1 "$ALLOWED_PORT"', ['--net', 'host']),
    );
    expect(ended).toMatchObject({ code: 1, stdout: 'tcp: Permission denied\n' });
  });

  test('a port that may be bound can be, others not', async () => {
    const ended = await place.inWorld(who, 'usual', (setting) =>
      confined(place.programs.release, setting, 'attack listen 48124 && ! attack listen 48125', [
        '--net',
        'host',
        '--bind-port',
        '48124',
      ]),
    );
    expect(ended.code, ended.stdout).toBe(0);
  });
});

/** A line between the browser and the server that breaks: a SOCKS5 proxy (RFC 1928) that cuts the streams of events. */
import { randomInt } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Line {
  /** What a browser is given as its proxy. */
  address: string;
  /** From now on every stream of events breaks, after so many of its bytes, in the middle of whatever comes then. */
  breakAfter(bytes: { from: number; to: number }): void;
  hold(): void;
  /** How many streams were cut. */
  cuts(): number;
  close(): Promise<void>;
}

export async function openLine(): Promise<Line> {
  const sockets = new Set<Socket>();
  let range: { from: number; to: number } | null = null;
  let cuts = 0;
  const cut = (pair: Socket[]) => {
    cuts++;
    // Mostly as if the server had closed; now and then as if a router had forgotten it, which loses what was not read yet.
    for (const socket of pair) {
      if (cuts % 5 === 0) socket.resetAndDestroy();
      else socket.destroy();
    }
  };
  const server = createServer((browser) => {
    keep(sockets, browser);
    void greet(browser).then(
      ({ port, host }) => {
        const far = keep(sockets, connect(port, host));
        far.once('connect', () => browser.write(GRANTED));
        relay({ browser, far, broken: () => range, cut });
      },
      () => browser.destroy(), // it went away before it said where to
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('expected a port');
  return {
    address: `socks5://127.0.0.1:${bound.port}`,
    breakAfter: (bytes) => void (range = bytes),
    hold: () => void (range = null),
    cuts: () => cuts,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const GRANTED = Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);

function keep(sockets: Set<Socket>, socket: Socket): Socket {
  sockets.add(socket);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => void sockets.delete(socket));
  return socket;
}

/** Its two questions: how to log in (not at all), and to where (a name and a port, as Chromium asks for addresses too). */
async function greet(browser: Socket): Promise<{ host: string; port: number }> {
  const came = bytesOf(browser);
  const [, methods = 0] = await came(2);
  await came(methods);
  browser.write(Buffer.from([5, 0]));
  const [, command, , kind, length = 0] = await came(5);
  if (command !== 1 || kind !== 3) throw new Error('expected to be asked for a connection to a name');
  const host = (await came(length)).toString('latin1');
  const port = (await came(2)).readUInt16BE(0);
  browser.removeAllListeners('data');
  return { host, port };
}

/** Reads so many bytes at a time. The browser says nothing more before it was answered. */
function bytesOf(socket: Socket): (count: number) => Promise<Buffer> {
  let held = Buffer.alloc(0);
  const more = new EventEmitter();
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    more.emit('bytes');
  });
  socket.on('close', () => more.emit('error', new Error('the connection ended')));
  more.on('error', () => undefined); // told to who waits
  return async (count) => {
    while (held.length < count) await once(more, 'bytes');
    const taken = held.subarray(0, count);
    held = held.subarray(count);
    return taken;
  };
}

interface Relayed {
  browser: Socket;
  far: Socket;
  broken(): { from: number; to: number } | null;
  cut(pair: Socket[]): void;
}

function relay({ browser, far, broken, cut }: Relayed): void {
  let isStream = false;
  /** Bytes until it breaks; chosen when the first byte comes that may be the last. */
  let left: number | null = null;
  browser.on('data', (chunk: Buffer) => {
    isStream ||= chunk.toString('latin1', 0, 32).startsWith('GET /api/events');
    far.write(chunk);
  });
  far.on('data', (chunk: Buffer) => {
    const range = broken();
    if (range === null || !isStream) return void browser.write(chunk);
    left ??= randomInt(range.from, range.to);
    if (chunk.length < left) {
      left -= chunk.length;
      return void browser.write(chunk);
    }
    isStream = false;
    far.pause();
    browser.write(chunk.subarray(0, left), () => cut([browser, far]));
  });
  browser.on('close', () => far.destroy());
  far.on('close', () => browser.end());
}

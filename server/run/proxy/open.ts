/** The proxy of one command: one unix socket of its own, by which each request is known to be the command's. */
import { randomBytes } from 'node:crypto';
import { chmod, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { LIMITS } from '../../../shared/limits.ts';
import type { Target } from '../../base/host.ts';
import { forward, refuse } from './forward.ts';
import { INTERNET, type Network } from './network.ts';
import { absoluteTarget, type Asked, innerPath, tunnelTarget } from './request.ts';
import { type NetworkReports, type Refusal, Traffic } from './traffic.ts';
import { answer, tunnel } from './tunnel.ts';

export interface ProxyOptions {
  /** Ours alone (0700), with a path short enough for a socket. */
  dir: string;
  reports: NetworkReports;
  /** For tests: another outside. */
  network?: Network;
  /** For tests: milliseconds for the head of a request. */
  headMs?: number;
  /** The record failed: nothing unrecorded may go on. */
  onLost(error: unknown): void;
}

export interface Proxy {
  /** The path of its socket. */
  socket: string;
  /** From now on the command may reach this, until it ends. */
  open(host: string, port: number): void;
  refusals(): Refusal[];
  /** Cuts what is open, withdraws what is asked, and takes the socket away. */
  close(): Promise<void>;
}

interface House {
  network: Network;
  traffic: Traffic;
  /** For plain HTTP inside of a tunnel. */
  inner: Server;
  /** What a connection inside of a tunnel leads to. */
  targets: WeakMap<Duplex, Target>;
  onLost(error: unknown): void;
}

/** Plain HTTP may be sent through a tunnel too; there it is read as any other. */
const WEB_PORT = 80;

const STRICT = {
  maxHeaderSize: LIMITS.requestHeadBytes.value,
  headersTimeout: LIMITS.requestHeadMs.value,
  requestTimeout: 0,
  keepAliveTimeout: LIMITS.proxyKeepMs.value,
  connectionsCheckingInterval: 1_000,
  insecureHTTPParser: false,
  joinDuplicateHeaders: false,
} as const;

export async function openProxy({ dir, reports, network = INTERNET, headMs, onLost }: ProxyOptions): Promise<Proxy> {
  const traffic = new Traffic(network, reports);
  const open = new Set<Duplex>();
  const house: House = { network, traffic, inner: createServer(STRICT), targets: new WeakMap(), onLost };
  const outer = createServer({
    ...STRICT,
    ...(headMs === undefined ? {} : { headersTimeout: headMs, connectionsCheckingInterval: headMs }),
  });
  const socket = join(dir, `${randomBytes(8).toString('hex')}.sock`);
  for (const server of [outer, house.inner]) harden(server, open);
  outer.maxConnections = LIMITS.proxyConnections.value;
  outer.on('request', (request, response) => void served(house, { request, response }, absoluteTarget(request)));
  outer.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => void connected(house, request, { client, head })); // prettier-ignore
  house.inner.on('request', (request, response) => void inside(house, { request, response }));
  house.inner.on('connect', (_request, client: Duplex) => answer(client, 400, 'A tunnel in a tunnel is not opened.'));
  await new Promise<void>((resolve, reject) => outer.once('error', reject).listen(socket, resolve));
  // The folder is closed to others already; the socket itself is too.
  await chmod(socket, 0o600);
  return {
    socket,
    open: (host, port) => traffic.open(host, port),
    refusals: () => traffic.refusals(),
    async close() {
      traffic.close();
      for (const one of open) one.destroy();
      await new Promise<void>((resolve) => void outer.close(() => resolve()));
      await unlink(socket).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error; // Node has taken it away as it closed
      });
    },
  };
}

function harden(server: Server, open: Set<Duplex>): void {
  server.on('connection', (client) => {
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => client.destroy());
  });
  server.on('clientError', (_error, client: Duplex) => answer(client, 400, 'This is no request that can be read in one way.')); // prettier-ignore
  // What asks to change protocols is answered as any request; the wish is not passed on.
  server.on('checkExpectation', (_request, response: ServerResponse) => refuse(response, 417, 'Not known.'));
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

type Read = (Asked & { ok: true; path: string }) | Extract<Asked, { ok: false }>;

async function served(house: House, exchange: Exchange, asked: Read): Promise<void> {
  const { request, response } = exchange;
  const method = request.method ?? '';
  try {
    // A path alone is none of the record's business, what its head says of the host is.
    const shown = request.url?.startsWith('/') === false ? request.url : (request.headers.host ?? '');
    const admitted = await house.traffic.admit(asked, { method, shown });
    if (admitted.kind === 'refused')
      return refuse(response, admitted.status, `${admitted.shown} is not reached: ${admitted.why}.`);
    if (!asked.ok) return;
    await forward(house, exchange, { admitted, path: asked.path });
  } catch (error) {
    lost(house, error);
    response.destroy();
  }
}

/** Inside of a tunnel that was opened to the port of plain HTTP. */
async function inside(house: House, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const target = house.targets.get(request.socket);
  if (target === undefined) return void response.destroy();
  const read = innerPath(request, target);
  await served(house, exchange, read.ok ? { ok: true, target, path: read.path } : read);
}

async function connected(
  house: House,
  request: IncomingMessage,
  { client, head }: { client: Duplex; head: Buffer },
): Promise<void> {
  const { traffic } = house;
  client.on('error', () => client.destroy());
  try {
    const asked = tunnelTarget(request);
    if (asked.ok && asked.target.port === WEB_PORT) {
      const said = await traffic.permit(asked.target, 'CONNECT');
      if (said.allowed) return enter(house, client, { head, target: asked.target });
    }
    const admitted = await traffic.admit(asked, { method: 'CONNECT', shown: request.url ?? '' });
    if (admitted.kind === 'refused')
      return answer(client, admitted.status, `${admitted.shown} is not reached: ${admitted.why}.`);
    if (client.destroyed) return admitted.end({ up: 0, down: 0, why: 'it was given up' });
    await tunnel(house, client, { admitted, head });
  } catch (error) {
    lost(house, error);
    client.destroy();
  }
}

function enter({ inner, targets }: House, client: Duplex, { head, target }: { head: Buffer; target: Target }): void {
  targets.set(client, target);
  client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  if (head.length > 0) client.unshift(head);
  inner.emit('connection', client);
}

/** Only a record that fails throws here: what cannot be recorded does not go on. */
function lost({ traffic, onLost }: House, error: unknown): void {
  traffic.close();
  onLost(error);
}

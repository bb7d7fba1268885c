/** Listens: Node's HTTP server with a bound on everything, the guard ahead of upgrades, and an end that ends. */
import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { Hono } from 'hono';
import { LIMITS } from '../shared/limits.ts';
import { Fault } from './base/fault.ts';
import type { Logger } from './base/log.ts';
import { judgeRequest, notFound, type House } from './guard.ts';
import { SECURITY_HEADERS } from './routes/headers.ts';
import type { Login } from './routes/login.ts';
import { answerError, errorBody, type Door } from './routes/route.ts';

/** `login` came in with a ticket for this very path, or with its token. */
export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  login: Login;
  by: 'token' | 'ticket';
}

export interface ListenOptions {
  app: Hono<Door>;
  house: House;
  /** An address: 127.0.0.1 unless the person asked for more. */
  host: string;
  /** 0: any free port. */
  port: number;
  /** Whether only this port will do; else the next free one is taken. */
  fixed: boolean;
  logger: Pick<Logger, 'error'>;
  /** Takes a WebSocket that passed the guard. False: there is none at that path. */
  onUpgrade?: (upgrade: Upgrade) => boolean;
  /** Open sockets at once. */
  connections?: number;
  headMs?: number;
  requestMs?: number;
}

export interface Listening {
  port: number;
  host: string;
  /** Takes no new connection, lets answers under way finish for at most `graceMs`, and cuts the rest. Streams are ended by who made them. */
  close(graceMs?: number): Promise<void>;
}

/** Throws a Fault 409 when the port (or each that was tried) is in use, 403 when it may not be bound. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const server = bounded(options);
  const upgraded = new Set<Duplex>();
  server.on('clientError', answerClientError(server));
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket.on('close', () => upgraded.delete(socket)));
    upgrade(options, { request, socket, head });
  });
  const port = await bind(server, options);
  // Such as too many open files when a connection comes: it is lost, the server is not.
  server.on('error', (error) => options.logger.error('listen.failed', { error }));
  return {
    port,
    host: options.host,
    async close(graceMs = LIMITS.stopMs.value) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of upgraded) socket.destroy();
      server.closeIdleConnections();
      // A connection whose last answer ends only now would else be kept for the next request.
      const idle = setInterval(() => server.closeIdleConnections(), IDLE_LOOK_MS);
      const late = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearInterval(idle);
      clearTimeout(late);
    },
  };
}

const IDLE_LOOK_MS = 20;

function bounded({ app, connections, headMs, requestMs, logger }: ListenOptions): Server {
  const headersTimeout = headMs ?? LIMITS.requestHeadMs.value;
  const limits = {
    headersTimeout,
    requestTimeout: requestMs ?? LIMITS.requestMs.value,
    // Node looks for late requests this often.
    connectionsCheckingInterval: headersTimeout / 4,
    keepAliveTimeout: LIMITS.idleSocketMs.value,
    maxHeaderSize: LIMITS.requestHeadBytes.value,
    insecureHTTPParser: false,
    // Without a Host the guard refuses, with the headers that every answer has.
    requireHostHeader: false,
  };
  const errorHandler = (error: unknown) => {
    const isTarget = error instanceof RequestError;
    const shown = isTarget ? new Fault({ status: 400, code: 'bad_target', message: BAD_TARGET }) : error;
    const { status, body } = answerError(shown, logger);
    const headers = { ...SECURITY_HEADERS, 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
    return new Response(JSON.stringify(body), { status, headers });
  };
  // The globals stay Node's own: other libraries of this process use them too.
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false, errorHandler });
  const server = createServer(limits, (incoming, outgoing) => void listener(incoming, outgoing));
  server.on(
    'checkExpectation',
    (incoming: IncomingMessage, outgoing: ServerResponse) => void listener(incoming, outgoing),
  );
  server.maxConnections = connections ?? LIMITS.connections.value;
  // All of them are seen by the guard: the bound on their bytes bounds their number.
  server.maxHeadersCount = 0;
  return server;
}

const BAD_TARGET = 'Expected a request target and a Host that make a URL.';

/** What is no HTTP gets a short answer, unless an answer is under way on that socket: nothing is written into the midst of it. */
function answerClientError(server: Server): (error: NodeJS.ErrnoException, socket: Duplex) => void {
  const answering = new WeakMap<Socket, number>();
  server.prependListener('request', ({ socket }: IncomingMessage, outgoing: ServerResponse) => {
    answering.set(socket, (answering.get(socket) ?? 0) + 1);
    outgoing.on('close', () => answering.set(socket, (answering.get(socket) ?? 1) - 1));
  });
  return (error, socket) => {
    // Node gives the socket of the connection, typed as what it has in common with TLS.
    const busy = (answering.get(socket as Socket) ?? 0) > 0;
    if (busy || error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
    refuse(socket, status, { code: 'bad_request', message: 'Expected a whole HTTP/1.1 request in time.', hint: '' });
  };
}

function upgrade(
  options: ListenOptions,
  { request, socket, head }: { request: IncomingMessage; socket: Duplex; head: Buffer },
) {
  socket.on('error', () => socket.destroy());
  const { method = '', url: target = '', rawHeaders } = request;
  const judged = judgeRequest({ method, target, rawHeaders, upgrade: true }, options.house);
  if (!judged.ok) return refuse(socket, judged.fault.status, judged.fault);
  const { login, by } = judged;
  const taken = login !== null && options.onUpgrade?.({ request, socket, head, login, by });
  if (!taken) refuse(socket, 404, notFound());
}

function refuse(socket: Duplex, status: number, facts: { code: string; message: string; hint: string }): void {
  const body = JSON.stringify(errorBody(facts));
  const headers = {
    ...SECURITY_HEADERS,
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`, () =>
    socket.destroy(),
  );
}

async function bind(server: Server, { host, port, fixed }: ListenOptions): Promise<number> {
  const tries = fixed || port === 0 ? 1 : LIMITS.portTries.value;
  for (let i = 0; i < tries && port + i <= 65_535; i++) {
    const code = await tryListen(server, host, port + i);
    if (code === null) return boundPort(server);
    if (code !== 'EADDRINUSE') throw cannotBind(host, port + i, code);
  }
  const ports = tries === 1 ? `Port ${port}` : `Each port from ${port} to ${Math.min(port + tries - 1, 65_535)}`;
  throw new Fault({
    status: 409,
    code: 'port_in_use',
    message: `${ports} is in use on ${host}.`,
    hint: 'Choose another with --port N, or any free one with --port 0.',
  });
}

/** The error's code, or null when it listens. */
function tryListen(server: Server, host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => {
      server.off('listening', listening);
      resolve(error.code ?? error.message);
    };
    const listening = () => {
      server.off('error', failed);
      resolve(null);
    };
    server.once('error', failed).once('listening', listening);
    server.listen({ host, port, exclusive: true });
  });
}

function boundPort(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('listen: expected a port, got a path');
  return address.port;
}

function cannotBind(host: string, port: number, code: string): Fault {
  return new Fault({
    status: code === 'EACCES' ? 403 : 400,
    code: 'cannot_listen',
    message: `Expected to listen on ${host}, port ${port}; the system says ${code}.`,
    hint: code === 'EACCES' ? 'Choose a port above 1023.' : 'Choose an address of this machine with --host.',
  });
}

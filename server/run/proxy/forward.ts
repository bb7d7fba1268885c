/** Passes on one request of plain HTTP: read whole by the strict parser, written anew, so that no byte of it means two things. */
import { request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import { LIMITS } from '../../../shared/limits.ts';
import { shownTarget } from '../../base/host.ts';
import { dial, type Network } from './network.ts';
import { passedOn } from './request.ts';
import type { Admitted, Traffic } from './traffic.ts';

export interface Forwarded {
  admitted: Extract<Admitted, { kind: 'admitted' }>;
  path: string;
}

const WEB_PORT = 80;

/** Never rejects. */
export async function forward(
  { network, traffic }: { network: Network; traffic: Traffic },
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  { admitted, path }: Forwarded,
): Promise<void> {
  const { target, addresses, end } = admitted;
  const { signal } = traffic;
  if (response.destroyed) return end({ up: 0, down: 0, why: 'it was given up' });
  const way = await dial(network, { addresses, port: target.port }, signal);
  if ('why' in way) {
    end({ up: 0, down: 0, why: way.why });
    return refuse(response, 502, `${shownTarget(target.host.name, target.port)}: ${way.why}.`);
  }
  const { socket } = way;
  if (response.destroyed) {
    socket.destroy();
    return end({ up: 0, down: 0, why: 'it was given up' });
  }
  const host = target.port === WEB_PORT ? target.host.name : shownTarget(target.host.name, target.port);
  const outgoing = send({
    createConnection: () => socket,
    method: request.method,
    path,
    setHost: false,
    headers: ['Host', host, 'Connection', 'close', ...passedOn(request).flat(), ...framed(request)],
    maxHeaderSize: LIMITS.requestHeadBytes.value,
    insecureHTTPParser: false,
  });
  let why = '';
  const cut = (reason: string) => {
    why ||= reason;
    socket.destroy();
    response.destroy();
  };
  const onAbort = () => cut('what asked for it ended');
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  socket.setTimeout(LIMITS.proxyIdleMs.value, () => cut('nothing came for long'));
  socket.on('close', () => {
    signal.removeEventListener('abort', onAbort);
    end({ up: socket.bytesWritten, down: socket.bytesRead, why });
  });
  const count = (chunk: Buffer) => void (traffic.spend(chunk.length) || cut('it has moved as much as it may'));
  request.on('data', count);
  request.on('error', () => cut(''));
  response.on('close', () => response.writableFinished || cut(''));
  outgoing.on('error', () => {
    why ||= 'its answer is no HTTP that can be passed on';
    socket.destroy();
    refuse(response, 502, `${host}: ${why}.`);
  });
  outgoing.on('response', (answered) => {
    answered.on('data', count);
    answered.on('error', () => cut('its answer ended early'));
    response.writeHead(answered.statusCode ?? 502, passedOn(answered).flat());
    answered.pipe(response);
  });
  request.pipe(outgoing);
}

/**
 * Chunks stay chunks. Node itself would write them bare for a GET, a DELETE or an OPTIONS, and the bytes of such a body would be
 * requests of their own to the other side.
 */
const framed = (request: IncomingMessage): string[] =>
  request.headers['transfer-encoding'] === undefined ? [] : ['Transfer-Encoding', 'chunked'];

/** The last of its connection, for the body of the request may not have been read. */
export function refuse(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  response.req.resume();
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
  response.end(`vtcode: ${text}\n`);
}

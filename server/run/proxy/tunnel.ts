/** A tunnel to a host: opened only where the greeting of TLS names the very host that was let through. */
import type { Duplex } from 'node:stream';
import { LIMITS } from '../../../shared/limits.ts';
import { parseHost, shownTarget, type Target } from '../../base/host.ts';
import { readHello } from './hello.ts';
import { dial, type Network } from './network.ts';
import { splice } from './splice.ts';
import type { Admitted, Traffic } from './traffic.ts';

const TLS_PORT = 443;

/** Serves one CONNECT to its end. `head` are bytes of the client that came with it. Never rejects. */
export async function tunnel(
  { network, traffic }: { network: Network; traffic: Traffic },
  client: Duplex,
  { admitted, head }: { admitted: Extract<Admitted, { kind: 'admitted' }>; head: Buffer },
): Promise<void> {
  const { target, addresses, end } = admitted;
  const { signal } = traffic;
  const way = await dial(network, { addresses, port: target.port }, signal);
  if ('why' in way) {
    end({ up: 0, down: 0, why: way.why });
    return answer(client, 502, `${shownTarget(target.host.name, target.port)}: ${way.why}.`);
  }
  const { socket } = way;
  client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  if (head.length > 0) client.unshift(head);
  const isTls = target.port === TLS_PORT;
  const why = await splice({
    client,
    outside: socket,
    judge: (first) => judge(first, target),
    firstMs: isTls ? LIMITS.requestHeadMs.value : null,
    spend: (bytes) => traffic.spend(bytes),
    signal,
  });
  end({ up: socket.bytesWritten, down: socket.bytesRead, why });
}

/** Null: more is needed. Empty: it may go on. */
function judge(bytes: Buffer, { host, port }: Target): string | null {
  const hello = readHello(bytes);
  switch (hello.kind) {
    case 'more':
      return null;
    case 'other':
      return port === TLS_PORT ? 'what it sends is no TLS' : '';
    case 'broken':
      return 'its TLS greeting cannot be read';
    case 'hello': {
      if (host.address !== null) return '';
      if (hello.name === '') return 'its TLS greeting names no host';
      const named = parseHost(hello.name);
      return named.ok && named.host.name === host.name ? '' : 'its TLS greeting names another host';
    }
  }
}

/** An answer before the tunnel stands; it is the last of its connection. */
export function answer(client: Duplex, status: 400 | 403 | 429 | 502, text: string): void {
  const words = { 400: 'Bad Request', 403: 'Forbidden', 429: 'Too Many Requests', 502: 'Bad Gateway' } as const;
  const body = `vtcode: ${text}\n`;
  if (client.destroyed) return;
  // What still comes is let fall, so that the answer is not lost with it.
  client.resume();
  client.end(
    `HTTP/1.1 ${status} ${words[status]}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

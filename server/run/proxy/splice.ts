/** Copies between the command and the outside, both ways, until either side ends it or a bound is reached. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { LIMITS } from '../../../shared/limits.ts';

export interface Splice {
  client: Duplex;
  outside: Socket;
  /** Looks at the first bytes of the client, which wait for it: null asks for more, '' lets them go, else why not. */
  judge(first: Buffer): string | null;
  /** Milliseconds for those first bytes to come; null: the other side may have the first word. */
  firstMs: number | null;
  /** False for bytes that may not go any more. */
  spend(bytes: number): boolean;
  signal: AbortSignal;
}

/** How many bytes there must be before another look can tell more: the end of the record that is not whole yet. */
function wholeRecords(bytes: Buffer): number {
  const HEAD = 5;
  let end = 0;
  while (end + HEAD <= bytes.length) end += HEAD + bytes.readUInt16BE(end + 3);
  return Math.max(end > bytes.length ? end : end + HEAD, bytes.length + 1);
}

/** Answers what cut it short, or ''. Both are destroyed then. Never rejects. */
export function splice({ client, outside, judge, firstMs, spend, signal }: Splice): Promise<string> {
  return new Promise((resolve) => {
    const cut = (why: string) => {
      clearTimeout(idle);
      clearTimeout(first);
      signal.removeEventListener('abort', onAbort);
      client.destroy();
      outside.destroy();
      resolve(why);
    };
    const onAbort = () => cut('what asked for it ended');
    const idle = setTimeout(cut, LIMITS.proxyIdleMs.value, 'nothing came for long');
    const first = firstMs === null ? undefined : setTimeout(cut, firstMs, 'no TLS greeting came');
    const move = (chunk: Buffer, from: Duplex, to: Duplex) => {
      idle.refresh();
      if (!spend(chunk.length)) return cut('it has moved as much as it may');
      if (!to.write(chunk)) from.pause();
    };
    let held: Buffer[] | null = [];
    let waiting = 0;
    let next = 1;
    let looks = 0;
    client.on('data', (chunk: Buffer) => {
      if (held === null) return move(chunk, client, outside);
      held.push(chunk);
      waiting += chunk.length;
      if (waiting > LIMITS.proxyHelloBytes.value) return cut('its TLS greeting is too long');
      if (waiting < next) return;
      if (++looks > LIMITS.proxyHelloLooks.value) return cut('its TLS greeting comes in too many pieces');
      const all = Buffer.concat(held);
      const said = judge(all);
      if (said === null) {
        held = [all];
        next = wholeRecords(all);
        return;
      }
      if (said !== '') return cut(said);
      clearTimeout(first);
      held = null;
      move(all, client, outside);
    });
    outside.on('data', (chunk: Buffer) => move(chunk, outside, client));
    for (const [one, other] of [
      [client, outside],
      [outside, client],
    ] as const) {
      other.on('drain', () => one.resume());
      one.on('end', () => (held === null || one === outside ? other.end() : cut('it ended before its first word')));
      one.on('error', () => cut(''));
      one.on('close', () => cut(''));
    }
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else if (client.destroyed || outside.destroyed) cut('');
  });
}

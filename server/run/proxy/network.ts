/** The way out: a name is resolved once, each address looked at, and only the very address that was looked at is connected to. */
import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { LIMITS } from '../../../shared/limits.ts';
import { closedAddress, formatAddress, parseAddress } from '../../base/address.ts';
import type { Target } from '../../base/host.ts';

/** What the outside is reached with. A test brings its own resolver and dialler; what is checked stays. */
export interface Network {
  /** All addresses of a name, as text. */
  resolve(name: string): Promise<string[]>;
  /** Begins a connection to an address, never to a name. */
  dial(address: string, port: number): Socket;
  /** The addresses of this machine: our own port may be open on one that all the world could have. */
  own(): string[];
}

export const INTERNET: Network = {
  resolve: async (name) => (await lookup(name, { all: true, order: 'verbatim' })).map(({ address }) => address),
  dial: (address, port) => connect({ host: address, port, allowHalfOpen: true, autoSelectFamily: false }),
  own: () =>
    Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .map(({ address }) => address),
};

/** `closed`: where it leads is not the open internet. `failed`: the network itself says no. */
export type Place =
  | { kind: 'open'; addresses: string[] }
  | { kind: 'closed'; address: string; why: string }
  | { kind: 'failed'; why: string };

/** Where a target really is. Of several addresses those count that are of the open internet. Never rejects. */
export async function place(network: Network, { host }: Target, signal: AbortSignal): Promise<Place> {
  let found: string[];
  try {
    found = host.address === null ? await inTime(network.resolve(host.name), signal) : [host.name];
  } catch (error) {
    return { kind: 'failed', why: `its name cannot be resolved (${codeOf(error)})` };
  }
  const own = new Set(network.own().map(plain));
  const judged = found.map((text) => {
    const bytes = parseAddress(text);
    const address = bytes === null ? text : formatAddress(bytes);
    const why = bytes === null ? 'no address that we know' : closedAddress(bytes);
    return { address, why: why === '' && own.has(address) ? 'an address of this machine' : why };
  });
  const open = judged.filter(({ why }) => why === '').map(({ address }) => address);
  if (open.length > 0) return { kind: 'open', addresses: open.slice(0, LIMITS.proxyAddresses.value) };
  const [first] = judged;
  if (first === undefined) return { kind: 'failed', why: 'its name has no address' };
  return { kind: 'closed', ...first };
}

/** Connects to the first of these addresses that answers. Never rejects. */
export async function dial(
  network: Network,
  { addresses, port }: { addresses: readonly string[]; port: number },
  signal: AbortSignal,
): Promise<{ socket: Socket; address: string } | { why: string }> {
  let why = 'it has no address';
  for (const address of addresses) {
    if (signal.aborted) return { why: 'what asked for it ended' };
    const socket = network.dial(address, port);
    const failed = await connected(socket, signal);
    if (failed === '') return { socket, address };
    socket.destroy();
    why = failed;
  }
  return { why };
}

/** Empty when it stands, else why it does not. */
function connected(socket: Socket, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle('it does not answer'), LIMITS.proxyConnectMs.value);
    const onAbort = () => settle('what asked for it ended');
    const onError = (error: Error) => settle(`it cannot be connected to (${codeOf(error)})`);
    const settle = (why: string) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      // Whoever takes it over listens for themselves; until then an error must not be one that nobody hears.
      socket.on('error', () => undefined);
      resolve(why);
    };
    socket.once('connect', () => settle(''));
    socket.once('error', onError);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

async function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), LIMITS.proxyConnectMs.value);
    signal.addEventListener('abort', () => reject(new Error('what asked for it ended')), { once: true });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const plain = (text: string): string => {
  const bytes = parseAddress(text.replace(/%.*$/, ''));
  return bytes === null ? text : formatAddress(bytes);
};

const codeOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));

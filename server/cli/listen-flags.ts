/** Where to listen, as the flags say it: the port, the address, and the names that it then answers to. */
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { type Args, usage } from './args.ts';
import type { ShareListen } from './serve-options.ts';

export interface ListenFlags {
  host: string;
  port: 'auto' | number;
  /** Besides the loopback names; IPv6 addresses in brackets, as a Host has them. */
  hostsExtra: string[];
}

/** Throws a Fault of `usage`. */
export function readListenFlags({ flags }: Args): ListenFlags {
  const host = readHost(flags.get('host') ?? '127.0.0.1');
  if (!isLoopback(host) && !flags.has('allow-remote')) {
    throw usage(
      `--host ${host} lets other machines reach this server, and it came without --allow-remote.`,
      'Who reaches it and has a link controls the agent, over plain HTTP. A tunnel is safer: ssh -L 4747:127.0.0.1:4747. If you mean it, add --allow-remote.',
    );
  }
  return {
    host,
    port: readPort(flags.get('port')),
    hostsExtra: USUAL.includes(host) ? [] : namesOf(host),
  };
}

/**
 * Null without the flag. The flag itself is the person's word that others may read what is shared: nothing there can act. Throws a
 * Fault of `usage`.
 */
export function readShareListen({ flags }: Args): ShareListen | null {
  const text = flags.get('share-listen');
  if (text === undefined) return null;
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text.toLowerCase()) ?? [];
  const host = bracketed ?? plain ?? '';
  const port = Number(digits);
  const isHost = bracketed === undefined ? host === 'localhost' || isIP(host) === 4 : isIP(host) === 6;
  if (isHost && digits !== '' && port <= 65_535)
    return { host, port, hostsExtra: USUAL.includes(host) ? [] : namesOf(host) };
  throw usage(
    `--share-listen is expected to be ADDR:PORT, an IP address or localhost and a port; came ${JSON.stringify(text)}.`,
    'For example 127.0.0.1:4748, 192.0.2.7:4748 or [::1]:4748.',
  );
}

function readPort(text: string | undefined): 'auto' | number {
  if (text === undefined) return 'auto';
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 65_535) return port;
  throw usage(
    `--port is expected to be a number from 0 to 65535; came ${JSON.stringify(text)}.`,
    'Without --port it is 4747 or the next free one; --port 0 takes any.',
  );
}

function readHost(text: string): string {
  const host = text.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (host === 'localhost' || isIP(host) !== 0) return host;
  throw usage(
    `--host is expected to be an IP address or localhost; came ${JSON.stringify(text)}.`,
    'A name can come to mean another address: give the address.',
  );
}

/** Every server answers to these. */
const USUAL = ['127.0.0.1', 'localhost', '::1'];

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

/** A wildcard listens on every address of this machine, and answers to its name. */
function namesOf(host: string): string[] {
  if (host !== '0.0.0.0' && isIP(host) === 4) return [host];
  if (isIP(host) === 6 && !/^(?:0*:)*:?0*$/.test(host)) return [bracketed(host)];
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = addresses.filter(({ internal, family }) => !internal && (family === 'IPv4' || host !== '0.0.0.0'));
  // A link-local address needs a zone to be reached, which no Host carries.
  const reachable = own.filter(({ address }) => !address.toLowerCase().startsWith('fe80:'));
  return [...new Set([...reachable.map(({ address }) => bracketed(address)), hostname().toLowerCase()])];
}

const bracketed = (address: string) => (isIP(address) === 6 ? `[${address.toLowerCase()}]` : address);

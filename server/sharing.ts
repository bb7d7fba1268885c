/** Shares, put together: what they show, and the port of their own that is opened once there is one to see. */
import { fileURLToPath } from 'node:url';
import type { ServeOptions } from './cli/serve-options.ts';
import { hostNames, LOOPBACK_NAMES } from './guard.ts';
import { listen, type Listening } from './http.ts';
import { LIMITS } from '../shared/limits.ts';
import { Fault } from './base/fault.ts';
import { loadAssets } from './routes/static.ts';
import { createShareApp, nobodysHouse } from './share-app.ts';
import { createShares, type Shares } from './share/shares.ts';
import type { Store } from './store/store.ts';
import { maskFacts } from './wire.ts';

/** `dist/share`, beside the bundle: the page of a viewer, built apart from the owner's. */
const PAGE = fileURLToPath(new URL('../share', import.meta.url));

export interface Sharing {
  shares: Shares;
  /** Listens where a share may be opened already, or where the person said so. Throws a Fault where that cannot be. */
  start(): Promise<void>;
  /** Ends every stream, and takes no new one. */
  close(): Promise<void>;
}

interface Given {
  store: Store;
  ownPort(): number;
}

export function openSharing(options: ServeOptions, { store, ownPort }: Given): Sharing {
  const { logger, shareListen } = options;
  let listening: Promise<Listening> | null = null;
  let hosts: ReadonlySet<string> = new Set();
  const shares = createShares({ ...store, facts: maskFacts(options), open, logger });

  async function begin(): Promise<Listening> {
    const app = createShareApp({ shares, assets: await loadAssets(PAGE), hosts: () => hosts, logger });
    const place = shareListen ?? { host: '127.0.0.1', port: usualPort(options, store, ownPort()), hostsExtra: [] };
    const house = nobodysHouse(() => hosts);
    const { host, port } = place;
    const fixed = shareListen !== null && port !== 0;
    const connections = LIMITS.shareConnections.value;
    const open = await listen({ app, house, host, port, fixed, connections, logger }).catch(asOfShares);
    if (port !== 0 && open.port !== port) logger.warn('share.port_moved', { from: port, to: open.port });
    hosts = hostNames([...LOOPBACK_NAMES, ...place.hostsExtra], open.port);
    return open;
  }

  async function open() {
    listening ??= begin();
    const { port } = await listening.catch((error: unknown) => {
      listening = null; // tried again with the next share
      throw error;
    });
    return { origin: `http://${shownName(shareListen)}:${port}`, port };
  }

  return {
    shares,
    async start() {
      if (shareListen !== null) await open();
      else if (store.shares.lastPort(new Date().toISOString()) !== null)
        // The page comes up all the same; the next share tries again.
        await open().catch((error: unknown) => logger.warn('share.not_served', { error }));
    },
    async close() {
      shares.close();
      await (await listening?.catch(() => null))?.close();
    },
  };
}

/** What the listener says of its port, with the flag that is about this one. */
function asOfShares(error: unknown): never {
  if (!(error instanceof Fault)) throw error;
  const { status, code, message } = error;
  throw new Fault({
    status,
    code,
    message,
    hint: 'Shares are served there: choose another with --share-listen ADDR:PORT.',
  });
}

/** Where links that are given out already lead; else the one after the page's own. */
function usualPort({ port }: ServeOptions, { shares }: Store, ownPort: number): number {
  const last = shares.lastPort(new Date().toISOString());
  if (last !== null) return last;
  return port === 0 || ownPort >= 65_535 ? 0 : ownPort + 1;
}

/** What a link begins with: of a wildcard, the first address of this machine that others can reach. */
function shownName(place: ServeOptions['shareListen']): string {
  if (place === null) return '127.0.0.1';
  const { host, hostsExtra } = place;
  if (host === '0.0.0.0' || host === '::') return hostsExtra[0] ?? '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

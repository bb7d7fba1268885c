/** How commands and terminals reach the network: each by a proxy of its own, opened before it begins and closed when nothing of it is alive. */
import type { ConnectAction } from '../../shared/action.ts';
import type { ActionId } from '../../shared/ids.ts';
import type { NetworkMode } from '../../shared/sandbox.ts';
import type { RunNetwork } from '../sandbox/sandbox.ts';
import type { Performed, Performers } from './perform.ts';
import type { Network } from './proxy/network.ts';
import { openProxy, type Proxy } from './proxy/open.ts';
import type { NetworkReports } from './proxy/traffic.ts';

/** `close` is called once, when nothing of the run is alive. */
export interface Way {
  network: RunNetwork;
  refusals: Proxy['refusals'];
  close(): Promise<void>;
}

export interface WayOptions {
  /** Of the command's, or the terminal's, own action. */
  actionId: ActionId;
  reports: NetworkReports;
  /** Ends the run: what it does on the network could not be recorded. */
  stop(): void;
}

export interface Ways extends Pick<Performers, 'connect'> {
  open(network: { mode: NetworkMode; hosts: string[] }, options: WayOptions): Promise<Way>;
}

export interface WayDeps {
  /** Ours alone (0700), for the sockets of the proxies; its path is short enough for one. */
  dir: string;
  /** What is outside; a test has its own. */
  network: Network;
  /** A request could not be recorded. */
  onLost(error: unknown): void;
}

export function createWays({ dir, network, onLost }: WayDeps): Ways {
  const proxies = new Map<ActionId, Proxy>();
  return {
    async open({ mode, hosts }, { actionId, reports, stop }) {
      if (mode !== 'proxy') return { network: { mode, hosts }, refusals: () => [], close: () => Promise.resolve() };
      const lost = (error: unknown) => {
        onLost(error);
        stop();
      };
      const proxy = await openProxy({ dir, network, reports, onLost: lost });
      proxies.set(actionId, proxy);
      return {
        network: { mode, hosts, socket: proxy.socket },
        refusals: () => proxy.refusals(),
        async close() {
          proxies.delete(actionId);
          await proxy.close();
        },
      };
    },
    connect: (action) => Promise.resolve(letThrough(proxies, action)),
  };
}

function letThrough(proxies: ReadonlyMap<ActionId, Proxy>, { host, port, command }: ConnectAction): Performed {
  const proxy = proxies.get(command.actionId);
  if (proxy === undefined) {
    const message = 'What asked for it has ended.';
    return { outcome: { status: 'failed', code: 'over', message }, content: message };
  }
  proxy.open(host, port);
  const summary = `${host}:${port} may be reached until what asked for it ends`;
  return { outcome: { status: 'done', summary, bytes: 0, truncated: false }, content: summary };
}

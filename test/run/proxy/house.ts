/** A proxy over its real socket, with a gate that knows its answers and an outside that is none. */
import { connect } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import { openProxy, type Proxy } from '../../../server/run/proxy/open.ts';
import type { NetworkReports, Requested, Transferred } from '../../../server/run/proxy/traffic.ts';
import { outside, PUBLIC } from '../../fixtures/outside.ts';
import { tempDir } from '../../fixtures/temp.ts';

interface Options {
  /** Hosts that the gate lets through; of others it says no. */
  allowed?: string[];
  connect?: NetworkReports['connect'];
  requested?: () => void;
  headMs?: number;
}

export async function house({ allowed = ['a.test', 'b.test'], ...options }: Options = {}) {
  const net = outside();
  net.name('a.test', [PUBLIC]);
  net.name('b.test', [PUBLIC]);
  const [requests, ends, asked]: [Requested[], Transferred[], string[]] = [[], [], []];
  const lost = vi.fn();
  let proxy: Proxy | null = null;
  const reports: NetworkReports = {
    async connect(target, signal) {
      asked.push(`${target.method} ${target.host}:${target.port}`);
      const said = options.connect
        ? await options.connect(target, signal)
        : { allowed: allowed.includes(target.host), rule: 'test', why: 'the test says so' };
      if (said.allowed) proxy?.open(target.host, target.port);
      return said;
    },
    requested(facts) {
      options.requested?.();
      requests.push(facts);
    },
    ended: (facts) => void ends.push(facts),
  };
  const { headMs } = options;
  proxy = await openProxy({
    ...{ dir: tempDir('vtp-'), network: net, reports, onLost: lost },
    ...(headMs === undefined ? {} : { headMs }),
  });
  const opened = proxy;
  onTestFinished(() => opened.close());
  return { net, requests, ends, asked, lost, proxy, send: (text: string) => send(opened, text) };
}

/** Sends these bytes and answers all that comes back until the other side ends. */
export function send({ socket }: Proxy, text: string): Promise<string> {
  return new Promise((resolve) => {
    const client = connect(socket);
    let back = '';
    client.on('data', (chunk) => (back += chunk.toString('latin1')));
    client.on('error', () => undefined);
    client.on('close', () => resolve(back));
    client.write(text, 'latin1');
  });
}

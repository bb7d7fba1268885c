/** The network of a command of the person's own: none, the machine's, or named hosts through a proxy of this very process. */
import type { NetworkMode } from '../../shared/sandbox.ts';
import { shownTarget } from '../base/host.ts';
import { type HostPattern, matches, parsePattern } from '../base/host-pattern.ts';
import type { HostRule } from '../config/settings.ts';
import { INTERNET } from '../run/proxy/network.ts';
import { openProxy } from '../run/proxy/open.ts';
import { temporaryPlace } from '../run/proxy/place.ts';
import type { Answer } from '../run/proxy/traffic.ts';
import type { RunNetwork } from '../sandbox/sandbox.ts';
import { usage } from './args.ts';
import { type Bar, createBar } from './bar.ts';
import { type Io, shown } from './io.ts';

export interface CliNetwork {
  network: RunNetwork;
  /** Where the person is asked while the command runs: the terminal's keys are then theirs, and what the command prints stands behind a bar. */
  bar: Bar | null;
  close(): Promise<void>;
}

export interface Asked {
  mode: NetworkMode;
  /** Of the settings. */
  rules: readonly HostRule[];
  /** `--hosts`: these besides, and nobody is asked for others. Null where it was not given. */
  hosts: string | null;
  io: Io;
}

/** Throws a usage fault for a host that is none. */
export async function openNetwork({ mode, rules, hosts, io }: Asked): Promise<CliNetwork> {
  if (mode !== 'proxy') return { network: { mode, hosts: [] }, bar: null, close: () => Promise.resolve() };
  const named = rules.map(({ rule, pattern }) => ({ rule, pattern: patternOf(pattern) }));
  const given = (hosts ?? '').split(',').filter((text) => text !== '');
  const all = [...named, ...given.map((text) => ({ rule: '--hosts', pattern: patternOf(text.trim()) }))];
  const bar = hosts === null && io.person ? createBar({ write: io.err, columns: io.terminal.columns }) : null;
  const answer = answerer(all, bar === null ? null : { io, bar });
  const place = await temporaryPlace();
  const proxy = await openProxy({
    dir: place.dir,
    network: INTERNET,
    reports: {
      async connect(target, signal) {
        const said = await answer(target, signal);
        if (said.allowed) proxy.open(target.host, target.port);
        return said;
      },
      requested({ decision, host, port, why }) {
        const where = port === 0 ? host : shownTarget(host, port);
        if (decision === 'allow') return;
        bar?.end();
        io.err(`vtcode: ${shown(where)} was not reached: ${shown(why)}\n`);
      },
      ended: () => undefined,
    },
    onLost: (error) => io.err(`vtcode: the proxy has failed: ${String(error)}\n`),
  });
  const list = all.map(({ pattern }) => pattern.name);
  return {
    network: { mode, hosts: list, socket: proxy.socket },
    bar,
    async close() {
      await proxy.close();
      await place.remove();
    },
  };
}

type Listed = { rule: string; pattern: HostPattern };

/** By the list; then by the person, one question at a time; where there is nobody, no. */
function answerer(listed: readonly Listed[], person: { io: Io; bar: Bar } | null) {
  let last: Promise<unknown> = Promise.resolve();
  return ({ host, port }: { host: string; port: number }, signal: AbortSignal): Promise<Answer> => {
    const found = listed.find(({ pattern }) => matches(pattern, host, port));
    if (found !== undefined) return Promise.resolve({ allowed: true, rule: found.rule, why: 'It is on the list.' });
    if (person === null) {
      const why = 'it is on no list; --hosts names more';
      return Promise.resolve({ allowed: false, rule: 'network.new-host', why });
    }
    const answered = last.then(async (): Promise<Answer> => {
      const text = await person.bar.hold(async () => {
        if (!person.io.forgetTyped()) return null;
        return person.io.ask(`vtcode: let it reach ${shownTarget(host, port)}? [y/N] `, signal);
      });
      if (text === null) return { allowed: false, rule: 'network.new-host', why: UNASKED };
      const allowed = /^y(?:es)?$/i.test(text.trim());
      return { allowed, rule: 'approval', why: allowed ? 'You allowed it.' : 'you did not allow it' };
    });
    last = answered;
    return answered;
  };
}

const UNASKED =
  'on this terminal a question could be answered by what was typed before it, so that none is asked; --hosts names more';

function patternOf(text: string): HostPattern {
  const parsed = parsePattern(text);
  if (parsed.ok) return parsed.pattern;
  const message = `--hosts is expected to list hosts such as example.org or *.example.org; came ${JSON.stringify(text)}: ${parsed.why}.`;
  throw usage(message, 'What it takes: vtcode sandbox run --help');
}

/** `vtcode serve`: closes the process off, reads the settings, starts the server, prints the link, ends when told to. */
import { LIMITS } from '../../shared/limits.ts';
import type { Spawn } from '../base/spawn.ts';
import { LOOPBACK_NAMES } from '../guard.ts';
import { forBrowser } from '../sandbox/env.ts';
import { serve } from '../serve.ts';
import type { Args } from './args.ts';
import { openBrowser, removePages, type Screen } from './browser.ts';
import { type Io, shown } from './io.ts';
import { readListenFlags, readShareListen } from './listen-flags.ts';
import type { Place } from './place.ts';
import type { RunningServer, ShareListen } from './serve-options.ts';
import { prepareStart, readPlayed } from './starting.ts';
import { untilStopped } from './stop.ts';

export async function serveCommand(args: Args, io: Io): Promise<number> {
  const flags = { ...readListenFlags(args), shareListen: readShareListen(args), ...readPlayed(args, io) };
  // On a terminal only what a person must know; into a file or a collector, all of it.
  const level = io.person ? 'warn' : 'info';
  const { environment, spawn, place, house } = await prepareStart(io, { dir: args.rest[0] ?? '.', level });
  const { logger, childEnv: plainEnv } = house;
  const server = await serve({ ...house, ...flags });
  const stopped = untilStopped({ server, logger });
  if (flags.shareListen) tellSharing(flags.shareListen, io);
  await announce(server, { io, place, hosts: flags.hostsExtra, json: args.flags.has('json') });
  if (!args.flags.has('no-open')) {
    const env = { ...plainEnv, ...environment.pick(forBrowser) };
    const link = () => server.link();
    const screen = { variables: environment.variables, platform: process.platform, uid: process.getuid?.() ?? -1 };
    await open({ link, io, spawn, env, place, screen });
  }
  const code = await stopped;
  await removePages(place.stateDir);
  return code;
}

/** What stands in front of it must send one of these as its Host. */
function tellSharing({ host, port, hostsExtra }: ShareListen, io: Io): void {
  const names = [...LOOPBACK_NAMES, ...hostsExtra].join(', ');
  const at = port === 0 ? 'any free port' : `port ${port}`;
  io.err(`vtcode: shares are served on ${shown(host)}, ${at}, over plain HTTP, and answer to: ${shown(names)}\n`);
}

interface Announcing {
  io: Io;
  place: Place;
  /** What it answers to besides the loopback names. */
  hosts: readonly string[];
  json: boolean;
}

/** The link, and nothing else, on stdout; with `--json` one line that says what there is. */
async function announce(server: RunningServer, to: Announcing): Promise<void> {
  const { io, place, hosts, json } = to;
  const { url, port, trust, sandbox, provider } = server;
  if (hosts.length > 0) io.err(`vtcode: answers, with port ${port}, also to: ${shown(hosts.join(', '))}\n`);
  if (json) {
    const facts = { ready: true, url, port, pid: process.pid, workspace: place.root, trust, sandbox, provider };
    return io.out(`${JSON.stringify(facts)}\n`);
  }
  const model = provider.model === '' ? provider.name : `${provider.name}/${provider.model}`;
  io.err(`vtcode: ${shown(place.root)}\n`);
  io.err(`  trust    ${trust.trusted ? 'yes' : 'no'}: ${shown(trust.reason)}\n`);
  io.err(`  sandbox  ${shown(sandbox.tier)}: ${shown(sandbox.why)}\n`);
  io.err(`  model    ${shown(model)}${provider.note === '' ? '' : `, ${shown(provider.note)}`}\n`);
  io.err(
    `Open this link within ${LIMITS.loginCodeMs.value / 1_000} s; it works once. For another: vtcode link. To stop: Ctrl+C.\n`,
  );
  return io.out(`${url}\n`);
}

interface Opening {
  link: () => string;
  io: Io;
  spawn: Spawn;
  env: Readonly<Record<string, string>>;
  place: Place;
  screen: Screen;
}

/** The browser gets a link of its own: the printed one stays good. */
async function open({ link, io, spawn, env, place, screen }: Opening): Promise<void> {
  const why = await openBrowser({ link: link(), stateDir: place.stateDir, spawn, env, screen });
  if (why !== '') io.err(`vtcode: no browser is opened: ${shown(why)}.\n`);
}

/** The house with its doors: the rooms, what listens for the page and for the command line, and the order in which they close. */
import { fileURLToPath } from 'node:url';
import type { Actor } from '../shared/event.ts';
import { GrantId, SessionId, ShareId } from '../shared/ids.ts';
import type { AppDeps } from './app.ts';
import { createApp, houseOf } from './app.ts';
import { nameInActor, systemUser } from './base/user.ts';
import { openAudit } from './audit.ts';
import type { RunningServer, ServeOptions } from './cli/serve-options.ts';
import { openControl, type ControlServer } from './control.ts';
import { hostNames, LOOPBACK_NAMES } from './guard.ts';
import type { Ground, Opened } from './ground.ts';
import { openHouse, recordStart } from './house.ts';
import { listen, type Listening } from './http.ts';
import { createLogins } from './routes/login.ts';
import { loadAssets } from './routes/static.ts';
import { createTerminalSockets } from './routes/terminal-socket.ts';
import { createTickets } from './routes/tickets.ts';
import { createStreams } from './routes/stream.ts';
import type { Shares } from './share/shares.ts';
import { openSharing } from './sharing.ts';
import { importFile } from './store/import.ts';
import type { Store } from './store/store.ts';
import type { Rooms } from './wire.ts';

/** `dist/web`, beside the bundle. */
const PAGE = fileURLToPath(new URL('../web', import.meta.url));
const FIRST_PORT = 4747;

/** What it opens it adds to `opened`, which the caller closes where this throws. */
export async function openDoors(options: ServeOptions, ground: Ground, opened: Opened): Promise<RunningServer> {
  const { logger } = options;
  const [house, assets] = await Promise.all([openHouse(options, ground, { opened, attended: true }), loadAssets(PAGE)]);
  const { store, confinement, rooms } = house;
  const user = nameInActor(systemUser().name);
  const logins = createLogins({ user });
  const { log, bus } = store;
  const streams = createStreams({ log, bus, agent: rooms.agent, outputs: rooms.outputs, logins, logger });
  opened.add('streams', () => streams.close());

  let hosts: ReadonlySet<string> = new Set();
  const audit = openAudit(options, store);
  opened.add('audit', () => audit.close());
  const sharing = openSharing(options, { store, ownPort: () => listening.port });
  opened.add('shares', () => sharing.close());
  const deps: AppDeps = {
    ...rooms,
    shares: sharing.shares,
    audit,
    log,
    bus,
    commands: store.commands,
    logins,
    streams,
    tickets: createTickets({ logins }),
    assets,
    hosts: () => hosts,
    logger,
  };
  const listening = await startListening(options, deps);
  opened.add('logins', () => logins.closeAll());
  opened.add('listener', () => stopListening(listening, streams));
  hosts = hostNames([...LOOPBACK_NAMES, ...options.hostsExtra], listening.port);

  await sharing.start();

  const address = `http://${shownHost(options.host)}:${listening.port}/`;
  const link = () => `${address}#code=${logins.issueCode()}`;
  const control = await controlOf(options, { ...rooms, shares: sharing.shares, store, user, address, link });
  opened.add('control', () => control.close());
  await ground.lock.announce({ url: address, control: control.path });
  opened.add('commands', () => rooms.commands.close());
  opened.add('terminals', () => rooms.terminals.stop());
  opened.add('turns', () => rooms.agent.stop());

  const provider = recordStart(options, store, rooms);
  return {
    url: link(),
    port: listening.port,
    link,
    trust: rooms.workspace.trustNow(),
    sandbox: confinement.status(),
    provider,
    close: () => opened.close(logger),
  };
}

interface Controlled extends Pick<Rooms, 'workspace' | 'policy'> {
  store: Store;
  shares: Pick<Shares, 'revoke'>;
  user: string;
  address: string;
  link(): string;
}

/** What the owner's own commands may ask of a server that runs. */
function controlOf(
  options: ServeOptions,
  { workspace, policy, shares, store, user, address, link }: Controlled,
): Promise<ControlServer> {
  const { stateDir, runtimeDir, logger } = options;
  const commandLine: Actor = `user:${user}/command-line`;
  const handlers = {
    link: () => ({ url: link() }),
    status: () => ({ url: address, pid: process.pid }),
    trust: ({ digest }: { digest?: unknown }) => workspace.giveTrust(String(digest), commandLine),
    untrust: () => workspace.revokeTrust('vtcode untrust', commandLine),
    'sessions import': ({ path }: { path?: unknown }) => importFile(store, String(path), commandLine),
    'grants revoke': ({ id }: { id?: unknown }) => policy.revoke(GrantId.parse(id), commandLine),
    'share revoke': ({ id }: { id?: unknown }) => shares.revoke(ShareId.parse(id), commandLine),
    'sessions delete': ({ id }: { id?: unknown }) => store.trash.remove(SessionId.parse(id), commandLine),
  };
  return openControl({ stateDir, runtimeDir, handlers, logger });
}

async function startListening({ host, port, logger }: ServeOptions, deps: AppDeps): Promise<Listening> {
  const fixed = port !== 'auto';
  const first = port === 'auto' ? FIRST_PORT : port;
  const sockets = createTerminalSockets(deps);
  const doors = { app: createApp(deps), house: houseOf(deps), onUpgrade: sockets.take };
  const listening = await listen({ ...doors, host, port: first, fixed, logger });
  return {
    ...listening,
    close(graceMs) {
      sockets.close();
      return listening.close(graceMs);
    },
  };
}

/** Streams never end by themselves: they are ended first, then what is left gets its moment. */
async function stopListening(listening: Listening, streams: { close(): void }): Promise<void> {
  streams.close();
  await listening.close();
}

/** A wildcard address is no place to go to; the loopback is where its owner finds it. */
function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** A workspace opened, with or without a page: on its ground its records and its rooms. */
import { join } from 'node:path';
import type { HouseOptions, RunningServer } from './cli/serve-options.ts';
import { sealsOf } from './cli/seals.ts';
import type { ServerConfinement } from './confine.ts';
import type { Ground, Opened } from './ground.ts';
import { openModels } from './models.ts';
import { RecordFiles } from './store/md/keep.ts';
import { siemExporter } from './store/siem/exporter.ts';
import { openStore, type Store } from './store/store.ts';
import { type Rooms, wire } from './wire.ts';

export interface House {
  store: Store;
  confinement: ServerConfinement;
  rooms: Rooms;
}

interface Opening {
  opened: Opened;
  /** Somebody is there who can be asked. */
  attended: boolean;
  /** Called before anything is recorded. */
  heard?: (store: Store) => void;
}

/** What it opens it adds to `opened`, which the caller closes, also where this throws. */
export async function openHouse(
  options: HouseOptions,
  { confining }: Ground,
  { opened, attended, heard = () => undefined }: Opening,
): Promise<House> {
  const store = await openStore(options.stateDir, await sealsOf(options));
  opened.add('store', () => store.close());
  heard(store);
  await openCollector(options, store, opened);
  const files = keepFiles(options, store);
  opened.add('files', () => files.close());
  opened.add('trash', () => store.trash.close());
  const [confinement, providers] = await Promise.all([confining, openModels(options)]);
  const rooms = await wire(options, { store, providers, confinement, attended });
  return { store, confinement, rooms };
}

/** Before anything is recorded, and closed after everything is. Loaded only where it is wanted. */
async function openCollector(
  { collector, secrets, stateDir, root, version, logger }: HouseOptions,
  store: Store,
  opened: Opened,
): Promise<void> {
  if (collector.kind !== 'found') return;
  const { startCollector } = await import('./collector/collector.ts');
  const { endpoint, headers } = collector.setup;
  const exporter = siemExporter({ secrets, root, version });
  const stream = startCollector(store, { stateDir, endpoint, headers, exporter, logger });
  opened.add('collector', () => stream.close());
}

/** Markdown beside the database: whatever goes wrong there is logged, and fails nothing. */
function keepFiles({ stateDir, logger }: HouseOptions, { bus, log, sessions, ends, tombstones }: Store): RecordFiles {
  return new RecordFiles({
    dir: join(stateDir, 'sessions'),
    bus,
    all: (chain) => log.all(chain),
    ends,
    tombstones,
    session: (id) => sessions.get(id),
    onTrouble: (error, chain) => logger.warn('records.file_failed', { chain, error }),
  });
}

export function recordStart(
  { version }: HouseOptions,
  { log }: Store,
  { workspace }: Rooms,
): RunningServer['provider'] {
  const { provider, model } = workspace.current();
  const { name, kind, note } = provider;
  const data = { version, pid: process.pid, provider: name, model };
  log.record({ type: 'server.started', data, session: null, turn: null, actor: 'system' });
  return { name, kind, model, note };
}

/** A workspace opened, with or without a page: its lock, its records, its sandbox, its rooms; and how all of it is closed. */
import { join } from 'node:path';
import type { HouseOptions, RunningServer } from './cli/serve-options.ts';
import { sealsOf } from './cli/seals.ts';
import { confine, type ServerConfinement } from './confine.ts';
import { lockWorkspace, type WorkspaceLock } from './lock.ts';
import { openModels } from './models.ts';
import { refuseLostDatabase } from './store/lost.ts';
import { RecordFiles } from './store/md/keep.ts';
import { openStore, type Store } from './store/store.ts';
import { type Rooms, wire } from './wire.ts';

export interface House {
  lock: WorkspaceLock;
  store: Store;
  confinement: ServerConfinement;
  rooms: Rooms;
}

/** What it opens it adds to `opened`, which the caller closes, also where this throws. `heard` is called before anything is recorded. */
export async function openHouse(
  options: Parameters<typeof confine>[0],
  opened: Opened,
  { attended, heard = () => undefined }: { attended: boolean; heard?: (store: Store) => void },
): Promise<House> {
  const { stateDir } = options;
  const lock = await lockWorkspace(stateDir);
  opened.add('lock', () => lock.release());
  refuseLostDatabase(stateDir);
  const store = await openStore(stateDir, await sealsOf(options));
  opened.add('store', () => store.close());
  heard(store);
  const files = keepFiles(options, store);
  opened.add('files', () => files.close());
  opened.add('trash', () => store.trash.close());
  const confinement = await confine(options);
  opened.add('sandbox', () => confinement.close());
  const rooms = await wire(options, { store, providers: await openModels(options), confinement, attended });
  return { lock, store, confinement, rooms };
}

/** What was opened so far, each with how it is closed; closed last first, each though another failed. */
export class Opened {
  #closers: { what: string; close: () => unknown }[] = [];
  #closed: Promise<void> | null = null;

  add(what: string, close: () => unknown): void {
    this.#closers.push({ what, close });
  }

  close(logger: HouseOptions['logger']): Promise<void> {
    this.#closed ??= (async () => {
      for (const { what, close } of this.#closers.reverse()) {
        try {
          await close();
        } catch (error) {
          logger.error('stop.failed', { what, error });
        }
      }
    })();
    return this.#closed;
  }
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

/** What a workspace stands on, taken before all else: the lock, and a sandbox that is tried while the rest is loaded. */
import type { HouseOptions } from './cli/serve-options.ts';
import { confine, type ServerConfinement } from './confine.ts';
import { lockWorkspace, type WorkspaceLock } from './lock.ts';
import { refuseLostDatabase } from './store/lost.ts';

export interface Ground {
  lock: WorkspaceLock;
  /** Its attacks run in processes of their own meanwhile. */
  confining: Promise<ServerConfinement>;
}

/** What it opens it adds to `opened`, which the caller closes, also where this throws. */
export async function openGround(options: Parameters<typeof confine>[0], opened: Opened): Promise<Ground> {
  const { stateDir } = options;
  const lock = await lockWorkspace(stateDir);
  opened.add('lock', () => lock.release());
  refuseLostDatabase(stateDir);
  const confining = confine(options);
  const open = confining.then(
    (confinement) => confinement,
    () => null, // told to who awaits it
  );
  opened.add('sandbox', async () => (await open)?.close());
  return { lock, confining };
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

/** Lists folders that a command may have filled: in steps, never all names at once, and up to a bound. */
import { opendirSync, type Dirent } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { LIMITS } from '../../shared/limits.ts';
import { systemPath } from './raw-names.ts';

const AT_ONCE = 4_096;
/** Names that one call to the system brings. */
const STEP = 256;

/**
 * Hands each entry to `take`, until that answers false. False where not all were taken: it said so, or the folder has more
 * than `most` names. Throws the system's error.
 */
export async function list(
  path: string,
  take: (entry: Dirent) => boolean,
  most: number = LIMITS.folderNames.value,
): Promise<boolean> {
  const folder = opendirSync(systemPath(path), { bufferSize: STEP });
  try {
    let seen = 0;
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      if (++seen > most || !take(entry)) return false;
      if (seen % AT_ONCE === 0) await breathe();
    }
    return true;
  } finally {
    folder.closeSync();
  }
}

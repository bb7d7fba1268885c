/** Bounds what commands leave in their home, /tmp and cache: counted after each run, and emptied where it is too much. */
import { LIMITS } from '../../shared/limits.ts';
import { measure, removeTree } from './trees.ts';

export interface BoundsIn {
  /** Where a session's home and /tmp lie; nobody but us writes in the folder itself. */
  folderOf(session: string): string;
  /** Of all sessions. */
  cache: string;
}

export interface Bounds {
  /** See SessionDirs. */
  enter(session: string): () => Promise<string>;
  /** The session is told at the end of its run. */
  tell(session: string, word: string): void;
}

interface Held {
  /** Runs that are not over. */
  users: number;
  /** As counted after its last run. */
  bytes: number;
  usedAt: number;
  isOver: boolean;
  /** What it is yet to be told. */
  word: string;
}

const MiB = 1024 * 1024;
const SESSION = `${LIMITS.sessionBytes.value / MiB} MiB or ${LIMITS.sessionFiles.value} files`;
const OWN_EMPTIED = `~ and /tmp held more than ${SESSION}, or a folder that cannot be looked into, and were emptied. Keep there what is small, and what is large in the workspace.`;
const OTHERS_EMPTIED = '~ and /tmp were emptied since your last command: those of all sessions together held too much.';
const CACHE_EMPTIED = 'The caches of commands ($XDG_CACHE_HOME) held too much and were emptied.';

export function createBounds({ folderOf, cache }: BoundsIn): Bounds {
  const sessions = new Map<string, Held>();
  const boundCache = cacheBound(cache, () => [...sessions.values()].some(({ users }) => users > 0));

  const empty = async (session: string, held: Held) => {
    Object.assign(held, { bytes: 0, isOver: false });
    await removeTree(folderOf(session));
  };

  async function boundOwn(session: string, held: Held): Promise<void> {
    const most = { bytes: LIMITS.sessionBytes.value, entries: LIMITS.sessionFiles.value };
    const { bytes, isOver } = await measure([folderOf(session)], most);
    held.bytes = bytes;
    held.isOver ||= isOver;
    // What still runs in the background keeps its folders; its end comes here too.
    if (!held.isOver || held.users > 0) return;
    held.word = `${held.word} ${OWN_EMPTIED}`.trim();
    await empty(session, held);
  }

  /** Those that rest longest go first. */
  async function boundAll(): Promise<void> {
    let sum = [...sessions.values()].reduce((all, { bytes }) => all + bytes, 0);
    const resting = [...sessions].filter(([, { users, bytes }]) => users === 0 && bytes > 0);
    for (const [session, held] of resting.sort(([, a], [, b]) => a.usedAt - b.usedAt)) {
      if (sum <= LIMITS.sessionsBytes.value) return;
      if (held.users > 0) continue;
      sum -= held.bytes;
      held.word = OTHERS_EMPTIED;
      await empty(session, held);
    }
  }

  return {
    tell(session, word) {
      const held = sessions.get(session);
      if (held !== undefined && !held.word.includes(word)) held.word = `${held.word} ${word}`.trim();
    },
    enter(session) {
      const held = sessions.get(session) ?? { users: 0, bytes: 0, usedAt: 0, isOver: false, word: '' };
      sessions.set(session, held);
      held.users++;
      return async () => {
        held.users--;
        held.usedAt = performance.now();
        try {
          await boundOwn(session, held);
          const shared = await boundCache();
          const words = [held.word, shared].filter((one) => one !== '').join(' ');
          held.word = '';
          await boundAll();
          return words;
        } catch (error) {
          return `What is kept in ~ and /tmp could not be bounded: ${(error as Error).message}`;
        }
      };
    },
  };
}

/** A cache is large and changes little: it is not counted after each run. Answers what is to be told. */
function cacheBound(cache: string, isUsed: () => boolean): () => Promise<string> {
  let countedAt = -Infinity;
  return async () => {
    if (performance.now() - countedAt < LIMITS.cacheCountMs.value) return '';
    countedAt = performance.now();
    const { isOver } = await measure([cache], { bytes: LIMITS.cacheBytes.value, entries: LIMITS.cacheFiles.value });
    if (!isOver) return '';
    if (isUsed()) {
      countedAt = -Infinity; // the next end will do
      return '';
    }
    await removeTree(cache);
    return CACHE_EMPTIED;
  };
}

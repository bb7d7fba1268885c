/** Looks through the workspace for names that matter to confinement. Folders that did not change since are not read again. */
import { setImmediate as breathe } from 'node:timers/promises';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import type { PathRule } from '../policy/paths.ts';
import type { Mark } from './marks.ts';
import type { Visit } from './survey-entry.ts';
import { cannotLook, type Folder, lookAt, type Looking } from './survey-folder.ts';

export interface Survey {
  /** In no order. A path can have several, as an `.npmrc` is a secret and obeyed. */
  marks: Mark[];
  folders: number;
  /** Grows with each folder that was not there at the look before. */
  born: number;
}

export interface Surveyor {
  /** Throws a Fault, and nothing else, where the workspace cannot be looked through as a whole. */
  look(): Promise<Survey>;
}

/** Up to here each one is looked into, deeper ones as long as they are not too many. */
const BULK_DEPTH = 2;
const AT_ONCE = 256;

const TOP: Visit = { path: '', depth: 0, bulk: null, isHeld: false, isKept: false, isHidden: false, git: false };

/** `root` is the real path of the workspace; `rules` are those of the settings now; `names` is how many a folder may have. */
export function createSurveyor(
  root: string,
  rules: () => readonly PathRule[],
  names: number = LIMITS.folderNames.value,
): Surveyor {
  let known = new Map<string, Folder>();
  let knownRules = '';
  let born = 0;
  return {
    async look() {
      const extra = rules();
      const key = JSON.stringify(extra.map(({ kind, patterns }) => [kind, patterns]));
      if (key !== knownRules) known = new Map();
      knownRules = key;
      try {
        const { next, marks } = await walk(root, { known, extra, names });
        for (const [path, { ino }] of next) if (known.get(path)?.ino !== ino) born++;
        known = next;
        return { marks, folders: next.size, born };
      } catch (error) {
        throw faultOf(error);
      }
    },
  };
}

interface Walk extends Omit<Looking, 'known'> {
  known: ReadonlyMap<string, Folder>;
}

/** All folders first, then those deep in dependencies, the shallow ones before the deeper. */
async function walk(root: string, { known, ...how }: Walk): Promise<{ next: Map<string, Folder>; marks: Mark[] }> {
  const next = new Map<string, Folder>();
  const marks: Mark[] = [];
  const deep: Visit[] = [];
  const enter = async (visit: Visit, todo: Visit[]) => {
    const folder = await lookAt(root, visit, { known: known.get(visit.path), ...how });
    if (folder === null) return;
    next.set(visit.path, folder);
    for (const mark of folder.marks) marks.push(mark);
    for (const inner of folder.enter) ((inner.bulk?.level ?? 0) > BULK_DEPTH ? deep : todo).push(inner);
    if (next.size % AT_ONCE === 0) await breathe();
  };
  const todo = [TOP];
  for (let visit = todo.pop(); visit !== undefined; visit = todo.pop()) {
    await enter(visit, todo);
    if (next.size > LIMITS.surveyFolders.value) throw tooMany();
  }
  const most = LIMITS.surveyBulkFolders.value;
  for (let i = 0; i < deep.length && i < most; i++) await enter(deep[i]!, deep);
  for (const top of new Set(deep.slice(most).map(({ bulk }) => bulk!.top))) marks.push(crowdedBulk(top));
  return { next, marks };
}

const crowdedBulk = (path: string): Mark => ({
  ...{ path, meaning: 'told', kind: 'directory', sign: '' },
  why: `It holds so many folders that not all of them, deeper than ${BULK_DEPTH} levels, were looked through.`,
});

const faultOf = (error: unknown): unknown => {
  const { code, message } = error as NodeJS.ErrnoException;
  return error instanceof Fault || code === undefined ? error : cannotLook(message);
};

const tooMany = (): Fault =>
  new Fault({
    status: 422,
    code: 'workspace_too_large',
    message: `The workspace has more than ${LIMITS.surveyFolders.value} folders: not all of them can be looked through for what a command must not reach.`,
    hint: 'Serve a folder below it.',
  });

/** Each changed file by itself: from what stood before its first change to what stands after its last, and who else was at it. */
import type { FileState } from '../../shared/action.ts';
import type { Change } from '../../shared/changes-api.ts';

/** Changes of one file that follow each other: nobody else changed it between two of them. */
export interface Part {
  from: string;
  path: string;
  before: FileState;
  after: FileState;
}

/** One file, from the name that it had first to the one that it has now. */
export interface FileHistory {
  from: string;
  path: string;
  /** In order; where there are several, the file was changed by somebody else between them. */
  parts: Part[];
  /** How often it was changed, and the lines of all those changes. */
  steps: number;
  added: number;
  removed: number;
}

type Recorded = Pick<Change, 'path' | 'from' | 'before' | 'after' | 'added' | 'removed'>;

/** Each file by itself, in the order in which they were changed last; what came to nothing is left out. */
export function historiesOf(changes: readonly Recorded[]): FileHistory[] {
  /** By the name that each has now; a name that another file took is no longer the way to it. */
  const byName = new Map<string, FileHistory>();
  const all = new Set<FileHistory>();
  for (const change of changes) {
    const known = byName.get(change.from);
    const { from, path, added, removed } = change;
    const history = known ?? { from, path, parts: [], steps: 0, added: 0, removed: 0 };
    byName.delete(from);
    byName.set(path, history);
    all.delete(history);
    all.add(history);
    append(history.parts, change);
    history.path = path;
    history.steps++;
    history.added += added;
    history.removed += removed;
  }
  return [...all].filter((history) => !cameToNothing(history));
}

function append(parts: Part[], { from, path, before, after }: Recorded): void {
  const last = parts.at(-1);
  if (last !== undefined && sameState(last.after, before)) parts[parts.length - 1] = { ...last, path, after };
  else parts.push({ from, path, before, after });
}

export const beforeOf = ({ parts }: FileHistory): FileState => parts[0]!.before;
export const afterOf = ({ parts }: FileHistory): FileState => parts.at(-1)!.after;

function cameToNothing(history: FileHistory): boolean {
  const [before, after] = [beforeOf(history), afterOf(history)];
  if (before.state === 'absent') return after.state === 'absent';
  // What somebody else had in between is not there any more: that is something.
  return history.parts.length === 1 && history.from === history.path && sameState(before, after);
}

export function sameState(a: FileState, b: FileState): boolean {
  if (a.state === 'absent' || b.state === 'absent') return a.state === b.state;
  return a.sha256 === b.sha256 && a.mode === b.mode;
}

/** One row a file: from what stood before its first change to what stands after its last; nothing where that is the same. */
export function netChanges(changes: readonly Recorded[]): Change[] {
  return historiesOf(changes).map((history) => {
    const [before, after] = [beforeOf(history), afterOf(history)];
    const { path, added, removed } = history;
    const isNew = before.state === 'absent';
    const from = isNew ? path : history.from;
    const op = isNew ? 'create' : after.state === 'absent' ? 'delete' : path === from ? 'modify' : 'move';
    return { path, from, op, before, after, added, removed };
  });
}

/** Which parts of an edit shall land, and the check that what the server would land is just those. */
import type { EditAction, FileChange, Hunk } from '../../shared/action.ts';
import { canonical } from '../../shared/canonical.ts';

/** What can be ticked: a hunk; or all of a file, where it can only be taken or left whole. Numbered through from 1. */
export interface Unit {
  number: number;
  key: string;
  path: string;
  whole: boolean;
  hunks: Hunk[];
}

export function hunksOf(change: FileChange): Hunk[] {
  return change.diff.kind === 'text' ? change.diff.hunks : [];
}

/** Removed and moved files, and those without lines (a binary, an empty one), are taken or left whole. */
const isWhole = (change: FileChange) => change.op === 'delete' || change.op === 'move' || hunksOf(change).length === 0;

export function unitsOf(action: EditAction): Unit[] {
  const units = action.changes.flatMap((change): Omit<Unit, 'number'>[] => {
    const { path } = change;
    const hunks = hunksOf(change);
    if (isWhole(change)) return [{ key: unitKey(path, ''), path, whole: true, hunks }];
    return hunks.map((hunk) => ({ key: unitKey(path, hunk.id), path, whole: false, hunks: [hunk] }));
  });
  return units.map((unit, i) => ({ ...unit, number: i + 1 }));
}

/** A path cannot hold NUL. */
export const unitKey = (path: string, hunkId: string) => `${path}\0${hunkId}`;

/** By path, the hunks to land: what `allow-hunks` and its preview take. A path of which nothing lands is not named. */
export function selected(action: EditAction, out: ReadonlySet<string>): Record<string, string[]> {
  const taken = new Map<string, string[]>();
  for (const unit of unitsOf(action)) {
    if (out.has(unit.key)) continue;
    taken.set(unit.path, [...(taken.get(unit.path) ?? []), ...unit.hunks.map((hunk) => hunk.id)]);
  }
  return Object.fromEntries(taken);
}

export type Landing = { ok: true } | { ok: false; problem: string };

/**
 * Whether the effect that the server names is made of the ticked parts and nothing else. What is taken whole must be as it was
 * proposed. Where a part of a file is taken, its diff may lie differently over the same bytes; but what the file gains and
 * loses, line by line, is the same however it lies, and that is compared.
 */
export function landsOnly(proposed: EditAction, effective: EditAction, out: ReadonlySet<string>): Landing {
  const no = (problem: string): Landing => ({ ok: false, problem });
  for (const { path } of effective.changes)
    if (!proposed.changes.some((change) => change.path === path)) return no(`it names ${path}, which was not proposed`);
  for (const change of proposed.changes) {
    const units = unitsOf({ ...proposed, changes: [change] });
    const taken = units.filter((unit) => !out.has(unit.key));
    const [named, ...more] = effective.changes.filter((one) => one.path === change.path);
    if (more.length > 0) return no(`it names ${change.path} twice`);
    if (taken.length === 0 && named) return no(`it changes ${change.path}, of which nothing is ticked`);
    if (taken.length === 0) continue;
    if (!named) return no(`it leaves out ${change.path}`);
    if (taken.length === units.length && canonical(named) !== canonical(change))
      return no(`${change.path} is not as shown`);
    if (named.from !== change.from || canonical(named.before) !== canonical(change.before))
      return no(`it starts from another ${change.path}`);
    if (!same(gains(taken.flatMap((unit) => unit.hunks)), gains(hunksOf(named))))
      return no(`its lines in ${change.path} are not those of the ticked hunks`);
  }
  return { ok: true };
}

/** Lines gained (+1) and lost (−1); a last line without a newline is another line than one with it. */
function gains(hunks: readonly Hunk[]): Map<string, number> {
  const lines = new Map<string, number>();
  for (const hunk of hunks)
    for (const [i, line] of hunk.lines.entries()) {
      const sign = line[0] === '+' ? 1 : line[0] === '-' ? -1 : 0;
      const text = `${line.slice(1)}${hunk.lines[i + 1]?.startsWith('\\') ? '\0' : ''}`;
      if (sign !== 0) lines.set(text, (lines.get(text) ?? 0) + sign);
    }
  return lines;
}

function same(a: Map<string, number>, b: Map<string, number>): boolean {
  return [...a.keys(), ...b.keys()].every((key) => (a.get(key) ?? 0) === (b.get(key) ?? 0));
}

/** Which hunks of an edit shall land, and the check that what the server would land is just those. */
import type { EditAction, FileChange, Hunk } from '../../shared/action.ts';

/** One hunk among all of an edit, numbered through from 1 as the card counts them. */
export interface NumberedHunk {
  number: number;
  path: string;
  hunk: Hunk;
  key: string;
}

/** The name of a hunk among all files of one action. A path cannot hold NUL. */
export const hunkKey = (path: string, id: string) => `${path}\0${id}`;

export function hunksOf(change: FileChange): Hunk[] {
  return change.diff.kind === 'text' ? change.diff.hunks : [];
}

/** Every hunk of an edit, in its order. */
export function numberedHunks(action: EditAction): NumberedHunk[] {
  return action.changes
    .flatMap((change) =>
      hunksOf(change).map((hunk) => ({ path: change.path, hunk, key: hunkKey(change.path, hunk.id) })),
    )
    .map((one, i) => ({ ...one, number: i + 1 }));
}

/** By path, the hunks to land: what `allow-hunks` and its preview take. A path with nothing left in is left out. */
export function selected(action: EditAction, out: ReadonlySet<string>): Record<string, string[]> {
  const entries = action.changes.map((change): [string, string[]] => {
    const ids = hunksOf(change).map((hunk) => hunk.id);
    return [change.path, ids.filter((id) => !out.has(hunkKey(change.path, id)))];
  });
  return Object.fromEntries(entries.filter(([, ids]) => ids.length > 0));
}

export type Landing = { ok: true } | { ok: false; problem: string };

/**
 * Whether the effect that the server names is made of the ticked hunks and nothing else. A diff may lie differently over the same
 * bytes, but what each file gains and loses, line by line, is the same however it lies; so that is what is compared.
 */
export function landsOnly(proposed: EditAction, effective: EditAction, out: ReadonlySet<string>): Landing {
  const wanted = new Map<string, Map<string, number>>();
  for (const { path, hunk, key } of numberedHunks(proposed)) if (!out.has(key)) tally(wanted, path, hunk);
  const named = new Map<string, Map<string, number>>();
  for (const { path, hunk } of numberedHunks(effective)) tally(named, path, hunk);
  for (const change of effective.changes) {
    const source = proposed.changes.find((one) => one.path === change.path);
    if (!source) return { ok: false, problem: `it names ${change.path}, which was not proposed` };
    if (change.from !== source.from || JSON.stringify(change.before) !== JSON.stringify(source.before))
      return { ok: false, problem: `it starts from another ${change.path}` };
    if (change.diff.kind === 'opaque' && JSON.stringify(change.after) !== JSON.stringify(source.after))
      return { ok: false, problem: `it leaves other bytes in ${change.path}` };
  }
  for (const path of new Set([...wanted.keys(), ...named.keys()]))
    if (!same(wanted.get(path), named.get(path)))
      return { ok: false, problem: `its lines in ${path} are not those of the ticked hunks` };
  return { ok: true };
}

/** Lines gained (+1) and lost (−1) of a file; a last line without a newline is another line than one with it. */
function tally(into: Map<string, Map<string, number>>, path: string, hunk: Hunk): void {
  const lines = into.get(path) ?? new Map<string, number>();
  into.set(path, lines);
  for (const [i, line] of hunk.lines.entries()) {
    const sign = line[0] === '+' ? 1 : line[0] === '-' ? -1 : 0;
    if (sign === 0) continue;
    const open = hunk.lines[i + 1]?.startsWith('\\') ? '\0' : '';
    const text = `${line.slice(1)}${open}`;
    lines.set(text, (lines.get(text) ?? 0) + sign);
  }
}

function same(a: Map<string, number> | undefined, b: Map<string, number> | undefined): boolean {
  const keys = new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])]);
  return [...keys].every((key) => (a?.get(key) ?? 0) === (b?.get(key) ?? 0));
}

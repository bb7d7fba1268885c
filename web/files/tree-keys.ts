/** What a key does in a tree: the keyboard of the ARIA tree pattern. */
import type { TreeRow } from './tree.svelte.ts';

export type TreeStep =
  | { kind: 'go'; index: number }
  | { kind: 'open'; path: string; open: boolean }
  /** Enter or Space: opens a file, opens or closes a folder. */
  | { kind: 'act'; index: number }
  | { kind: 'none' };

const NONE: TreeStep = { kind: 'none' };
const isEntry = (row: TreeRow | undefined) => row?.kind === 'entry';

/** `at`: the row that the keyboard is on. `typed`: the letters that were typed lately, this key with them. */
export function treeStep(
  key: string,
  rows: readonly TreeRow[],
  { at, typed }: { at: number; typed: string },
): TreeStep {
  const row = rows[at];
  switch (key) {
    case 'ArrowDown':
      return seek(rows, at + 1, 1);
    case 'ArrowUp':
      return seek(rows, at - 1, -1);
    case 'Home':
      return seek(rows, 0, 1);
    case 'End':
      return seek(rows, rows.length - 1, -1);
    case 'PageDown':
      return seek(rows, Math.min(at + 12, rows.length - 1), -1);
    case 'PageUp':
      return seek(rows, Math.max(at - 12, 0), 1);
    case 'Enter':
    case ' ':
      return isEntry(row) ? { kind: 'act', index: at } : NONE;
    case 'ArrowRight':
      return right(rows, at);
    case 'ArrowLeft':
      return left(rows, at);
    default:
      return key.length === 1 ? typeahead(rows, at, typed) : NONE;
  }
}

function seek(rows: readonly TreeRow[], from: number, step: 1 | -1): TreeStep {
  for (let i = from; i >= 0 && i < rows.length; i += step) if (isEntry(rows[i])) return { kind: 'go', index: i };
  return NONE;
}

function right(rows: readonly TreeRow[], at: number): TreeStep {
  const row = rows[at];
  if (row?.kind !== 'entry' || row.entry.kind !== 'directory') return NONE;
  if (!row.open) return { kind: 'open', path: row.entry.path, open: true };
  const next = rows[at + 1];
  return next?.kind === 'entry' && next.level > row.level ? { kind: 'go', index: at + 1 } : NONE;
}

function left(rows: readonly TreeRow[], at: number): TreeStep {
  const row = rows[at];
  if (row?.kind !== 'entry') return NONE;
  if (row.open) return { kind: 'open', path: row.entry.path, open: false };
  for (let i = at - 1; i >= 0; i--) {
    const above = rows[i];
    if (above?.kind === 'entry' && above.level === row.level - 1) return { kind: 'go', index: i };
  }
  return NONE;
}

/** The next name that begins with what was typed; one letter again goes on to the next. */
function typeahead(rows: readonly TreeRow[], at: number, typed: string): TreeStep {
  const wanted = typed.toLowerCase();
  const from = wanted.length === 1 ? at + 1 : at;
  for (let i = 0; i < rows.length; i++) {
    const index = (from + i) % rows.length;
    const row = rows[index];
    if (row?.kind === 'entry' && row.entry.name.toLowerCase().startsWith(wanted)) return { kind: 'go', index };
  }
  return NONE;
}

/** The keyboard of the file tree. */
import { describe, expect, it } from 'vitest';
import { treeStep } from '../../web/files/tree-keys.ts';
import type { TreeRow } from '../../web/files/tree.svelte.ts';

const entry = (path: string, kind: 'file' | 'directory', level: number, open = false): TreeRow => ({
  kind: 'entry',
  key: path,
  entry: { name: path.split('/').at(-1)!, path, kind, size: 0, git: 'clean', protected: false, sensitive: false },
  level,
  open,
  place: 1,
  of: 1,
});
const rows: TreeRow[] = [
  entry('docs', 'directory', 1),
  entry('src', 'directory', 1, true),
  entry('src/a.ts', 'file', 2),
  { kind: 'note', key: 'src/…', level: 2, text: '3 more names are not listed' },
  entry('alpha.md', 'file', 1),
  entry('src2.md', 'file', 1),
];
const step = (key: string, at: number, typed = key) => treeStep(key, rows, { at, typed });

describe('treeStep', () => {
  it.each([
    ['ArrowDown', 2, { kind: 'go', index: 4 }],
    ['ArrowDown', 5, { kind: 'none' }],
    ['ArrowUp', 4, { kind: 'go', index: 2 }],
    ['ArrowUp', 0, { kind: 'none' }],
    ['Home', 5, { kind: 'go', index: 0 }],
    ['End', 0, { kind: 'go', index: 5 }],
    ['ArrowRight', 0, { kind: 'open', path: 'docs', open: true }],
    ['ArrowRight', 1, { kind: 'go', index: 2 }],
    ['ArrowRight', 2, { kind: 'none' }],
    ['ArrowLeft', 1, { kind: 'open', path: 'src', open: false }],
    ['ArrowLeft', 2, { kind: 'go', index: 1 }],
    ['ArrowLeft', 4, { kind: 'none' }],
    ['Enter', 2, { kind: 'act', index: 2 }],
    [' ', 0, { kind: 'act', index: 0 }],
    ['Escape', 0, { kind: 'none' }],
  ])('%s on row %d', (key, at, wanted) => {
    expect(step(key, at)).toEqual(wanted);
  });

  it('goes to the next name that begins with the letter, round the end', () => {
    expect(step('a', 0)).toEqual({ kind: 'go', index: 2 });
    expect(step('a', 2)).toEqual({ kind: 'go', index: 4 });
    expect(step('d', 5)).toEqual({ kind: 'go', index: 0 });
    expect(step('z', 0)).toEqual({ kind: 'none' });
  });

  it('takes letters typed in a row together, and stays where they fit already', () => {
    expect(step('c', 1, 'src')).toEqual({ kind: 'go', index: 1 });
    expect(step('2', 1, 'src2')).toEqual({ kind: 'go', index: 5 });
  });
});

/** The ledger's folds: each file net, whatever names it had, and which of them a revert touched last. */
import { describe, expect, it } from 'vitest';
import { historiesOf, netChanges } from '../../server/store/histories.ts';
import { revertsIn, takenBackIn, turnsIn, type LedgerStep } from '../../server/store/ledger.ts';
import type { FileState } from '../../shared/action.ts';
import { newActionId, newTurnId } from '../../shared/ids.ts';

const ABSENT: FileState = { state: 'absent' };
const file = (letter: string): FileState => ({ state: 'file', sha256: letter.repeat(64), size: 1, mode: 0o644 });
const [A, B, C] = [file('a'), file('b'), file('c')];

type Given = Partial<LedgerStep> & Pick<LedgerStep, 'path' | 'before' | 'after'>;
const step = (given: Given): LedgerStep => ({
  ...{ op: 'modify', from: given.path, added: 1, removed: 1, actionId: newActionId(), turn: null, at: '' },
  ...given,
});
const shown = (steps: LedgerStep[]) => netChanges(steps).map(({ op, from, path }) => `${op} ${from} ${path}`);

describe('net changes', () => {
  it('are one row a file, by the name that it has now, and none for what came to nothing', () => {
    const steps = [
      step({ path: 'a', before: A, after: B }),
      step({ path: 'b', from: 'a', before: B, after: C }),
      step({ path: 'new', before: ABSENT, after: A }),
      step({ path: 'new', before: A, after: ABSENT }),
      step({ path: 'same', before: A, after: B }),
      step({ path: 'same', before: B, after: A }),
      step({ path: 'again', before: A, after: ABSENT }),
      step({ path: 'again', before: ABSENT, after: B }),
    ];
    expect(shown(steps)).toEqual(['move a b', 'modify again again']);
    expect(netChanges(steps)[0]).toMatchObject({ before: A, after: C, added: 2, removed: 2 });
  });

  it('tell a file that went apart from the one that took its name', () => {
    const steps = [
      step({ path: 'a', before: A, after: ABSENT }),
      step({ path: 'a', from: 'b', before: B, after: B }),
      step({ path: 'b', before: ABSENT, after: C }),
    ];
    expect(shown(steps)).toEqual(['delete a a', 'move b a', 'create b b']);
  });

  it('part where somebody else was at the file, and nowhere else', () => {
    const parts = (steps: LedgerStep[]) => historiesOf(steps).map((history) => history.parts.length);
    expect(parts([step({ path: 'a', before: A, after: B }), step({ path: 'a', before: B, after: C })])).toEqual([1]);
    expect(parts([step({ path: 'a', before: A, after: B }), step({ path: 'a', before: C, after: A })])).toEqual([2]);
  });
});

describe('reverts in the ledger', () => {
  it('take back, put back where they are undone, and count for no turn', () => {
    const [turn, first, second, third] = [newTurnId(), newActionId(), newActionId(), newActionId()];
    const steps = [
      step({ path: 'a', before: A, after: B, turn }),
      step({ path: 'b', before: A, after: B, turn }),
      step({ path: 'a', before: B, after: A, actionId: first, reverts: turn }),
      step({ path: 'b', before: B, after: A, actionId: first, reverts: turn }),
    ];
    expect(takenBackIn(steps)).toEqual(['a', 'b']);
    steps.push(step({ path: 'a', before: A, after: B, actionId: second, reverts: first }));
    expect(takenBackIn(steps)).toEqual(['b']);
    steps.push(step({ path: 'a', before: B, after: A, actionId: third, reverts: second }));
    expect(takenBackIn(steps)).toEqual(['a', 'b']);
    steps.push(step({ path: 'b', before: A, after: C, turn }));
    expect(takenBackIn(steps)).toEqual(['a']);
    expect(revertsIn(steps).map(({ reverts, files }) => [reverts, files])).toEqual([
      [turn, 2],
      [first, 1],
      [second, 1],
    ]);
    expect(turnsIn(steps)).toMatchObject([{ turn, files: 2 }]);
  });
});

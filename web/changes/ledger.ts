/** What the panel of changes lists, and the diffs that make up each of its files. */
import type { Diff } from '../../shared/action.ts';
import type { PendingApproval } from '../../shared/api.ts';
import type { Change } from '../../shared/changes-api.ts';
import type { Timeline } from '../../shared/timeline.ts';
import { marksOfPaths, type PathMark } from '../../shared/verdict.ts';
import { riskOf, RISKS, type Risk } from './risk.ts';

export interface ChangeRow {
  key: string;
  path: string;
  from: string;
  op: Change['op'];
  added: number;
  removed: number;
  /** Not landed: it waits for an answer. */
  waiting: boolean;
  /** It was taken back since. */
  back: boolean;
  risk: Risk;
}

export interface RiskGroup {
  risk: Risk;
  title: string;
  why: string;
  rows: ChangeRow[];
  added: number;
  removed: number;
}

export interface Known {
  pending: readonly PendingApproval[];
  timeline: Timeline;
  /** By their names. */
  takenBack: ReadonlySet<string>;
}

/** What landed and what waits, the riskiest first; a risk that nothing has is left out. */
export function groupsOf(changes: readonly Change[], { pending, timeline, takenBack }: Known): RiskGroup[] {
  const marks = marksByPath(timeline);
  const landed = changes.map((change) => ({
    ...rowOf(change, { approval: '', marks: marks.get(change.path) ?? null }),
    back: takenBack.has(change.path),
  }));
  const rows = [...pending.flatMap(waitingRows), ...landed];
  return RISKS.flatMap(({ risk, title, why }) => {
    const mine = rows.filter((row) => row.risk === risk).sort((a, b) => (a.path < b.path ? -1 : 1));
    const sum = (of: 'added' | 'removed') => mine.reduce((total, row) => total + row[of], 0);
    return mine.length === 0 ? [] : [{ risk, title, why, rows: mine, added: sum('added'), removed: sum('removed') }];
  });
}

/** What the policy said of each file that landed, as far as its verdicts are on the page; of several, all that they said. */
function marksByPath({ changes }: Timeline): Map<string, PathMark[]> {
  const known = new Map<string, PathMark[]>();
  for (const { path, marks } of changes) if (marks) known.set(path, [...(known.get(path) ?? []), ...marks]);
  return known;
}

function waitingRows({ id, action, verdict }: PendingApproval): ChangeRow[] {
  if (action.kind !== 'edit') return [];
  return action.changes.map((change) => {
    const marks = marksOfPaths(verdict.reasons, [change.path, change.from]);
    return rowOf({ ...change, ...countOf(change.diff) }, { approval: id, marks });
  });
}

function rowOf(change: Change, { approval, marks }: { approval: string; marks: PathMark[] | null }): ChangeRow {
  const { path, from, op, added, removed } = change;
  const waiting = approval !== '';
  return {
    key: keyOf(approval, path, from),
    path,
    from,
    op,
    added,
    removed,
    waiting,
    back: false,
    risk: riskOf(change, marks),
  };
}

/** Two files may have had one name, one after the other. */
const keyOf = (approval: string, path: string, from: string) => `${approval} ${from} ${path}`;

const countOf = (diff: Diff) =>
  diff.kind === 'text' ? { added: diff.added, removed: diff.removed } : { added: 0, removed: 0 };

export interface Waiting {
  key: string;
  diff: Diff;
}

/** The diff of a file that has not landed. */
export function waitingDiffs(row: ChangeRow, pending: readonly PendingApproval[]): Waiting[] {
  return pending.flatMap(({ id, action }) => {
    if (action.kind !== 'edit') return [];
    return action.changes.flatMap(({ path, from, diff }) => {
      const key = keyOf(id, path, from);
      return key === row.key ? [{ key, diff }] : [];
    });
  });
}

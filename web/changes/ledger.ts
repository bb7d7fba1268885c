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

/** What landed and what waits, the riskiest first; a risk that nothing has is left out. */
export function groupsOf(
  changes: readonly Change[],
  { pending, timeline }: Pick<Known, 'pending' | 'timeline'>,
): RiskGroup[] {
  const marks = marksByPath(timeline);
  const landed = changes.map((change) => rowOf(change, { approval: '', marks: marks.get(change.path) ?? null }));
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
  return { key: `${approval} ${path}`, path, from, op, added, removed, waiting, risk: riskOf(change, marks) };
}

const countOf = (diff: Diff) =>
  diff.kind === 'text' ? { added: diff.added, removed: diff.removed } : { added: 0, removed: 0 };

export interface Step {
  key: string;
  diff: Diff;
  op: Change['op'];
  /** When it landed; empty while it waits. */
  at: string;
}

export interface Known {
  timeline: Timeline;
  pending: readonly PendingApproval[];
  scope: 'turn' | 'session';
}

/** The diffs of one file in the order in which they landed, as far as their events are on the page. */
export function stepsOf(row: ChangeRow, { timeline, pending, scope }: Known): Step[] {
  if (row.waiting) return pending.flatMap((request) => waitingSteps(request, row));
  return timeline.changes.flatMap((change) => {
    if (change.path !== row.path && change.from !== row.path) return [];
    if (scope === 'turn' && change.turn !== timeline.turn?.id) return [];
    const item = timeline.items[timeline.index.get(change.actionId) ?? -1];
    if (item?.kind !== 'tool' || item.action?.kind !== 'edit') return [];
    const made = item.action.changes.find(({ path, from }) => path === change.path && from === change.from);
    return made ? [{ key: `${change.actionId} ${change.path}`, diff: made.diff, op: made.op, at: change.at }] : [];
  });
}

function waitingSteps({ id, action }: PendingApproval, row: ChangeRow): Step[] {
  if (action.kind !== 'edit') return [];
  const mine = action.changes.filter(({ path }) => row.key === `${id} ${path}`);
  return mine.map(({ path, diff, op }) => ({ key: `${id} ${path}`, diff, op, at: '' }));
}

/** What is summed over the events of a session: the files it changed, the tokens it used. */
import { and, asc, eq, inArray, ne, sql } from 'drizzle-orm';
import type { FileState } from '../../shared/action.ts';
import type { Change, ChangingTurn, PastRevert } from '../../shared/changes-api.ts';
import type { EventData } from '../../shared/event.ts';
import type { ActionId, SessionId, TurnId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { addUsage, NO_USAGE, type Usage } from '../../shared/message.ts';
import type { Db } from './open.ts';
import { events } from './schema.ts';

/** A recorded change of a file: of the agent in a turn, or of the person, who took one back. */
export interface LedgerStep extends EventData<'file.changed'> {
  turn: TurnId | null;
  at: string;
}

/** `turn: null` is the last one that changed a file. */
export type LedgerScope =
  { scope: 'session' } | { scope: 'turn'; turn: TurnId | null } | { scope: 'action'; actionId: ActionId };

export type LedgerReads = ReturnType<typeof createLedgerReads>;

export function createLedgerReads({ orm }: Pick<Db, 'orm'>) {
  const steps = (session: SessionId): LedgerStep[] =>
    orm
      .select({ turn: events.turn, at: events.at, data: events.data })
      .from(events)
      .where(and(eq(events.chain, session), eq(events.type, 'file.changed'), ne(events.data, ''), isOurs(session)))
      .orderBy(events.seq)
      .all()
      .map(({ turn, at, data }) => ({
        ...(JSON.parse(data) as EventData<'file.changed'>),
        ...{ turn: turn as TurnId | null, at },
      }));

  return {
    /** Every change of this session that is one of this workspace, the oldest first. */
    steps,

    changes: (session: SessionId, scope: 'turn' | 'session'): Change[] =>
      netChanges(inScope(steps(session), scope === 'turn' ? { scope, turn: null } : { scope })),

    /** How many commands of the agent ran in the scope. */
    commandsIn(session: SessionId, scope: { turn: TurnId | null }): number {
      const started = and(eq(events.chain, session), eq(events.type, 'command.started'), isOurs(session));
      const where = scope.turn === null ? started : and(started, eq(events.turn, scope.turn));
      return orm
        .select({ n: sql<number>`count(*)` })
        .from(events)
        .where(where)
        .get()!.n;
    },

    /** The beginning of the message that each of these turns answered. */
    turnTitles(session: SessionId, turns: readonly TurnId[]): Map<TurnId, string> {
      const said = and(eq(events.chain, session), eq(events.type, 'message.user'), inArray(events.turn, [...turns]));
      const rows = orm
        .select({ turn: events.turn, data: events.data })
        .from(events)
        .where(and(said, ne(events.data, '')))
        .orderBy(asc(events.seq))
        .all();
      const titles = new Map<TurnId, string>();
      for (const { turn, data } of rows) {
        if (titles.has(turn as TurnId)) continue;
        const { text } = JSON.parse(data) as EventData<'message.user'>;
        titles.set(turn as TurnId, beginning(text));
      }
      return titles;
    },

    /** Whether events of such a session were ever recorded, its tombstones counted. */
    wasThere: (session: SessionId): boolean =>
      orm.select({ seq: events.seq }).from(events).where(eq(events.chain, session)).limit(1).get() !== undefined,

    usage(session: SessionId): Usage {
      const mine = and(eq(events.chain, session), eq(events.type, 'usage.recorded'));
      const rows = orm.select({ data: events.data }).from(events).where(mine).all();
      return rows.reduce((sum, row) => addUsage(sum, (JSON.parse(row.data) as { usage: Usage }).usage), NO_USAGE);
    },
  };
}

/** What came with an import was done elsewhere, to other files: it is no change of this workspace. */
const isOurs = (session: SessionId) =>
  sql`${events.chainSeq} > coalesce((select 1 + copied from sessions where id = ${session} and forked_from = ''), 0)`;

const beginning = (text: string) => [...text.trim().split('\n')[0]!].slice(0, LIMITS.ledgerTitleChars.value).join('');

/** Those of a scope; a turn has those of the agent, a session its reverts too. */
export function inScope(steps: readonly LedgerStep[], scope: LedgerScope): LedgerStep[] {
  switch (scope.scope) {
    case 'session':
      return [...steps];
    case 'turn': {
      const turn = scope.turn ?? steps.findLast((step) => step.turn !== null)?.turn;
      return turn === undefined ? [] : steps.filter((step) => step.turn === turn);
    }
    case 'action':
      return steps.filter(({ actionId }) => actionId === scope.actionId);
  }
}

/** The turns that changed files, the oldest first; each without its title. */
export function turnsIn(steps: readonly LedgerStep[]): Omit<ChangingTurn, 'title'>[] {
  const turns = new Map<TurnId, LedgerStep[]>();
  for (const step of steps) {
    if (step.turn === null) continue;
    const own = turns.get(step.turn);
    if (own) own.push(step);
    else turns.set(step.turn, [step]);
  }
  return [...turns].map(([turn, own]) => ({ turn, at: own[0]!.at, files: netChanges(own).length }));
}

export function revertsIn(steps: readonly LedgerStep[]): PastRevert[] {
  const reverts = new Map<ActionId, PastRevert>();
  for (const { actionId, at, reverts: what } of steps) {
    if (what === undefined) continue;
    reverts.set(actionId, { actionId, at, reverts: what, files: (reverts.get(actionId)?.files ?? 0) + 1 });
  }
  return [...reverts.values()];
}

/** Names of files of which a revert, not its undo, was the last change. */
export function takenBackIn(steps: readonly LedgerStep[]): string[] {
  const backs = new Map<string, boolean>();
  const last = new Map<string, boolean>();
  for (const { actionId, path, from, reverts } of steps) {
    // A revert of a revert puts back what that one took.
    const isBack = reverts !== undefined && !(backs.get(reverts) ?? false);
    backs.set(actionId, isBack);
    for (const name of [path, from]) last.set(name, isBack);
  }
  return [...last].flatMap(([name, isBack]) => (isBack ? [name] : []));
}

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
  return sameState(before, after) && (before.state === 'absent' || history.from === history.path);
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

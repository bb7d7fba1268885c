/** What is summed over the events of a session: the files it changed, the tokens it used. */
import { and, asc, eq, gt, inArray, ne, sql } from 'drizzle-orm';
import type { Change, ChangingTurn, PastRevert } from '../../shared/changes-api.ts';
import type { EventData } from '../../shared/event.ts';
import type { ActionId, SessionId, TurnId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { addUsage, NO_USAGE, type Usage } from '../../shared/message.ts';
import { foreignUpTo } from './foreign.ts';
import { netChanges } from './histories.ts';
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
  /** What came with an import was done elsewhere, to other files: it is no change of this workspace. */
  const isOurs = (session: SessionId) => gt(events.chainSeq, foreignUpTo({ orm }, session));

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
    turnTitles: (session: SessionId, turns: readonly TurnId[]) => turnTitles({ orm }, session, turns),

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

function turnTitles({ orm }: Pick<Db, 'orm'>, session: SessionId, turns: readonly TurnId[]): Map<TurnId, string> {
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
}

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

/** The changes ledger as the page asks for it: what a turn or a session changed, and taking it back by the one door. */
import type { Diff, FileState, Reverted } from '../../shared/action.ts';
import type { Response } from '../../shared/api.ts';
import type { Change, LedgerWish, RevertWish } from '../../shared/changes-api.ts';
import type { Actor } from '../../shared/event.ts';
import type { SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Fault } from '../base/fault.ts';
import { digest as digestOf } from '../base/hash.ts';
import type { Gate } from '../gate/gate.ts';
import type { GateResult } from '../gate/proposal.ts';
import type { PathRule } from '../policy/paths.ts';
import type { ChangesPort, FileWish } from '../routes/deps.ts';
import type { Blobs } from '../store/blobs.ts';
import { historiesOf, netChanges, type FileHistory, type Part } from '../store/histories.ts';
import {
  inScope,
  revertsIn,
  takenBackIn,
  turnsIn,
  type LedgerReads,
  type LedgerScope,
  type LedgerStep,
} from '../store/ledger.ts';
import type { SessionReads } from '../store/sessions.ts';
import { diffBetween } from '../tools/change.ts';
import { planRevert, type RevertPlan } from './plan.ts';
import { deleted, noAction, noChange, nothing, stale } from './refusals.ts';

export interface ChangesDeps {
  root: string;
  blobs: Blobs;
  sessions: Pick<SessionReads, 'get'> & Pick<LedgerReads, 'steps' | 'commandsIn' | 'turnTitles' | 'wasThere'>;
  gate: Gate;
  pathRules(): Promise<readonly PathRule[]>;
  /** Runs while no turn of the session does, and keeps one from starting. Throws a Fault 409 where one runs. */
  atRest<T>(session: SessionId, work: () => Promise<T>): Promise<T>;
}

interface LineCount {
  added: number;
  removed: number;
}

interface Counting extends ChangesDeps {
  counts: Map<string, LineCount>;
}

export function createChanges(deps: ChangesDeps): ChangesPort {
  const counting = { ...deps, counts: new Map<string, LineCount>() };
  return {
    read: (asked) => read(counting, asked),
    file: (asked) => readFile(deps, asked),
    async preview(wish) {
      const { files, action } = await plan(deps, wish);
      return { files, action, digest: action && digestOf(action) };
    },
    revert: (wish, actor) => deps.atRest(wish.session, () => revert(deps, wish, actor)),
  };
}

async function read(deps: Counting, asked: LedgerWish): Promise<Response<'changes'>> {
  const { session } = asked;
  const steps = stepsOf(deps, session);
  const chosen = chosenOf(steps, scopeOf(asked));
  const turns = turnsIn(steps);
  const titles = deps.sessions.turnTitles(
    session,
    turns.map(({ turn }) => turn),
  );
  const turn = asked.scope === 'turn' ? (chosen[0]?.turn ?? null) : null;
  const isEmptyTurn = asked.scope === 'turn' && turn === null;
  return {
    changes: await counted(deps, chosen),
    turns: turns.map((one) => ({ ...one, title: titles.get(one.turn) ?? '' })),
    reverts: revertsIn(steps),
    takenBack: takenBackIn(steps),
    commands: isEmptyTurn ? 0 : deps.sessions.commandsIn(session, { turn }),
  };
}

/** Of a file that was changed more than once, the lines that it gained and lost in all. */
async function counted(deps: Counting, steps: readonly LedgerStep[]): Promise<Change[]> {
  const rows = netChanges(steps);
  const counts: Change[] = [];
  for (const [i, history] of historiesOf(steps).entries()) {
    const row = rows[i]!;
    counts.push(history.steps === 1 ? row : { ...row, ...(await countOf(deps, history, row)) });
  }
  return counts;
}

async function countOf(deps: Counting, { parts }: FileHistory, row: Change): Promise<LineCount> {
  const sum = { added: 0, removed: 0 };
  for (const part of parts) {
    const lines = await linesOf(deps, part);
    if (lines === null) return row; // the bytes are gone: what was counted when they were there
    sum.added += lines.added;
    sum.removed += lines.removed;
  }
  return sum;
}

/** Counted once for each pair of contents: the page asks again after every change. */
async function linesOf({ blobs, counts }: Counting, { before, after }: Part): Promise<LineCount | null> {
  const key = [before, after].map((state) => (state.state === 'file' ? state.sha256 : '')).join(' ');
  const known = counts.get(key);
  if (known) return known;
  const diff = await diffOf(blobs, before, after);
  if (diff === null) return null;
  const lines = diff.kind === 'text' ? { added: diff.added, removed: diff.removed } : { added: 0, removed: 0 };
  counts.set(key, lines);
  const [oldest] = counts.keys();
  if (counts.size > LIMITS.countedDiffs.value && oldest !== undefined) counts.delete(oldest);
  return lines;
}

async function readFile(deps: ChangesDeps, asked: FileWish): Promise<Response<'changedFile'>> {
  const steps = chosenOf(stepsOf(deps, asked.session), scopeOf(asked));
  const isIt = ({ path, from }: FileHistory) => path === asked.path && (asked.from ?? from) === from;
  const history = historiesOf(steps).find(isIt);
  if (history === undefined) throw noChange(asked.path);
  const parts: Response<'changedFile'>['parts'] = [];
  for (const part of history.parts) parts.push({ ...part, diff: await diffOf(deps.blobs, part.before, part.after) });
  return { parts };
}

async function diffOf(blobs: Blobs, before: FileState, after: FileState): Promise<Diff | null> {
  const [was, is] = [await bytesOf(blobs, before), await bytesOf(blobs, after)];
  return was === null || is === null ? null : diffBetween(was, is);
}

const bytesOf = async (blobs: Blobs, state: FileState): Promise<Uint8Array | null> =>
  state.state === 'absent' ? new Uint8Array(0) : blobs.get(state.sha256);

async function plan(deps: ChangesDeps, wish: RevertWish): Promise<RevertPlan> {
  const { root, blobs } = deps;
  const scope = scopeOf(wish);
  const chosen = chosenOf(stepsOf(deps, wish.session), scope);
  const first = chosen[0];
  if (first === undefined) return { files: [], action: null, bytes: new Map() };
  const histories = wish.paths === undefined ? historiesOf(chosen) : named(historiesOf(chosen), wish.paths);
  return planRevert({ root, blobs, paths: await deps.pathRules() }, histories, whatOf(wish.session, scope, first));
}

function whatOf(session: SessionId, { scope }: LedgerScope, { turn, actionId }: LedgerStep): Reverted {
  if (scope === 'action') return actionId;
  return scope === 'turn' && turn !== null ? turn : session;
}

/** What was shown is what is done: it is planned anew, and done where it is the same. */
async function revert(deps: ChangesDeps, wish: RevertWish & { digest: string }, actor: Actor): Promise<void> {
  const { files, action, bytes } = await plan(deps, wish);
  if (action === null) throw nothing(files.some(({ state }) => state === 'conflict'));
  if (digestOf(action) !== wish.digest) throw stale();
  for (const content of bytes.values()) await deps.blobs.put(content);
  const { signal } = new AbortController();
  const result = await deps.gate.pass(action, { session: wish.session, turn: null, callId: null, actor, signal });
  const fault = faultOf(result);
  if (fault !== null) throw fault;
}

function faultOf(result: GateResult): Fault | null {
  switch (result.kind) {
    case 'done':
      return null;
    case 'stale':
      return stale();
    case 'denied':
      return new Fault({ status: 403, code: 'protected', message: result.content });
    case 'failed':
    case 'stopped':
      return new Fault({ status: 422, code: 'not_reverted', message: result.content });
  }
}

function scopeOf({ scope, turn, actionId }: Pick<RevertWish, 'scope' | 'turn' | 'actionId'>): LedgerScope {
  if (scope === 'session') return { scope };
  if (scope === 'turn') return { scope, turn: turn ?? null };
  if (actionId === undefined) throw noAction();
  return { scope, actionId };
}

/** Throws a Fault 404 for a session that never was, 410 for one that was deleted. */
function stepsOf({ sessions }: ChangesDeps, session: SessionId): LedgerStep[] {
  try {
    sessions.get(session);
  } catch (error) {
    if (error instanceof Fault && sessions.wasThere(session)) throw deleted(session);
    throw error;
  }
  return sessions.steps(session);
}

/** Throws a Fault 404 for a turn or an action that changed nothing here; a session may have changed nothing. */
function chosenOf(steps: readonly LedgerStep[], scope: LedgerScope): LedgerStep[] {
  const chosen = inScope(steps, scope);
  const asked = scope.scope === 'action' ? scope.actionId : scope.scope === 'turn' ? scope.turn : null;
  if (chosen.length > 0 || asked === null) return chosen;
  throw noChange(asked);
}

/** Those with one of these names, now or before. Throws a Fault 404 for a name that none of them has. */
function named(histories: readonly FileHistory[], paths: readonly string[]): FileHistory[] {
  const has = ({ path, from }: FileHistory, name: string) => path === name || from === name;
  const unknown = paths.find((name) => !histories.some((history) => has(history, name)));
  if (unknown !== undefined) throw noChange(unknown);
  return histories.filter((history) => paths.some((name) => has(history, name)));
}

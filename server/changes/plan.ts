/** Plans a revert: reads the files as they stand, takes the changes back out of them, and makes of it one action and what is told. */
import type { EditAction, FileChange, Reverted } from '../../shared/action.ts';
import type { RevertFile } from '../../shared/changes-api.ts';
import { LIMITS } from '../../shared/limits.ts';
import { readWhole } from '../base/contained-read.ts';
import { Fault } from '../base/fault.ts';
import { sha256 } from '../base/hash.ts';
import { visible } from '../base/visible.ts';
import { classify, type PathRule } from '../policy/paths.ts';
import type { Blobs } from '../store/blobs.ts';
import { afterOf, beforeOf, type FileHistory } from '../store/histories.ts';
import { planChange } from '../tools/change.ts';
import { takeBack, type Side } from './take-back.ts';
import { ALREADY, doneWords, obstacleWords, protectedWords, unreadableWords } from './words.ts';

export interface PlanDeps {
  /** The workspace by its real path. */
  root: string;
  blobs: Pick<Blobs, 'get'>;
  /** Path rules of the settings, as they stand. */
  paths: readonly PathRule[];
}

export interface RevertPlan {
  files: RevertFile[];
  /** Null where nothing would change. */
  action: EditAction | null;
  /** The bytes that the action names, by their hash: kept once it is to be done. */
  bytes: Map<string, Buffer>;
}

/** One file on its way back. */
interface Case {
  history: FileHistory;
  now: Side;
  outcome: { ok: true; side: Side; merged: boolean } | { ok: false; told: Told };
}

type Told = Pick<RevertFile, 'why' | 'hint' | 'clashes'>;

/** All files are taken back at once, so that names which were swapped come back. Throws a Fault 413 where it is too much. */
export async function planRevert(
  deps: PlanDeps,
  histories: readonly FileHistory[],
  reverts: Reverted,
): Promise<RevertPlan> {
  const disk = new Disk(deps.root);
  const cases: Case[] = [];
  for (const history of histories) cases.push(await caseOf(deps, { history, histories, disk }));
  await settleNames(cases, disk);
  const bytes = new Map<string, Buffer>();
  const changes = await changesOf(cases, keeper(bytes));
  const action: EditAction | null = changes.length === 0 ? null : { kind: 'edit', tool: 'revert', changes, reverts };
  refuseOversize(action);
  return { files: cases.map(toldOf), action, bytes };
}

type OnDisk = { ok: true; side: Side } | { ok: false; message: string };

/** Files as they stand: each is read once, and all of them together only up to a bound. */
class Disk {
  readonly #root: string;
  readonly #read = new Map<string, OnDisk>();
  #bytes = 0;

  constructor(root: string) {
    this.#root = root;
  }

  async at(path: string): Promise<OnDisk> {
    const known = this.#read.get(path);
    if (known) return known;
    const found = await readWhole(this.#root, path, { follow: 'none', max: LIMITS.editBytes.value });
    const read = found.ok ? ({ ok: true, side: this.#side(found) } as const) : found;
    this.#read.set(path, read);
    return read;
  }

  #side(found: { state: 'absent' } | { state: 'file'; bytes: Buffer; facts: { mode: number } }): Side {
    if (found.state === 'absent') return null;
    this.#bytes += found.bytes.length;
    if (this.#bytes > LIMITS.revertBytes.value) throw tooMuch();
    return { bytes: found.bytes, mode: found.facts.mode & 0o7777 };
  }
}

async function caseOf(
  { blobs, paths }: PlanDeps,
  { history, histories, disk }: { history: FileHistory; histories: readonly FileHistory[]; disk: Disk },
): Promise<Case> {
  const { path, from, parts } = history;
  const rule = [path, from].flatMap((name) => classify(name, paths).protected)[0];
  if (rule) return { history, now: null, outcome: refused(protectedWords(rule.why)) };
  // What it was deleted from may have another of these files now: that one makes room, or is in the way, which shows later.
  const hasHeir =
    afterOf(history).state === 'absent' && histories.some((other) => other !== history && other.path === path);
  const found = hasHeir ? ({ ok: true, side: null } as const) : await disk.at(path);
  if (!found.ok) return { history, now: null, outcome: refused(unreadableWords(found.message)) };
  const taken = await takeBack(parts, found.side, (hash) => blobs.get(hash));
  if (taken.ok) return { history, now: found.side, outcome: taken };
  return { history, now: found.side, outcome: refused(obstacleWords(taken.why, visible(path)), taken.clashes) };
}

const refused = (words: { why: string; hint: string }, clashes: RevertFile['clashes'] = []): Case['outcome'] => ({
  ok: false,
  told: { ...words, clashes },
});

/** Refuses those whose name is not free: nothing stands under it, or only what goes away with the same revert. */
async function settleNames(cases: Case[], disk: Disk): Promise<void> {
  for (let changed = true; changed;) {
    changed = false;
    for (const one of cases) {
      if (!one.outcome.ok || one.outcome.side === null) continue;
      const why = await inTheWay(one, cases, disk);
      if (why === null) continue;
      one.outcome = refused(why);
      changed = true;
    }
  }
}

async function inTheWay(one: Case, cases: readonly Case[], disk: Disk) {
  const to = one.history.from;
  const rival = cases.some((other) => other !== one && isComing(other, to));
  if (rival) return obstacleWords('taken', visible(to));
  if (one.now !== null && one.history.path === to) return null;
  const found = await disk.at(to);
  if (!found.ok) return unreadableWords(found.message);
  const isFree = found.side === null || cases.some((other) => other !== one && isLeaving(other, to));
  return isFree ? null : obstacleWords('taken', visible(to));
}

const isComing = ({ history, outcome }: Case, name: string) =>
  outcome.ok && outcome.side !== null && history.from === name;

const isLeaving = ({ history, now, outcome }: Case, name: string) =>
  outcome.ok && now !== null && history.path === name && (outcome.side === null || history.from !== name);

/** The changes in the order of the files: a move where the old name is free, else what becomes of each name. */
async function changesOf(cases: readonly Case[], blobs: Blobs): Promise<FileChange[]> {
  const names = new Map<string, { before: Side; after: Side }>();
  const at = (name: string) => {
    const known = names.get(name) ?? { before: null, after: null };
    names.set(name, known);
    return known;
  };
  for (const { history, now, outcome } of cases) {
    if (!outcome.ok) continue;
    if (now !== null) at(history.path).before = now;
    if (outcome.side !== null) at(history.from).after = outcome.side;
  }
  const changes: FileChange[] = [];
  for (const { history, now, outcome } of cases) {
    const { path, from } = history;
    const isMove = outcome.ok && now !== null && outcome.side !== null && path !== from;
    if (!isMove || at(from).before !== null || at(path).after !== null) continue;
    changes.push(await planChange({ path: from, from: path, before: now, after: outcome.side, blobs }));
    names.delete(from);
    names.delete(path);
  }
  for (const [path, { before, after }] of names) {
    if (same(before, after)) continue;
    changes.push(await planChange({ path, from: path, before, after, blobs }));
  }
  return changes;
}

function same(a: Side, b: Side): boolean {
  if (a === null || b === null) return a === b;
  return a.mode === b.mode && a.bytes.equals(b.bytes);
}

/** Holds the bytes that are planned with in memory: what is only looked at leaves nothing in the records. */
const keeper = (held: Map<string, Buffer>): Blobs => ({
  put: async (bytes) => {
    const hash = sha256(bytes);
    held.set(hash, Buffer.from(bytes));
    return hash;
  },
  get: async (hash) => held.get(hash) ?? null,
  remove: async (hash) => void held.delete(hash),
});

function toldOf({ history, now, outcome }: Case): RevertFile {
  const { path, from: to } = history;
  if (!outcome.ok) return { path, to, state: 'conflict', ...outcome.told };
  const rest = { path, to, hint: '', clashes: [] };
  if (path === to && same(now, outcome.side)) return { ...rest, state: 'already', why: ALREADY };
  const [before, after] = [beforeOf(history), afterOf(history)];
  const [made, deleted] = [before.state === 'absent', after.state === 'absent'];
  const { merged } = outcome;
  const why = doneWords({ made, deleted, to: path === to ? null : visible(to), merged });
  return { ...rest, state: merged ? 'merged' : 'back', why };
}

/** It goes into one record, with what the policy says of it. */
function refuseOversize(action: EditAction | null): void {
  if (JSON.stringify(action).length > LIMITS.revertActionBytes.value) throw tooMuch();
}

const tooMuch = () =>
  new Fault({
    status: 413,
    code: 'revert_too_large',
    message: 'The files of this revert are too many, or too large, to be taken back at once.',
    hint: 'Take back one turn, or fewer files at a time.',
  });

/** What an answer really lets through: the chosen hunks as an action of their own, and whether its ground still stands. */
import type { Action, CommandAction, EditAction, FileChange, FileState } from '../../shared/action.ts';
import { LIMITS } from '../../shared/limits.ts';
import { readWhole } from '../base/contained-read.ts';
import { Fault } from '../base/fault.ts';
import { digest, sha256 } from '../base/hash.ts';
import type { Blobs } from '../store/blobs.ts';
import { applyHunks, planChange } from '../tools/change.ts';
import { scriptProblem, shellOf } from '../tools/run-command.ts';

export type HunkChoice = Readonly<Record<string, readonly string[]>>;

/**
 * The action that lands only these hunks: by path, hunk ids. A path left out lands nothing; a change without hunks (a binary
 * file, a plain move) lands where its path is named. Throws a Fault 422 where the choice does not fit the action.
 */
export async function takeHunks(blobs: Blobs, action: EditAction, choice: HunkChoice): Promise<EditAction> {
  const known = new Set(action.changes.map((change) => change.path));
  const unknown = Object.keys(choice).find((path) => !known.has(path));
  if (unknown !== undefined) throw unfit(`${JSON.stringify(unknown)} is not among the files of this request.`);
  const changes: FileChange[] = [];
  for (const change of action.changes) {
    if (!Object.hasOwn(choice, change.path)) continue;
    const taken = await takeChange(blobs, change, choice[change.path]!);
    if (taken) changes.push(taken);
  }
  if (changes.length === 0) throw unfit('No hunk is chosen, so nothing would land. Deny the request instead.');
  return { ...action, changes };
}

/** The command with the script that the person wrote. Throws a Fault 422 where anything else is another, or it cannot run. */
export function takeEdited(asked: CommandAction, given: CommandAction): CommandAction {
  const { script } = given;
  const action = { ...asked, script, argv: shellOf(script) };
  const problem = scriptProblem(script);
  if (problem !== '') throw unfit(problem);
  if (digest(action) !== digest(given))
    throw unfit('Only the script of a command can be changed, and what executes it with it.');
  return action;
}

async function takeChange(blobs: Blobs, change: FileChange, ids: readonly string[]): Promise<FileChange | null> {
  const { diff, path, from, op } = change;
  const hunks = diff.kind === 'text' ? diff.hunks.map((hunk) => hunk.id) : [];
  const unknown = ids.find((id) => !hunks.includes(id));
  if (unknown !== undefined)
    throw unfit(`${path} has no hunk ${JSON.stringify(unknown)}; it has: ${hunks.join(', ') || 'none'}.`);
  if (hunks.every((id) => ids.includes(id))) return change;
  if (ids.length === 0) return null;
  if (op === 'delete' || op === 'move')
    throw unfit(`${path} is ${op === 'delete' ? 'deleted' : 'moved'}, which is taken or left whole.`);
  const before = await bytesOf(blobs, change.before, path);
  const bytes = applyHunks(before, change, ids);
  const mode = change.after.state === 'file' ? change.after.mode : 0o644;
  const was = change.before.state === 'file' ? { bytes: before, mode: change.before.mode } : null;
  return planChange({ path, from, before: was, after: { bytes, mode }, blobs });
}

async function bytesOf(blobs: Blobs, state: FileState, path: string): Promise<Uint8Array> {
  if (state.state === 'absent') return new Uint8Array(0);
  const bytes = await blobs.get(state.sha256);
  if (bytes) return bytes;
  throw new Fault({
    status: 409,
    code: 'bytes_gone',
    message: `The bytes of ${path} from before this change are no longer in the store.`,
    hint: 'Deny the request; the agent can propose it anew.',
  });
}

/** Whether every file that the action would change is, at this moment, the one that was shown. */
export async function stillStands(root: string, action: Action): Promise<boolean> {
  if (action.kind !== 'edit') return true;
  for (const change of action.changes) {
    if (!(await stands(root, change.from, change.before))) return false;
    if (change.op === 'move' && !(await stands(root, change.path, { state: 'absent' }))) return false;
  }
  return true;
}

/** Those changes whose result is what stands on the disk now. */
export async function landedChanges(root: string, action: EditAction): Promise<FileChange[]> {
  const landed: FileChange[] = [];
  for (const change of action.changes) {
    const isGone = change.op !== 'move' || (await stands(root, change.from, { state: 'absent' }));
    if (isGone && (await stands(root, change.path, change.after))) landed.push(change);
  }
  return landed;
}

async function stands(root: string, path: string, shown: FileState): Promise<boolean> {
  const found = await readWhole(root, path, { follow: 'none', max: LIMITS.editBytes.value });
  if (!found.ok) return false;
  if (found.state === 'absent' || shown.state === 'absent') return found.state === shown.state;
  return sha256(found.bytes) === shown.sha256 && (found.facts.mode & 0o7777) === shown.mode;
}

const unfit = (message: string) => new Fault({ status: 422, code: 'unfit_hunks', message });

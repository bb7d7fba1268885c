/** Performs an edit: all of its changes or none, each file whole at every moment, and only over what the person was shown. */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { EditAction, FileChange, FileState } from '../../shared/action.ts';
import { locate } from '../base/contained.ts';
import { parsePath } from '../base/contained-path.ts';
import { release, self, type Facts } from '../base/contained-pin.ts';
import { openDirectory } from '../base/contained-read.ts';
import { visible } from '../base/visible.ts';
import type { Blobs } from '../store/blobs.ts';
import { holdParent, removeMade, type Target } from './folders.ts';
import { landNew, landOver, standing, takeAway, type Bench, type Undo } from './landing.ts';
import { changed, NotWritten, notWritten } from './not-written.ts';
import type { Performed } from './perform.ts';
import { discard, openTemporary, stage, type Staged } from './temporary.ts';

export type Writer = (action: EditAction, signal: AbortSignal) => Promise<Performed>;

export interface WriterOptions {
  /** The workspace by its real path. */
  root: string;
  /** Where the bytes after each change are, by the hashes in the action. */
  blobs: Blobs;
}

/**
 * Two writes in one workspace never run at once. A change whose file is not what the action says of it before fails with the
 * code `changed`, and then nothing of the action stands. The signal stops a write before its first change lands, not after.
 * Over a crash each file is whole, old or new; of several files some may then be new and some old.
 */
export function createWriter(options: WriterOptions): Writer {
  return (action, signal) => oneAtATime(options.root, () => write(options, action, signal));
}

const QUEUES = new Map<string, Promise<unknown>>();

function oneAtATime<T>(root: string, task: () => Promise<T>): Promise<T> {
  const turn = (QUEUES.get(root) ?? Promise.resolve()).then(task, task);
  const settled = turn.then(
    () => undefined,
    () => undefined, // the caller of `turn` is told; the next in the queue only waits
  );
  QUEUES.set(root, settled);
  void settled.then(() => QUEUES.get(root) === settled && QUEUES.delete(root));
  return turn;
}

async function write({ root, blobs }: WriterOptions, action: EditAction, signal: AbortSignal): Promise<Performed> {
  const bench: Bench = { dir: { fd: -1, path: '' }, names: [] };
  try {
    refuseMalformed(root, action);
    const owners = action.changes.map((change) => checkShown(root, change));
    bench.dir = openTemporary(root);
    const staged: (Staged | null)[] = [];
    for (const [i, change] of action.changes.entries()) {
      if (signal.aborted) return stopped();
      staged.push(await stageAfter(bench, change, { blobs, owner: owners[i] ?? null }));
    }
    if (signal.aborted) return stopped();
    landAll({ root, bench }, action.changes, staged);
    await syncFolders(root, action.changes);
    return done(action);
  } catch (error) {
    return failed(notWritten(error, action.changes[0]!.path));
  } finally {
    for (const name of bench.names) discard(bench.dir, name);
    release(bench.dir);
  }
}

/** Nothing of what follows needs these to hold for its safety, but an action that breaks them was not made by our tools. */
function refuseMalformed(root: string, { changes }: EditAction): void {
  const seen = new Set<string>();
  for (const change of changes) {
    for (const path of new Set([change.path, change.from])) {
      const parsed = parsePath(path, root);
      if (!parsed.ok) throw new NotWritten(parsed.code, parsed.message);
      if (parsed.path !== path || path === '.')
        throw new NotWritten('bad_path', `${visible(path)} is not the plain path of a file.`);
      if (seen.has(path))
        throw new NotWritten('bad_action', `${visible(path)} is changed twice in one edit; make it two.`);
      seen.add(path);
    }
    const { op, before, after } = change;
    const fits = (op === 'create') === (before.state === 'absent') && (op === 'delete') === (after.state === 'absent');
    const named = (op === 'move') === (change.path !== change.from);
    if (!fits || !named) throw new NotWritten('bad_action', `The ${op} of ${visible(change.path)} contradicts itself.`);
  }
}

/** Compares what stands with what was shown, before anything is touched; answers the facts of the file, if there is one. */
function checkShown(root: string, change: FileChange): Facts | null {
  const facts = checkOne(root, change.from, change.before);
  if (change.op === 'move') checkOne(root, change.path, { state: 'absent' });
  return facts;
}

function checkOne(root: string, path: string, expected: FileState): Facts | null {
  const found = locate(root, path, 'none');
  if (!found.ok) {
    if (found.code !== 'not_found') throw new NotWritten(found.code, found.message);
    if (expected.state === 'absent') return null; // its folder is missing too, and will be made
    throw changed(path, 'it is gone');
  }
  try {
    return standing({ dir: found.parent, name: found.name, path, made: [] }, expected)?.facts ?? null;
  } finally {
    found.close();
  }
}

async function stageAfter(
  bench: Bench,
  change: FileChange,
  given: { blobs: Blobs; owner: Facts | null },
): Promise<Staged | null> {
  const { after } = change;
  if (after.state === 'absent') return null;
  const bytes = await given.blobs.get(after.sha256);
  if (bytes === null || bytes.length !== after.size) {
    throw new NotWritten(
      'bytes_lost',
      `The bytes for ${visible(change.path)} are no longer in the store. Plan the change anew.`,
    );
  }
  // Set-id bits do not outlive a change of the bytes, as with any write.
  const staged = await stage(bench.dir, bytes, { mode: after.mode & 0o1777, owner: given.owner });
  bench.names.push(staged.name);
  return staged;
}

interface Place {
  root: string;
  bench: Bench;
}

interface Landed {
  undos: { path: string; undo: Undo }[];
  held: Target[];
}

/** From here on without a pause: all land, or those that did are put back. */
function landAll({ root, bench }: Place, changes: readonly FileChange[], staged: readonly (Staged | null)[]): void {
  const undos: Landed['undos'] = [];
  const held: Target[] = [];
  const hold = (path: string, missing: 'make' | 'refuse') => {
    const target = holdParent(root, path, missing);
    held.push(target);
    return target;
  };
  try {
    for (const [i, change] of changes.entries()) {
      const { op, path, from, before } = change;
      const whole = staged[i] ?? null;
      const add = (undo: Undo) => undos.push({ path, undo });
      try {
        if (whole !== null && op === 'modify')
          add(landOver(bench, hold(path, 'refuse'), { staged: whole, shown: before }));
        else if (whole !== null) add(landNew(bench, hold(path, 'make'), whole));
        if (op === 'delete' || op === 'move') add(takeAway(bench, hold(from, 'refuse'), before));
      } catch (error) {
        throw notWritten(error, path);
      }
    }
  } catch (error) {
    throw putBack(root, error as NotWritten, { undos, held });
  } finally {
    for (const target of held) release(target.dir);
  }
}

/** Undoes in reverse order. What cannot be put back is named: it must not go unsaid. */
function putBack(root: string, cause: NotWritten, { undos, held }: Landed): NotWritten {
  const stuck: string[] = [];
  for (const { path, undo } of [...undos].reverse()) {
    try {
      if (!undo()) stuck.push(`${visible(path)} (another program took its name meanwhile)`);
    } catch (error) {
      stuck.push(`${visible(path)} (${(error as Error).message})`);
    }
  }
  for (const target of [...held].reverse()) removeMade(root, target.made);
  if (stuck.length === 0) return cause;
  return new NotWritten(
    'not_put_back',
    `${cause.message} These could not be put back as they were: ${stuck.join(', ')}.`,
  );
}

const fsync = promisify(fs.fsync);

/** Makes the new names last over a power cut. */
async function syncFolders(root: string, changes: readonly FileChange[]): Promise<void> {
  const folders = new Set<string>();
  for (const path of changes.flatMap((change) => [change.path, change.from])) {
    // The whole way up: a folder that was made is a name in the one above it.
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  }
  for (const path of folders) {
    const folder = openDirectory(root, path, 'none');
    if (!folder.ok) continue; // renamed meanwhile; its new names went with it
    const fd = fs.openSync(self(folder.dir), fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    try {
      await fsync(fd);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EINVAL' || code === 'ENOTSUP') continue; // a file system without a sync for folders
      throw new NotWritten('not_synced', `The changes stand, but the disk did not confirm them: ${message}.`);
    } finally {
      fs.closeSync(fd);
      folder.close();
    }
  }
}

function done({ changes }: EditAction): Performed {
  const lines = changes.map(summaryOf);
  const bytes = changes.reduce((n, { after }) => n + (after.state === 'file' ? after.size : 0), 0);
  const summary = lines.length === 1 ? lines[0]! : `Changed ${lines.length} files`;
  return { outcome: { status: 'done', summary, bytes, truncated: false }, content: lines.join('\n') };
}

function summaryOf({ op, path, from, diff }: FileChange): string {
  const counts = diff.kind === 'text' ? ` (+${diff.added} −${diff.removed})` : '';
  switch (op) {
    case 'create':
      return `Created ${visible(path)}${counts}`;
    case 'modify':
      return `Edited ${visible(path)}${counts}`;
    case 'delete':
      return `Deleted ${visible(path)}`;
    case 'move':
      return `Moved ${visible(from)} to ${visible(path)}${counts}`;
  }
}

function failed({ code, message }: NotWritten): Performed {
  const stands = code === 'not_put_back' || code === 'not_synced';
  const content = stands ? message : `${message} Nothing was written.`;
  return { outcome: { status: 'failed', code, message: content }, content };
}

function stopped(): Performed {
  const message = 'Stopped before anything was written; nothing was changed.';
  return { outcome: { status: 'stopped', message }, content: message };
}

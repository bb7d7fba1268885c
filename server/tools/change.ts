/** A planned change of one file: what stands, what shall stand, and the diff between them that the person is shown. */
import type { Diff, FileChange, FileState } from '../../shared/action.ts';
import { Fault } from '../base/fault.ts';
import { sha256 } from '../base/hash.ts';
import { decodeText } from '../base/text.ts';
import type { Blobs } from '../store/blobs.ts';
import { applyHunks as applyTextHunks, hunksBetween } from '../base/hunks.ts';

/** A file as it stands or shall stand. `mode`: its permission bits. */
export interface Side {
  bytes: Uint8Array;
  mode: number;
}

/** The mode of a file that the agent makes. */
export const NEW_MODE = 0o644;

export interface ChangePlan {
  path: string;
  /** The name before a move; else the same as `path`. */
  from: string;
  /** Null: nothing stands there. */
  before: Side | null;
  /** Null: nothing shall stand there. */
  after: Side | null;
  blobs: Blobs;
}

/** Keeps the bytes of both sides in the blob store and answers the change with its hunks. At least one side must be there. */
export async function planChange({ path, from, before, after, blobs }: ChangePlan): Promise<FileChange> {
  const [was, shall] = [await keep(before, blobs), await keep(after, blobs)];
  return {
    op: opOf({ path, from, before, after }),
    path,
    from,
    before: was,
    after: shall,
    diff: diffOf(before, after),
  };
}

/**
 * The bytes that stand after only the named hunks of a change are put in, with the same line ends, byte order mark and missing
 * last line feed wherever no hunk says otherwise. Of a file that was not there, `beforeBytes` is empty. Throws a Fault: 400
 * for an unknown id or a change that has no hunks to choose from, 409 where the bytes are not those of the change.
 */
export function applyHunks(beforeBytes: Uint8Array, change: FileChange, hunkIds: readonly string[]): Buffer {
  if (change.diff.kind !== 'text') {
    const message = `${change.path} can only be taken or left whole: it has no hunks.`;
    throw new Fault({ status: 400, code: 'no_hunks', message });
  }
  const expected = change.before.state === 'file' ? change.before.sha256 : sha256('');
  const before = decodeText(beforeBytes);
  if (!before.ok || sha256(beforeBytes) !== expected) {
    const message = `${change.path} is another than the one that was shown. Ask for the change again.`;
    throw new Fault({ status: 409, code: 'changed', message });
  }
  return Buffer.from(applyTextHunks(before.text, change.diff.hunks, hunkIds));
}

async function keep(side: Side | null, blobs: Blobs): Promise<FileState> {
  if (side === null) return { state: 'absent' };
  return { state: 'file', sha256: await blobs.put(side.bytes), size: side.bytes.length, mode: side.mode };
}

function opOf({ path, from, before, after }: Omit<ChangePlan, 'blobs'>): FileChange['op'] {
  if (before === null) return 'create';
  if (after === null) return 'delete';
  return path === from ? 'modify' : 'move';
}

function diffOf(before: Side | null, after: Side | null): Diff {
  if (before && after && Buffer.compare(before.bytes, after.bytes) === 0) return { kind: 'opaque', why: 'unchanged' };
  return diffBetween(before?.bytes ?? NOTHING, after?.bytes ?? NOTHING);
}

/** The hunks between two files; of one that is not there, no bytes. */
export function diffBetween(before: Uint8Array, after: Uint8Array): Diff {
  const [was, shall] = [decodeText(before), decodeText(after)];
  if (!was.ok || !shall.ok) return { kind: 'opaque', why: 'binary' };
  return { kind: 'text', ...hunksBetween(was.text, shall.text) };
}

const NOTHING = new Uint8Array(0);

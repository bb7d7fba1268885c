/** apply_patch: several changes of files as one, all or none. */
import * as z from 'zod';
import type { FileChange } from '../../shared/action.ts';
import { LIMITS } from '../../shared/limits.ts';
import { visible } from '../base/visible.ts';
import { NEW_MODE, planChange, type Side } from './change.ts';
import {
  bytesOf,
  currentFile,
  editOf,
  modeAfter,
  noChange,
  refused,
  textOf,
  type Current,
  type Refused,
} from './current.ts';
import { inputOf } from './input.ts';
import { nearNames } from './near.ts';
import type { PatchFile } from './patch.ts';
import { applyPatchHunks } from './patch-apply.ts';
import { isBeginPatch, parseBegin } from './patch-begin.ts';
import { parseUnified } from './patch-unified.ts';
import type { Tool, ToolContext } from './tool.ts';

const input = inputOf({
  patch: z.string().describe('A unified diff, or a patch from *** Begin Patch to *** End Patch.'),
});

export const applyPatch: Tool<z.infer<typeof input>> = {
  name: 'apply_patch',
  description:
    'Changes several files at once, all or none. Takes a unified diff (as git writes it), or: *** Begin Patch, then for each file ' +
    '*** Add File: PATH with lines that begin with +, *** Delete File: PATH, or *** Update File: PATH (optionally *** Move to: PATH) ' +
    'with hunks of lines that begin with a space, + or -, each after a line @@ that may name a line above it; then *** End Patch. ' +
    'Context lines must stand in the file exactly.',
  input,
  access: 'write',
  async plan({ patch }, context) {
    const parsed = isBeginPatch(patch) ? parseBegin(patch) : parseUnified(patch);
    if (!parsed.ok) return refused('bad_patch', parsed.message);
    const max = LIMITS.patchFiles.value;
    if (parsed.files.length > max)
      return refused(
        'too_large',
        `The patch has ${parsed.files.length} files; at most ${max} are taken. Send it in parts.`,
      );
    const changes: FileChange[] = [];
    const seen = new Set<string>();
    for (const file of parsed.files) {
      const change = await planFile(file, context);
      if ('kind' in change) return change;
      const twice = [...new Set([change.path, change.from])].find((path) => seen.has(path));
      if (twice !== undefined)
        return refused('bad_patch', `${visible(twice)} is in the patch twice. Put its hunks into one section.`);
      seen.add(change.path).add(change.from);
      changes.push(change);
    }
    return editOf('apply_patch', changes);
  },
};

async function planFile(file: PatchFile, context: ToolContext): Promise<FileChange | Refused> {
  const current = await currentFile(file.from, context);
  if (current.kind === 'refused') return current;
  const { blobs } = context;
  if (file.op === 'create') {
    const after = createdSide(file, current);
    return 'kind' in after ? after : planChange({ path: current.path, from: current.path, before: null, after, blobs });
  }
  if (current.kind === 'absent') {
    const near = await nearNames(context.root, current.path);
    return refused('not_found', `There is no ${visible(current.path)}.${near} Nothing of the patch was applied.`);
  }
  const after = changedSide(file, current);
  if (after !== null && 'kind' in after) return after;
  if (file.op !== 'move') {
    const same =
      after !== null && after.mode === current.side.mode && Buffer.compare(after.bytes, current.side.bytes) === 0;
    if (same) return noChange(current.path);
    return planChange({ path: current.path, from: current.path, before: current.side, after, blobs });
  }
  const target = await currentFile(file.path, context);
  if (target.kind === 'refused') return target;
  if (target.kind === 'file')
    return refused('exists', `${visible(target.path)} is there already, and nothing is overwritten by a move.`);
  return planChange({ path: target.path, from: current.path, before: current.side, after, blobs });
}

function createdSide(file: PatchFile, current: Exclude<Current, Refused>): Side | Refused {
  if (current.kind === 'file')
    return refused(
      'exists',
      `${visible(current.path)} is there already; a patch that adds it would overwrite it. Update it instead.`,
    );
  const applied = applyPatchHunks('', file.hunks);
  if (!applied.ok) return misfit(current.path, applied.message);
  const bytes = bytesOf(current.path, applied.text);
  return bytes.kind === 'refused' ? bytes : { bytes: bytes.bytes, mode: file.mode ?? NEW_MODE };
}

/** The file after the patch; null where it is deleted. */
function changedSide(file: PatchFile, current: Extract<Current, { kind: 'file' }>): Side | null | Refused {
  const { path, side } = current;
  const mode = file.mode ?? modeAfter(side.mode);
  if (file.hunks.length === 0) return file.op === 'delete' ? null : { bytes: side.bytes, mode };
  const text = textOf(current);
  if (text.kind === 'refused') return text;
  const applied = applyPatchHunks(text.text, file.hunks);
  if (!applied.ok) return misfit(path, applied.message);
  if (file.op === 'delete') {
    return applied.text === '' ? null : misfit(path, 'deletes the file, but its lines are not all that stands there.');
  }
  const bytes = bytesOf(path, applied.text);
  return bytes.kind === 'refused' ? bytes : { bytes: bytes.bytes, mode };
}

const misfit = (path: string, message: string): Refused =>
  refused(
    'misfit',
    `${visible(path)}: ${message}\nNothing of the patch was applied. Read the file and send the whole patch again.`,
  );

/** move_file: gives a file another name, in the same bytes. */
import type * as z from 'zod';
import { visible } from '../base/visible.ts';
import { planChange } from './change.ts';
import { currentFile, editOf, modeAfter, refused } from './current.ts';
import { inputOf, pathArgument } from './input.ts';
import { nearNames } from './near.ts';
import type { Tool } from './tool.ts';

const input = inputOf({ from: pathArgument('The file as it is named now'), to: pathArgument('Its new name') });

export const moveFile: Tool<z.infer<typeof input>> = {
  name: 'move_file',
  description:
    'Moves or renames one file. Folders on the way to the new name are made. Nothing is overwritten: `to` must be free.',
  input,
  access: 'write',
  async plan(args, context) {
    const source = await currentFile(args.from, context);
    if (source.kind === 'refused') return source;
    if (source.kind === 'absent') {
      return refused('not_found', `There is no ${visible(source.path)}.${await nearNames(context.root, source.path)}`);
    }
    const target = await currentFile(args.to, context);
    if (target.kind === 'refused') return target;
    const { path: from, side } = source;
    const { path } = target;
    if (path === from) return refused('no_change', `${visible(path)} has that name already: no change.`);
    if (target.kind === 'file')
      return refused(
        'exists',
        `${visible(path)} is there already, and nothing is overwritten by a move. Delete it first, or take another name.`,
      );
    const after = { bytes: side.bytes, mode: modeAfter(side.mode) };
    return editOf('move_file', [await planChange({ path, from, before: side, after, blobs: context.blobs })]);
  },
};

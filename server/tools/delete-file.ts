/** delete_file: takes one file away. */
import type * as z from 'zod';
import { visible } from '../base/visible.ts';
import { planChange } from './change.ts';
import { currentFile, editOf, refused } from './current.ts';
import { inputOf, pathArgument } from './input.ts';
import { nearNames } from './near.ts';
import type { Tool } from './tool.ts';

const input = inputOf({ path: pathArgument('The file to delete') });

export const deleteFile: Tool<z.infer<typeof input>> = {
  name: 'delete_file',
  description: 'Deletes one file. Folders are not deleted: one that is left empty stays.',
  input,
  access: 'write',
  async plan(args, context) {
    const current = await currentFile(args.path, context);
    if (current.kind === 'refused') return current;
    const { path } = current;
    if (current.kind === 'absent') {
      return refused('not_found', `There is no ${visible(path)}.${await nearNames(context.root, path)}`);
    }
    return editOf('delete_file', [
      await planChange({ path, from: path, before: current.side, after: null, blobs: context.blobs }),
    ]);
  },
};

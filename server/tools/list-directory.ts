/** list_directory: plans the listing of a folder. */
import type * as z from 'zod';
import { visible } from '../base/visible.ts';
import { refused } from './current.ts';
import { inputOf, pathArgument } from './input.ts';
import { readTarget } from './read-plan.ts';
import type { Tool } from './tool.ts';

const input = inputOf({ path: pathArgument('The folder to list (. for the workspace itself)') });

export const listDirectory: Tool<z.infer<typeof input>> = {
  name: 'list_directory',
  description: 'Lists the names in one folder, folders first and with a / behind, with sizes and git state.',
  input,
  access: 'read',
  async plan({ path: raw }, context) {
    const target = await readTarget(raw, context);
    if (target.kind === 'refused') return target;
    if (target.is === 'file') return refused('not_a_directory', `${visible(target.path)} is a file. Use read_file.`);
    return { kind: 'action', action: { kind: 'read', tool: 'list_directory', path: target.path } };
  },
};

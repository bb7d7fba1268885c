/** read_file: plans the reading of a file, or of some of its lines. */
import * as z from 'zod';
import { visible } from '../base/visible.ts';
import { refused } from './current.ts';
import { inputOf, pathArgument } from './input.ts';
import { readTarget } from './read-plan.ts';
import type { Tool } from './tool.ts';

const line = z.number().int().min(1);

const input = inputOf({
  path: pathArgument('The file to read'),
  startLine: line.optional().describe('The first line to read, from 1. Default: the first.'),
  endLine: line.optional().describe('The last line to read. Default: as many as fit in one answer.'),
});

export const readFile: Tool<z.infer<typeof input>> = {
  name: 'read_file',
  description:
    'Reads a text file. Each line comes with its number and a tab before it, which are not part of the file. ' +
    'Long files come in parts: the answer says how to read on.',
  input,
  access: 'read',
  async plan({ path: raw, startLine = 1, endLine }, context) {
    if (endLine !== undefined && endLine < startLine) {
      return refused('bad_arguments', `endLine (${endLine}) is before startLine (${startLine}).`);
    }
    const target = await readTarget(raw, context);
    if (target.kind === 'refused') return target;
    if (target.is === 'directory')
      return refused('not_a_file', `${visible(target.path)} is a folder. Use list_directory.`);
    return {
      kind: 'action',
      action: { kind: 'read', tool: 'read_file', path: target.path, startLine, endLine: endLine ?? null },
    };
  },
};

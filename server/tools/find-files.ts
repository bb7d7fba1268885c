/** find_files: plans a search for files by their names. */
import * as z from 'zod';
import { LIMITS } from '../../shared/limits.ts';
import { refused } from './current.ts';
import { inputOf } from './input.ts';
import type { Tool } from './tool.ts';

const input = inputOf({
  query: z
    .string()
    .max(LIMITS.patternChars.value)
    .describe(
      'A part of the path, or letters of it in order: `agenturn` finds src/agent/turn.ts. A glob with * or ? is taken too.',
    ),
});

export const findFiles: Tool<z.infer<typeof input>> = {
  name: 'find_files',
  description:
    'Finds files of the workspace by their paths, best match first. Files that .gitignore leaves out are not found.',
  input,
  access: 'read',
  plan: ({ query }) =>
    Promise.resolve(
      query.trim() === ''
        ? refused('bad_arguments', '`query` is empty. Give a part of a path; to see a folder, use list_directory.')
        : { kind: 'action', action: { kind: 'read', tool: 'find_files', path: '.', query: query.trim() } },
    ),
};

/** search_text: plans a search in the text of files. */
import * as z from 'zod';
import { LIMITS } from '../../shared/limits.ts';
import { refused } from './current.ts';
import { inputOf, pathArgument } from './input.ts';
import { readTarget } from './read-plan.ts';
import type { Tool } from './tool.ts';

const text = z.string().max(LIMITS.patternChars.value);

const input = inputOf({
  pattern: text.describe(
    'A regular expression (as ripgrep has them: no look-around, no back-references). Small letters only: case does not matter.',
  ),
  path: pathArgument('The file or folder to search (default: the whole workspace)').optional(),
  glob: text
    .optional()
    .describe('Only files that fit this glob, as *.ts or src/**/*.css; with ! before it, only files that do not.'),
});

export const searchText: Tool<z.infer<typeof input>> = {
  name: 'search_text',
  description:
    'Searches the text of files for a regular expression; answers path, line and text of each match. ' +
    'Left out: what .gitignore leaves out, binary and very large files, and files that hold secrets by their name.',
  input,
  access: 'read',
  async plan({ pattern, path: raw = '.', glob }, context) {
    if (pattern === '') return refused('bad_arguments', '`pattern` is empty, which is in every line.');
    if (pattern.includes('\0') || glob?.includes('\0')) return refused('bad_arguments', 'A pattern cannot hold a NUL.');
    const target = await readTarget(raw, context);
    if (target.kind === 'refused') return target;
    const action = {
      kind: 'read' as const,
      tool: 'search_text' as const,
      path: target.path,
      pattern,
      glob: glob || null,
    };
    return { kind: 'action', action };
  },
};

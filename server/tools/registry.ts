/** All tools that stand without a sandbox, and what a model is told of them. */
import { z } from 'zod';
import type { ToolOffer } from '../llm/provider.ts';
import { applyPatch } from './apply-patch.ts';
import { askUser } from './ask-user.ts';
import { deleteFile } from './delete-file.ts';
import { editFile } from './edit-file.ts';
import { findFiles } from './find-files.ts';
import { listDirectory } from './list-directory.ts';
import { moveFile } from './move-file.ts';
import { readFile } from './read-file.ts';
import { searchText } from './search-text.ts';
import type { Tool } from './tool.ts';
import { updatePlan } from './update-plan.ts';
import { writeFile } from './write-file.ts';

export const TOOLS: readonly Tool[] = [
  readFile,
  listDirectory,
  findFiles,
  searchText,
  editFile,
  writeFile,
  applyPatch,
  moveFile,
  deleteFile,
  updatePlan,
  askUser,
];

/** The tools as a provider is told of them; the schemas know no further keys. */
export function offers(tools: readonly Pick<Tool, 'name' | 'description' | 'input'>[]): ToolOffer[] {
  return tools.map(({ name, description, input }) => {
    const { $schema: _dialect, ...schema } = z.toJSONSchema(input, { io: 'input', override: withoutBounds });
    return { name, description, schema };
  });
}

/**
 * Bounds are checked when the arguments are parsed. In an offer they do harm: a local server that makes a grammar of the
 * schema unrolls `maxLength` into that many rules.
 */
function withoutBounds({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  for (const bound of ['minLength', 'maxLength', 'minItems', 'maxItems', 'minimum', 'maximum'] as const)
    delete jsonSchema[bound];
}

/** All tools, those that a sandbox makes possible among them, and what a model is told of them. */
import * as z from 'zod';
import type { ToolOffer } from '../llm/provider.ts';
import type { SandboxTier } from '../../shared/sandbox.ts';
import { applyPatch } from './apply-patch.ts';
import { askUser } from './ask-user.ts';
import { deleteFile } from './delete-file.ts';
import { editFile } from './edit-file.ts';
import { findFiles } from './find-files.ts';
import { gitBranch } from './git-branch.ts';
import { gitCommit } from './git-commit.ts';
import { gitRestore } from './git-restore.ts';
import { gitStash } from './git-stash.ts';
import { gitSwitch } from './git-switch.ts';
import { listDirectory } from './list-directory.ts';
import { listTasks } from './list-tasks.ts';
import { moveFile } from './move-file.ts';
import { readFile } from './read-file.ts';
import { readTask } from './read-task.ts';
import { runCommand } from './run-command.ts';
import { searchText } from './search-text.ts';
import { stopTask } from './stop-task.ts';
import type { Tool } from './tool.ts';
import { updatePlan } from './update-plan.ts';
import { writeFile } from './write-file.ts';

/** Those that stand without a sandbox. */
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

/** What starts a program: offered only where a sandbox holds it. */
export const COMMAND_TOOLS: readonly Tool[] = [
  runCommand,
  readTask,
  stopTask,
  listTasks,
  gitCommit,
  gitBranch,
  gitSwitch,
  gitRestore,
  gitStash,
];

export const toolsFor = (tier: SandboxTier): readonly Tool[] =>
  tier === 'none' ? TOOLS : [...TOOLS, ...COMMAND_TOOLS];

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

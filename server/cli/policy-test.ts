/** `vtcode policy test`: the examples that rules carry, tried now. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ToolPolicyFile } from '../../shared/config.ts';
import { Fault } from '../base/fault.ts';
import { parsePolicy } from '../config/layers.ts';
import type { Sourced } from '../config/parse.ts';
import { BUILTIN_PATH_RULES, classify } from '../policy/paths.ts';
import type { Args } from './args.ts';
import { type Io, shown, tellFault } from './io.ts';
import { findPlace } from './place.ts';
import { readSettings } from './settings.ts';

export async function testCommand(args: Args, io: Io): Promise<number> {
  if (args.rest.length > 0) return files(args.rest, io);
  const place = await findPlace(io, args.flags.get('dir') ?? '.', 'look');
  // A file with a false example is not read at all: it is told with its line, and the command fails.
  const { layers } = await readSettings(place);
  for (const { policy } of Object.values(layers)) if (policy !== null) await tell(policy, io);
  const wrong = wrongBuiltins();
  for (const line of wrong) io.err(`vtcode: ${shown(line)}\n`);
  const count = BUILTIN_PATH_RULES.reduce((sum, { match, notMatch }) => sum + match.length + notMatch.length, 0);
  if (wrong.length === 0)
    await io.out(`ok      ${count} examples of ${BUILTIN_PATH_RULES.length} rules for paths  builtin/paths\n`);
  return wrong.length === 0 ? 0 : 1;
}

async function files(paths: readonly string[], io: Io): Promise<number> {
  let failed = false;
  for (const path of paths) {
    try {
      await tell(parsePolicy('user', path, await read(path, io)), io);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      tellFault(io, error);
      failed = true;
    }
  }
  return failed ? 1 : 0;
}

async function read(path: string, io: Io): Promise<Buffer> {
  try {
    return await readFile(resolve(io.cwd, path));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Fault({
      status: 404,
      code: 'no_file',
      message: `${path} could not be read (${code}).`,
      hint: 'Name a tool-policy.json.',
    });
  }
}

async function tell({ value, file }: Sourced<ToolPolicyFile>, io: Io): Promise<void> {
  const rules = value.commands ?? [];
  const examples = rules.reduce((sum, { match, notMatch }) => sum + (match?.length ?? 0) + (notMatch?.length ?? 0), 0);
  await io.out(`ok      ${examples} examples of ${rules.length} rules for commands  ${shown(file)}\n`);
}

function wrongBuiltins(): string[] {
  return BUILTIN_PATH_RULES.flatMap(({ id, kind, match, notMatch }) => {
    const holds = (path: string) => classify(path)[kind].some((rule) => rule.id === id);
    return [
      ...match.filter((path) => !holds(path)).map((path) => `${id} does not hold for its example ${path}`),
      ...notMatch.filter(holds).map((path) => `${id} holds for ${path}, which it must not`),
    ];
  });
}

/** run_command: plans a confined command of the shell. */
import * as z from 'zod';
import type { CommandAction } from '../../shared/action.ts';
import { LIMITS } from '../../shared/limits.ts';
import { visible } from '../base/visible.ts';
import { refused } from './current.ts';
import { inputOf, pathArgument } from './input.ts';
import { readTarget } from './read-plan.ts';
import type { Tool, ToolContext } from './tool.ts';

const input = inputOf({
  command: z.string().describe('The command line, as bash takes it. Several lines are a script.'),
  cwd: pathArgument('The folder to run in').optional(),
  timeoutMs: z
    .number()
    .int()
    .min(1)
    .max(LIMITS.taskMs.value)
    .optional()
    .describe(`Milliseconds after which it is stopped. Default: ${LIMITS.commandMs.value}.`),
  background: z
    .boolean()
    .optional()
    .describe('True: it goes on beside your work, as a server or a watcher does. Read it with read_task.'),
});

type Input = z.infer<typeof input>;

export const runCommand: Tool<Input> = {
  name: 'run_command',
  description:
    'Runs a command with bash in a sandbox: it sees the workspace and the installed programs, has no network beyond what the ' +
    'person set, and cannot write .git, protected files or anything outside. Its output and exit code come back; of a long ' +
    'output the beginning and the end. Nothing can be typed into it. What it started ends with it, unless background is true.',
  input,
  access: 'write',
  async plan({ command, cwd = '.', timeoutMs, background = false }, context) {
    const problem = scriptProblem(command) || timeProblem(timeoutMs, background);
    if (problem !== '') return refused('bad_arguments', problem);
    const target = await readTarget(cwd, context);
    if (target.kind === 'refused') return target;
    if (target.is !== 'directory')
      return refused('not_a_directory', `cwd: ${visible(target.path)} is a file. Name the folder to run in.`);
    const action: CommandAction = {
      kind: 'command',
      tool: 'run_command',
      script: command,
      argv: shellOf(command),
      cwd: target.path,
      env: {},
      git: context.commands.git,
      network: context.commands.network,
      limits: { ...context.commands.limits, wallMs: wallMs(context, timeoutMs, background) },
      background,
    };
    return { kind: 'action', action };
  },
};

/** What executes a script. */
export const shellOf = (script: string): string[] => ['/bin/bash', '-c', script];

/** What is wrong with a script, whatever it says; empty where it can be run. */
export function scriptProblem(command: string): string {
  const bytes = Buffer.byteLength(command);
  const max = LIMITS.commandBytes.value;
  if (command.trim() === '') return '`command` is empty. Write the command to run.';
  if (command.includes('\0')) return '`command` holds a NUL, which no argument can. Send it without.';
  if (/\p{Cs}/u.test(command)) return '`command` has half a surrogate pair, which UTF-8 cannot hold.';
  return bytes > max ? `\`command\` is ${bytes} bytes; at most ${max} are taken. Write a file, and run that.` : '';
}

function timeProblem(timeoutMs: number | undefined, background: boolean): string {
  const max = LIMITS.commandMaxMs.value;
  if (background || timeoutMs === undefined || timeoutMs <= max) return '';
  return `timeoutMs is ${timeoutMs}; in the foreground at most ${max} is taken. Run it with background: true.`;
}

/** A bound of the settings holds for what is asked for, and in the background. */
function wallMs({ commands }: ToolContext, timeoutMs: number | undefined, background: boolean): number {
  const { limits, mostWallMs } = commands;
  const wanted = timeoutMs ?? (background ? LIMITS.taskMs.value : limits.wallMs);
  return mostWallMs === null ? wanted : Math.min(wanted, mostWallMs);
}

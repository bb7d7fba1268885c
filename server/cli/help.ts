/** What `--help` prints. */
import { flagsOf } from './args.ts';
import { COMMANDS, type CommandSpec } from './spec.ts';

export function helpAll(): string {
  const width = Math.max(...COMMANDS.map((spec) => usageOf(spec).length));
  const lines = COMMANDS.map((spec) => `  ${usageOf(spec).padEnd(width)}  ${spec.summary}`);
  return [
    'vtcode: review what a coding agent wants to do, before it does it.',
    '',
    'Usage: vtcode COMMAND [ARGUMENTS]',
    '',
    ...lines,
    '',
    'Each takes --help. Results go to stdout, all else to stderr.',
    'Exit codes: 0 done, 1 failed, 2 used wrongly, 3 a person was needed, 10 prompt and 20 deny of policy check, 128+n ended by signal n.',
    '',
  ].join('\n');
}

export function helpOf(spec: CommandSpec): string {
  const flags = flagsOf(spec).map(
    ({ name, value, help }) => [`--${name}${value === '' ? '' : ` ${value}`}`, help] as const,
  );
  const width = Math.max(...flags.map(([name]) => name.length));
  return [
    `${spec.summary}.`,
    '',
    `Usage: vtcode ${usageOf(spec)} [FLAGS]`,
    '',
    ...flags.map(([name, help]) => `  ${name.padEnd(width)}  ${help}`),
    '',
  ].join('\n');
}

const usageOf = ({ name, args }: CommandSpec) => [name, ...args].join(' ');

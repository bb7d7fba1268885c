/** `vtcode policy check`: the verdict on one thing, or on each line of the input, with every rule that spoke. */
import { Mode, type Decision, type Verdict } from '../../shared/verdict.ts';
import { didYouMean } from '../base/nearest.ts';
import { linesOf } from '../base/lines.ts';
import { type Args, usage } from './args.ts';
import { type Io, shown } from './io.ts';
import { type Asked, openJudging } from './judging.ts';

const EXIT: Record<Decision, number> = { allow: 0, prompt: 10, deny: 20 };
const HINT = 'What it takes: vtcode policy check --help';
/** Verdicts that are written at once. */
const BATCH_CHARS = 64 * 1024;

export async function checkCommand(args: Args, io: Io): Promise<number> {
  const asked = askedFor(args);
  const mode = args.flags.get('mode');
  if (mode !== undefined && !Mode.options.some((one) => one === mode)) {
    const message = `--mode is expected to be one of ${Mode.options.join(', ')}; came ${JSON.stringify(mode)}.`;
    throw usage(message + didYouMean(mode, Mode.options), HINT);
  }
  const judging = await openJudging(io, {
    dir: args.flags.get('dir') ?? '.',
    mode: mode === undefined ? null : Mode.parse(mode),
  });
  if (asked === null) return everyLine(judging.line, io);
  const { verdict, micros } = await judging.judge(asked);
  await io.out(args.flags.has('json') ? `${lineOf(verdict, micros)}\n` : table(verdict));
  return EXIT[verdict.decision];
}

/** Null for the lines of the input. */
function askedFor({ flags, rest }: Args): Asked | null {
  const [script, tool, given] = ['script', 'tool', 'args'].map((name) => flags.get(name));
  const ways = [rest.length > 0, script !== undefined, tool !== undefined, flags.has('stdin')].filter(Boolean).length;
  if (ways !== 1) {
    const came = ways === 0 ? 'none of them' : 'more than one';
    throw usage(`expected one of a command after --, --script, --tool with --args, and --stdin; came ${came}.`, HINT);
  }
  if ((tool === undefined) !== (given === undefined)) throw usage('--tool and --args are expected together.', HINT);
  if (script !== undefined) return { kind: 'script', script, cwd: '.' };
  if (tool === undefined || given === undefined)
    return flags.has('stdin') ? null : { kind: 'argv', argv: [...rest], cwd: '.' };
  try {
    return { kind: 'tool', tool, args: JSON.parse(given) as unknown, cwd: '.' };
  } catch {
    throw usage(`--args is expected to be JSON; came ${JSON.stringify(given.slice(0, 60))}.`, HINT);
  }
}

async function everyLine(
  judge: (line: string) => Promise<{ verdict: Verdict; micros: number }>,
  io: Io,
): Promise<number> {
  let batch = '';
  for await (const line of linesOf(io.input())) {
    const { verdict, micros } = await judge(line);
    batch += `${lineOf(verdict, micros)}\n`;
    if (batch.length < BATCH_CHARS) continue;
    await io.out(batch);
    batch = '';
  }
  if (batch !== '') await io.out(batch);
  return 0;
}

function lineOf({ decision, reasons, commands, inspectable }: Verdict, micros: number): string {
  const spoken = reasons.map(({ rule, layer, source, decision: said, why }) => ({
    rule,
    layer,
    source,
    decision: said,
    why,
  }));
  return JSON.stringify({ decision, reasons: spoken, commands, inspectable, micros });
}

function table({ decision, reasons, commands, inspectable }: Verdict): string {
  const parts =
    commands.length < 2
      ? []
      : commands.map(({ argv, decision: said }) => `  ${said.padEnd(6)}  ${shown(argv.join(' '))}\n`);
  return [
    `${decision}${inspectable ? '' : ', for it cannot be read to its end'}\n`,
    ...parts,
    '\n',
    ...reasons.map(
      ({ rule, layer, source, decision: said, why }) =>
        `  ${said.padEnd(6)}  ${shown(rule)}  (${layer}, ${shown(source)})\n          ${shown(why)}\n`,
    ),
  ].join('');
}

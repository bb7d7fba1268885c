/** Runs one prepared command behind the launcher, within its bounds, and tells how it ended. */
import type { SandboxLimits, SandboxPolicy, SandboxStatus } from '../../shared/sandbox.ts';
import { LIMITS } from '../../shared/limits.ts';
import { within } from '../sandbox/compile.ts';
import type { Prepared } from '../sandbox/sandbox.ts';
import { hear, type Report } from './hear.ts';
import { createOutput, type Output } from './output.ts';
import { startConfined, type ConfinedChild, type End } from './spawn.ts';

export interface Ended {
  /** Of the program; null where a signal ended it, or where we did. */
  code: number | null;
  signal: string;
  timedOut: boolean;
  /** It printed more than it may, and was stopped. */
  overflowed: boolean;
  /** Somebody stopped it. */
  stopped: boolean;
  /** What it may not see or change lost its cover, so that the launcher ended it; null otherwise. */
  uncovered: Uncovered | null;
  durationMs: number;
  /** Why nothing ran: the sandbox could not be set up. Empty where the command did run. */
  refused: string;
}

export interface Uncovered {
  /** Relative to the workspace; absolute where it lies outside. */
  path: string;
  /** It is hidden, or holds what is: the command may have printed some of it. */
  isSecret: boolean;
}

export interface Execution {
  output: Output;
  /** Settles when the sandbox stands and the command begins, or when all has ended. */
  begun: Promise<void>;
  /** Never rejects. */
  ended: Promise<Ended>;
  stop(): void;
}

export interface ExecOptions {
  prepared: Pick<Prepared, 'argv' | 'env' | 'policy'>;
  command: readonly string[];
  limits: SandboxLimits;
  /** What must be in force; the launcher says what is. */
  layers: SandboxStatus['layers'];
  onPiece(offset: number, text: string): void;
}

type Why = 'time' | 'output' | 'asked' | 'layers';

/** Throws where the launcher's arguments cannot be passed at all. */
export function execute({ prepared, command, limits, layers, onPiece }: ExecOptions): Execution {
  const argv = prepared.argv(command);
  const flags = argv.slice(0, argv.length - command.length);
  const started = performance.now();
  const child = startConfined({ argv, env: prepared.env, control: flags.includes('--control-fd') });
  const output = createOutput(onPiece);
  let why: Why | null = null;
  const stop = (reason: Why) => {
    why ??= reason;
    child.stop();
  };
  const clock = setTimeout(stop, limits.wallMs, 'time');
  const words = listen(child, (chunk) => {
    if (why === 'output') return;
    output.take(chunk);
    if (output.bytes() > limits.outputBytes) stop('output');
  });
  // Where bubblewrap makes the namespaces, the launcher says that it made none.
  const namespaces = layers.namespaces && !flags.includes('--no-namespaces');
  const asked = { ...layers, namespaces, network: prepared.policy.network.mode };
  const heard = hear(child.control, asked, () => stop('layers'));
  const ended = child.ended.then((end) => {
    clearTimeout(clock);
    output.end();
    const durationMs = Math.round(performance.now() - started);
    const refused = refusal(end, { why, report: heard.report(), words: words() });
    return { ...factsOf(end, why), uncovered: uncoveredOf(heard.uncovered(), prepared.policy), durationMs, refused };
  });
  return { output, begun: Promise.race([heard.begun, ended.then(() => undefined)]), ended, stop: () => stop('asked') };
}

/** Both streams in the order in which they come. The first words of stderr are kept: they may be the launcher's. */
function listen(child: ConfinedChild, take: (chunk: Buffer) => void): () => string {
  let words = Buffer.alloc(0);
  child.stdout.on('data', take);
  child.stderr.on('data', (chunk: Buffer) => {
    words = Buffer.concat([words, chunk.subarray(0, LIMITS.launcherWordsBytes.value - words.length)]);
    take(chunk);
  });
  // They break when the group is killed; the end is told by `close`.
  for (const stream of [child.stdout, child.stderr]) stream.on('error', () => undefined);
  return () => words.toString();
}

function factsOf({ code, signal }: End, why: Why | null) {
  const byUs = why !== null;
  return {
    code: byUs ? null : code,
    signal: byUs && signal === null ? 'SIGTERM' : (signal ?? ''),
    timedOut: why === 'time',
    overflowed: why === 'output',
    stopped: why === 'asked',
  };
}

function uncoveredOf(path: string, { workspace, hide }: SandboxPolicy): Uncovered | null {
  if (path === '') return null;
  const isSecret = hide.some((one) => within(one, path) || within(path, one));
  return { path: path.startsWith(`${workspace}/`) ? path.slice(workspace.length + 1) : path, isSecret };
}

const PREFIX = 'vtcode-sandbox: ';

function refusal(end: End, { why, report, words }: { why: Why | null; report: Report; words: string }): string {
  if (end.startError !== '') return `the launcher could not be started: ${end.startError}`;
  if (report === 'weaker') return 'the launcher reports fewer layers than were found at start; the command was ended';
  const said = words.split('\n').find((line) => line.startsWith(PREFIX));
  if (report === 'mute') return end.code === 126 && said !== undefined ? said.slice(PREFIX.length) : '';
  if (report === 'confined' || why !== null) return '';
  return said?.slice(PREFIX.length) ?? `the launcher ended before the command began (${end.signal ?? end.code})`;
}

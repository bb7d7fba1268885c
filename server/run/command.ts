/** Performs commands: prepares the sandbox, runs, looks at what was left behind, and tells what came of it. */
import type { CommandAction, Outcome } from '../../shared/action.ts';
import { Fault } from '../base/fault.ts';
import type { Confinement, Finding, Prepared } from '../sandbox/sandbox.ts';
import { execute, type Ended, type Execution } from './exec.ts';
import type { CommandReports, Performed, Performers } from './perform.ts';
import { performTask } from './task-words.ts';
import { createTasks } from './tasks.ts';
import type { Way, Ways } from './ways.ts';
import { endWords, type Left, NOTHING_LEFT, wordsOf } from './words.ts';

export interface CommandDeps {
  confinement: Pick<Confinement, 'status' | 'prepare'>;
  /** Keeps the beginning of a long output. */
  blobs: { put(bytes: Uint8Array): Promise<string> };
  ways: Ways;
  /** The end of a background command could not be recorded. */
  onLost(error: unknown): void;
}

export interface Commands extends Pick<Performers, 'command' | 'task' | 'connect'> {
  /** Whether a session has something in the background that runs. */
  busy(session: string): boolean;
  /** Stops what a session has in the background, and waits until that is recorded. */
  end(session: string): Promise<void>;
  /** The same of all of them. */
  close(): Promise<void>;
}

/** The window that a command's terminal seems to be. */
const TERMINAL = { columns: 120, rows: 40 };

export function createCommands(deps: CommandDeps): Commands {
  const tasks = createTasks();
  return {
    async command(action, signal, reports) {
      if (action.background && tasks.full(reports.owner)) return failed('too_many', TOO_MANY);
      const begun = await begin(deps, action, reports);
      if (begun.kind === 'failed') return failed('sandbox', `${begun.message} Nothing ran.`);
      const { run } = begun;
      if (!action.background) return follow(deps, run, signal);
      const early = await Promise.race([run.execution.ended, run.execution.begun.then(() => null)]);
      if (early !== null && early.refused !== '') return follow(deps, run, signal);
      const settled = settle(deps, run, 'nothing').then(
        ({ left }) => left,
        (error: unknown) => {
          deps.onLost(error);
          return NOTHING_LEFT;
        },
      );
      const task = tasks.add(reports.owner, { title: titleOf(action), execution: run.execution, settled });
      return inBackground(task.id);
    },
    connect: deps.ways.connect,
    task: (action, reports) => performTask(tasks, action, reports.owner),
    busy: tasks.busy,
    end: tasks.end,
    close: tasks.close,
  };
}

interface Run {
  action: CommandAction;
  prepared: Prepared;
  execution: Execution;
  reports: CommandReports;
  way: Way;
}

async function begin(
  { confinement, ways }: CommandDeps,
  action: CommandAction,
  reports: CommandReports,
): Promise<{ kind: 'run'; run: Run } | { kind: 'failed'; message: string }> {
  const { tier, layers, why } = confinement.status();
  if (tier === 'none') return { kind: 'failed', message: `No sandbox is in force: ${why}` };
  const { argv, cwd, env, git, limits, background, tool } = action;
  const pty = tool === 'run_command' ? TERMINAL : null;
  let prepared: Prepared | null = null;
  let isRecorded = false;
  let stop = () => undefined as void;
  const { actionId, network: told } = reports;
  const way = await ways.open(action.network, { actionId, reports: told, stop: () => stop() });
  try {
    const { network } = way;
    prepared = await confinement.prepare({ cwd, env, git, network, limits, pty, session: reports.owner });
    const { policyHash: policy } = prepared;
    const facts = { policy, tier, layers, network: network.mode, git, background };
    reports.started({ argv, cwd, envNames: Object.keys(prepared.policy.env).sort(), ...facts });
    isRecorded = true;
    const execution = execute({ prepared, command: argv, limits, layers, onPiece: reports.output });
    stop = () => execution.stop();
    return { kind: 'run', run: { action, prepared, execution, reports, way } };
  } catch (error) {
    await way.close();
    const findings = (await prepared?.done()) ?? [];
    // Thrown where the arguments are too long for the system.
    if (isRecorded) {
      reports.finished({ ...NOT_STARTED, findings }, 'outcome');
      return { kind: 'failed', message: `The launcher could not be started: ${(error as Error).message}.` };
    }
    if (error instanceof Fault && prepared === null)
      return { kind: 'failed', message: error.hint === '' ? error.message : `${error.message} ${error.hint}` };
    throw error;
  }
}

const NOT_STARTED = {
  code: 126,
  signal: '',
  timedOut: false,
  durationMs: 0,
  bytes: 0,
  truncated: false,
  output: '',
  uncovered: '',
  lost: false,
};

/** Waits for the end in the foreground; the turn's signal ends it. */
async function follow(deps: CommandDeps, run: Run, signal: AbortSignal): Promise<Performed> {
  const { action, execution } = run;
  const { output } = execution;
  const stop = () => execution.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const settled = settle(deps, run, 'outcome').finally(() => signal.removeEventListener('abort', stop));
  const { ended, left, blob } = await settled;
  if (ended.refused !== '') return failed('sandbox', `The sandbox could not be set up: ${ended.refused}. Nothing ran.`);
  return {
    outcome: outcomeOf(run, ended),
    content: wordsOf({ action, ended, output, left, blob, refusals: run.way.refusals() }),
  };
}

/** The end of a command: nothing of it is alive, what it left is looked at, and both are recorded. */
async function settle(
  { blobs, onLost }: CommandDeps,
  { prepared, execution, reports, way }: Run,
  next: 'outcome' | 'nothing',
): Promise<{ ended: Ended; left: Left; blob: string }> {
  const ended = await execution.ended;
  await way.close();
  const findings = await prepared.done().catch((error: unknown): Finding[] => {
    const words = error instanceof Error ? error.message : String(error);
    return [{ path: '.', why: `The scan after the command failed: ${words}.` }];
  });
  const isKept = ended.refused === '' && ended.uncovered?.isSecret !== true && execution.output.bytes() > 0;
  const blob = isKept ? await blobs.put(execution.output.whole()).catch(lose(onLost)) : '';
  reports.finished({ ...factsOf(execution, ended), lost: false, output: blob, findings }, next);
  return { ended, left: { findings, emptied: prepared.emptied() }, blob };
}

/** That it ended is recorded though what it printed could not be kept. */
const lose = (onLost: CommandDeps['onLost']) => (error: unknown) => {
  onLost(error);
  return '';
};

function factsOf({ output }: Execution, ended: Ended) {
  const { code, signal, timedOut, durationMs } = ended;
  const truncated = ended.overflowed || output.ends().tail !== null;
  return {
    ...{ code, signal, timedOut, durationMs, bytes: output.bytes(), truncated },
    uncovered: ended.uncovered?.path ?? '',
  };
}

function outcomeOf({ action, execution }: Run, ended: Ended): Outcome {
  if (ended.stopped) return { status: 'stopped', message: endWords(action, ended) };
  return { status: 'exited', ...factsOf(execution, ended) };
}

function inBackground(id: string): Performed {
  const content = `It runs in the background as ${id}. read_task tells what it prints, stop_task ends it, and it ends with the server.`;
  const outcome: Outcome = { status: 'done', summary: `started ${id}`, bytes: 0, truncated: false };
  return { outcome, content };
}

const titleOf = ({ script, argv }: CommandAction) => (script === '' ? argv.join(' ') : script);

function failed(code: string, message: string): Performed {
  return { outcome: { status: 'failed', code, message }, content: message };
}

const TOO_MANY = `This session has as many commands in the background as it may. Stop one with stop_task, or wait for an end.`;

/** Performs what the person wants of terminals: opens, renames and closes them, and keeps those that are there. */
import type { Outcome, TerminalAction } from '../../shared/action.ts';
import type { TerminalId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { SandboxLimits } from '../../shared/sandbox.ts';
import type { Confinement as Held, TerminalEnd, TerminalPlace } from '../../shared/terminal.ts';
import { Fault } from '../base/fault.ts';
import type { Confinement, Finding, Prepared } from '../sandbox/sandbox.ts';
import type { Performed, Performers, TerminalReports } from './perform.ts';
import { openTerminal, type Seat, type Terminal } from './terminal.ts';
import type { Viewer } from './terminal-viewers.ts';
import type { Way, Ways } from './ways.ts';

export interface TerminalFacts {
  id: TerminalId;
  name: string;
  place: TerminalPlace;
  openedAt: string;
  /** Null while it runs. */
  ended: { end: TerminalEnd; findings: Finding[] } | null;
}

export interface Terminals extends Pick<Performers, 'terminal'> {
  /** In the order in which they were opened. */
  list(): TerminalFacts[];
  /** Shows one to a page; null where it is not there, or where as many pages look at it as may. */
  join(id: TerminalId, viewer: Viewer): Seat | null;
  /** Ends all of them, and waits until that is recorded. */
  close(): Promise<void>;
}

export interface TerminalDeps {
  root: string;
  confinement: Pick<Confinement, 'status' | 'prepare'>;
  ways: Ways;
  /** What the person's own shell gets on the host. */
  hostEnv: Readonly<Record<string, string>>;
  /** The end of one could not be recorded. */
  onLost(error: unknown): void;
}

interface Kept extends TerminalFacts {
  terminal: Terminal;
  /** Its end is recorded. Never rejects. */
  settled: Promise<void>;
}

type Opening = Extract<TerminalAction, { tool: 'open_terminal' | 'host_terminal' }>;

export function createTerminals(deps: TerminalDeps): Terminals {
  const all = new Map<TerminalId, Kept>();
  const opening = new Set<Promise<unknown>>();
  let closed = false;
  const open = async (action: Opening, reports: TerminalReports): Promise<Performed> => {
    if (all.size + opening.size >= LIMITS.terminals.value) return failed('too_many', TOO_MANY);
    const beginning = begin(deps, action, reports);
    opening.add(beginning);
    const begun = await beginning.finally(() => opening.delete(beginning));
    if (typeof begun === 'string') return failed('not_opened', begun);
    all.set(action.id, begun);
    if (closed) begun.terminal.stop('server');
    return done(`opened ${action.name}`);
  };
  return {
    async terminal(action, reports) {
      if (action.tool === 'open_terminal' || action.tool === 'host_terminal') return open(action, reports);
      const kept = all.get(action.id);
      if (!kept) return failed('no_such_terminal', 'There is no such terminal any more.');
      if (action.tool === 'rename_terminal') {
        reports.renamed({ terminalId: action.id, name: action.name });
        kept.name = action.name;
        return done(`renamed to ${action.name}`);
      }
      kept.terminal.stop('person');
      await kept.settled;
      kept.terminal.close();
      all.delete(action.id);
      return done(`closed ${kept.name}`);
    },
    list: () => [...all.values()].map(({ id, name, place, openedAt, ended }) => ({ id, name, place, openedAt, ended })),
    join: (id, viewer) => all.get(id)?.terminal.join(viewer) ?? null,
    async close() {
      closed = true;
      await Promise.allSettled(opening);
      for (const { terminal } of all.values()) terminal.stop('server');
      await Promise.all([...all.values()].map(({ settled }) => settled));
      for (const { terminal } of all.values()) terminal.close();
      all.clear();
    },
  };
}

/** The running terminal, or why there is none. */
async function begin(deps: TerminalDeps, action: Opening, reports: TerminalReports): Promise<Kept | string> {
  const { id, name, argv, cwd } = action;
  let running: Terminal | null = null;
  const made = await make(deps, action, { ...reports, stop: () => running?.stop('server') });
  if (typeof made === 'string') return made;
  const { prepared, start, confinement, place, finish } = made;
  const envNames = Object.keys(prepared?.policy.env ?? start.env).sort();
  const openedAt = new Date();
  try {
    reports.opened({ terminalId: id, name, argv: [...argv], cwd, envNames, confinement });
  } catch (error) {
    await finish();
    throw error;
  }
  const close = async (end: TerminalEnd, bytes: { typed: number; printed: number }): Promise<Finding[]> => {
    const findings = await finish().catch((error: unknown): Finding[] => [{ path: '.', why: scanFailed(error) }]);
    const durationMs = Date.now() - openedAt.getTime();
    const { typed: typedBytes, printed: printedBytes } = bytes;
    reports.closed({ terminalId: id, ...end, durationMs, typedBytes, printedBytes, findings });
    return findings;
  };
  const terminal = await openTerminal(start).catch((error: unknown) => notOpened(error));
  if (typeof terminal === 'string') {
    await close({ why: 'exit', code: 126, signal: '' }, { typed: 0, printed: 0 });
    return terminal;
  }
  running = terminal;
  const kept: Kept = {
    id,
    name,
    place,
    openedAt: openedAt.toISOString(),
    ended: null,
    terminal,
    settled: Promise.resolve(),
  };
  kept.settled = terminal.ended.then(async (end) => {
    kept.ended = { end, findings: [] };
    kept.ended.findings = await close(end, terminal.bytes());
  });
  kept.settled = kept.settled.catch(deps.onLost);
  return kept;
}

interface Made {
  /** Null for one on the host. */
  prepared: Prepared | null;
  start: Parameters<typeof openTerminal>[0];
  confinement: Held;
  place: TerminalPlace;
  /** Called once, when nothing of it is alive: what it left. */
  finish(): Promise<Finding[]>;
}

type Told = Pick<TerminalReports, 'actionId' | 'network'> & { stop(): void };

async function make(deps: TerminalDeps, action: Opening, told: Told): Promise<Made | string> {
  const { root, confinement, ways, hostEnv } = deps;
  const { argv } = action;
  if (action.tool === 'host_terminal') {
    const place = { kind: 'host' as const };
    const cwd = action.cwd === '.' ? root : `${root}/${action.cwd}`;
    const env = { ...hostEnv, ...COLOURS };
    const start = { where: 'host' as const, argv, env, cwd, ...FIRST_SIZE };
    return { prepared: null, start, confinement: place, place, finish: () => Promise.resolve([]) };
  }
  const { tier, layers, why } = confinement.status();
  if (tier === 'none') return `No sandbox is in force: ${why}`;
  const { cwd, git } = action;
  const { mode } = action.network;
  const way = await ways.open(action.network, { actionId: told.actionId, reports: told.network, stop: told.stop });
  try {
    const run = { cwd, git, env: { ...COLOURS, PAGER: 'less' }, limits: SHELL_LIMITS, pty: 'outer' as const };
    const prepared = await confinement.prepare({ ...run, network: way.network, session: PERSON });
    const start = { where: 'launcher' as const, argv: prepared.argv(argv), env: prepared.env, cwd: '/', ...FIRST_SIZE };
    const held: Held = { kind: 'sandbox', policy: prepared.policyHash, tier, layers, network: mode, git };
    const place = { kind: 'sandbox' as const, git, network: mode };
    return { prepared, start, confinement: held, place, finish: finishing(way, prepared) };
  } catch (error) {
    await way.close();
    if (!(error instanceof Fault)) throw error;
    return error.hint === '' ? error.message : `${error.message} ${error.hint}`;
  }
}

/** What it asked for is withdrawn, and its connections are cut, before what it left is looked at; that is, whatever comes of the first. */
const finishing = (way: Way, prepared: Prepared) => async () => {
  try {
    await way.close();
  } finally {
    await prepared.done();
  }
  return prepared.done();
};

/** Their terminals share a home and a /tmp, which no session of the agent has a hand in. */
const PERSON = 'terminals';
/** Until the first page says how large it is. */
const FIRST_SIZE = { columns: 80, rows: 24 };
const COLOURS = { TERM: 'xterm-256color', COLORTERM: 'truecolor' };

/** A shell runs until it is closed and may print what it likes: its clock and its output are not counted. */
const SHELL_LIMITS: SandboxLimits = {
  pids: LIMITS.commandPids.value,
  nofile: LIMITS.commandFiles.value,
  fileBytes: LIMITS.commandFileBytes.value,
  dataBytes: LIMITS.commandDataBytes.value,
  wallMs: Number.MAX_SAFE_INTEGER,
  outputBytes: Number.MAX_SAFE_INTEGER,
};

function notOpened(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return `The terminal could not be opened: ${words.slice(0, 500)}. vtcode doctor says whether terminals work here.`;
}

const scanFailed = (error: unknown) =>
  `The scan after the terminal failed: ${error instanceof Error ? error.message : String(error)}.`;

const TOO_MANY = `There are ${LIMITS.terminals.value} terminals, which is the bound. Close one.`;

function done(summary: string): Performed {
  const outcome: Outcome = { status: 'done', summary, bytes: 0, truncated: false };
  return { outcome, content: summary };
}

function failed(code: string, message: string): Performed {
  return { outcome: { status: 'failed', code, message }, content: message };
}

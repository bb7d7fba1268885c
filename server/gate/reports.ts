/** What a command or a terminal tells while it runs: its record, its live view, and the hosts that it asks for, through the gate. */
import type { CommandAction, ConnectAction } from '../../shared/action.ts';
import type { LiveEvent } from '../../shared/event.ts';
import type { ActionId, CallId } from '../../shared/ids.ts';
import type { Verdict } from '../../shared/verdict.ts';
import type { Asking, Reports } from '../run/perform.ts';
import type { EventLog } from '../store/log.ts';
import { Withdrawn } from './approvals.ts';
import { type InName, record } from './record.ts';

export interface ReportDeps {
  log: EventLog;
  live(event: LiveEvent): void;
  /** Brings a host that a command or a terminal asks for through the gate; fires `signal` where nobody waits for it any more. */
  connect(action: ConnectAction, signal: AbortSignal): Promise<Passed>;
}

/** What became of it: allowed or not, by which verdict, and in words where not. */
export interface Passed {
  allowed: boolean;
  verdict: Verdict;
  content: string;
}

export interface Teller extends InName {
  actionId: ActionId;
  callId: CallId | null;
  /** As a person would name what runs: the script of a command, or the name of a terminal. */
  title: string;
  runs: 'command' | 'terminal';
}

export function reportsOf({ log, live, connect }: ReportDeps, teller: Teller): Reports {
  const { actionId, session, callId, title, runs } = teller;
  const tool = runs === 'command' ? 'connect' : 'terminal_connect';
  const asking: Asking = {
    actionId,
    network: {
      async connect(target, signal) {
        const action: ConnectAction = { kind: 'connect', tool, ...target, command: { actionId, title } };
        return toAnswer(await connect(action, withdrawing(runs, signal)));
      },
      requested: (facts) => record(log, teller, { type: 'network.requested', data: { actionId, ...facts } }),
      ended: (facts) => record(log, teller, { type: 'network.ended', data: { actionId, ...facts } }),
    },
  };
  return {
    owner: session ?? '',
    ...asking,
    started: (facts) => record(log, teller, { type: 'command.started', data: { actionId, ...facts } }),
    finished: (facts, next) =>
      record(log, teller, {
        type: 'command.finished',
        data: { actionId, ...facts },
        durability: next === 'outcome' ? 'batched' : 'synced',
      }),
    output(offset, text) {
      if (session !== null && callId !== null)
        live({ type: 'command.output', session, callId, actionId, offset, text });
    },
    terminal: {
      ...asking,
      opened: (facts) => record(log, teller, { type: 'terminal.opened', data: { actionId, ...facts } }),
      renamed: (data) => record(log, teller, { type: 'terminal.renamed', data }),
      closed: (data) => record(log, teller, { type: 'terminal.closed', data, durability: 'synced' }),
    },
  };
}

export const commandTitle = ({ script, argv }: CommandAction): string => (script === '' ? argv.join(' ') : script);

/** The end of what asked takes its questions back. */
function withdrawing(runs: Teller['runs'], signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const withdraw = () =>
    controller.abort(new Withdrawn(`The ${runs} ended before anybody answered. It reached nothing there.`));
  signal.addEventListener('abort', withdraw, { once: true });
  if (signal.aborted) withdraw();
  return controller.signal;
}

/** The rule that decided; where a person did, that. */
function toAnswer({ allowed, verdict, content }: Passed): { allowed: boolean; rule: string; why: string } {
  const [first] = verdict.reasons;
  if (verdict.decision !== 'prompt') return { allowed, rule: first!.rule, why: first!.why };
  return { allowed, rule: 'approval', why: allowed ? 'A person allowed it.' : content };
}

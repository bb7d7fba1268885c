/** Carries out an action, for a permit, once. The only door to the world; what it opens on is given at start. */
import { digest as digestOf } from '../base/hash.ts';
import type {
  Action,
  CommandAction,
  ConnectAction,
  EditAction,
  Outcome,
  ReadAction,
  TaskAction,
  TerminalAction,
} from '../../shared/action.ts';
import type { EventData } from '../../shared/event.ts';
import type { ActionId } from '../../shared/ids.ts';
import type { NetworkReports } from './proxy/traffic.ts';

/** What came of an action: the fact for the record, and the text for who asked. */
export interface Performed {
  outcome: Outcome;
  content: string;
}

/** Never throws for what can be expected of a file system: that is an Outcome. */
export interface Performers {
  read(action: ReadAction, signal: AbortSignal): Promise<Performed>;
  edit(action: EditAction, signal: AbortSignal): Promise<Performed>;
  command(action: CommandAction, signal: AbortSignal, reports: CommandReports): Promise<Performed>;
  /** Lets a command or a terminal that runs reach a host, until it ends. */
  connect(action: ConnectAction): Promise<Performed>;
  task(action: TaskAction, reports: CommandReports): Promise<Performed>;
  terminal(action: TerminalAction, reports: TerminalReports): Promise<Performed>;
}

/** What a terminal tells: of its beginning before its first instruction, of its end whenever that comes. Each throws where the record fails. */
export interface TerminalReports extends Asking {
  opened(facts: Omit<EventData<'terminal.opened'>, 'actionId'>): void;
  renamed(facts: EventData<'terminal.renamed'>): void;
  closed(facts: EventData<'terminal.closed'>): void;
}

/** Of what has a network of its own. */
export interface Asking {
  /** Of the command's, or the terminal's, own action. */
  actionId: ActionId;
  /** Who answers for the hosts that it asks for, and where its requests are recorded. */
  network: NetworkReports;
}

/** All that an action may have to tell. */
export interface Reports extends CommandReports {
  terminal: TerminalReports;
}

/** What a command tells while it runs. `started` is called before its first instruction, once; `finished` once, also when it outlives its turn. */
export interface CommandReports extends Asking {
  /** Whose it is; background commands are read and stopped by the session that started them alone. */
  owner: string;
  started(facts: Omit<EventData<'command.started'>, 'actionId'>): void;
  /** On the disk when it returns, unless the outcome of the action follows at once, which is synced with all before it. */
  finished(facts: Omit<EventData<'command.finished'>, 'actionId'>, next: 'outcome' | 'nothing'): void;
  /** `offset` counts the bytes before this piece. */
  output(offset: number, text: string): void;
}

/** Proof that one action may run once. Only the mint that `createRunner` hands to the gate makes one. */
export interface Permit {
  readonly action: Exclude<Action, { kind: 'question' }>;
  readonly digest: string;
}

export interface Runner {
  perform(permit: Permit, signal: AbortSignal, reports: Reports): Promise<Performed>;
}

export type Mint = (action: Permit['action'], digest: string) => Permit;

export function createRunner(performers: Performers): { runner: Runner; mint: Mint } {
  const live = new WeakSet<Permit>();
  const mint: Mint = (action, digest) => {
    if (digestOf(action) !== digest) throw new Error('mint: the digest is not that of the action');
    const permit = Object.freeze({ action, digest });
    live.add(permit);
    return permit;
  };
  const runner: Runner = {
    async perform(permit, signal, reports) {
      if (!live.delete(permit)) throw new Error('perform: this permit was not minted here, or was used before');
      if (signal.aborted) return stopped();
      switch (permit.action.kind) {
        case 'read':
          return performers.read(permit.action, signal);
        case 'edit':
          return performers.edit(permit.action, signal);
        case 'command':
          return performers.command(permit.action, signal, reports);
        case 'connect':
          return performers.connect(permit.action);
        case 'task':
          return performers.task(permit.action, reports);
        case 'terminal':
          return performers.terminal(permit.action, reports.terminal);
      }
    },
  };
  return { runner, mint };
}

const stopped = (): Performed => ({
  outcome: { status: 'stopped', message: 'Stopped before it ran; nothing was done.' },
  content: 'Stopped before it ran; nothing was done.',
});

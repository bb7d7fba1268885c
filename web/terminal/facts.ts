/** What a card says of a terminal that is asked for, or that asks for a host: what it is, what it could touch, and what a yes does. */
import type { Action, TerminalAction } from '../../shared/action.ts';
import type { TerminalEnd, TerminalInfo } from '../../shared/terminal.ts';
import type { Touch } from '../approval/facts.ts';

/** Whether a request is drawn beside the terminals: it is for one, or comes out of one. */
export const isOfTerminals = ({ action }: { action: Action }): boolean =>
  action.kind === 'terminal' || (action.kind === 'connect' && action.tool === 'terminal_connect');

export function terminalTitle(action: TerminalAction): { verb: string; names: string[] } {
  switch (action.tool) {
    case 'host_terminal':
      return { verb: 'Host terminal', names: [action.name] };
    case 'open_terminal':
      return { verb: 'Terminal', names: [action.name] };
    case 'rename_terminal':
      return { verb: 'Rename a terminal to', names: [action.name] };
    case 'close_terminal':
      return { verb: 'Close a terminal', names: [] };
  }
}

export function terminalTouches(action: TerminalAction): Touch[] {
  switch (action.tool) {
    case 'host_terminal':
      return [
        { icon: 'warn', text: 'everything that you can: all your files, keys and programs', names: [] },
        { icon: 'globe', text: 'the network of this machine, this server included', names: [] },
        { icon: 'noeye', text: 'nothing of what is typed or printed is recorded', names: [] },
      ];
    case 'open_terminal':
      return [
        { icon: 'eye', text: 'reads the workspace without what may hold secrets, and installed programs', names: [] },
        { icon: 'pencil', text: 'can write any file of the workspace that is not protected', names: [] },
        action.network.mode === 'none'
          ? { icon: 'nonet', text: 'no network', names: [] }
          : { icon: 'globe', text: 'the network', names: action.network.hosts },
      ];
    case 'rename_terminal':
    case 'close_terminal':
      return [];
  }
}

export function terminalHappening(action: TerminalAction): { lead: string; names?: string[]; after?: string } {
  switch (action.tool) {
    case 'host_terminal':
      return { lead: 'Starts', names: [action.argv.join(' ')], after: 'On this machine itself, without a sandbox.' };
    case 'open_terminal':
      return { lead: 'Starts', names: [action.argv.join(' ')], after: 'Confined.' };
    case 'rename_terminal':
      return { lead: 'Gives it another name' };
    case 'close_terminal':
      return { lead: 'Ends its shell and all that runs in it' };
  }
}

/** How a shell ended, in a sentence. */
export function endWords({ place }: Pick<TerminalInfo, 'place'>, { why, code, signal }: TerminalEnd): string {
  if (why === 'server') return 'The server stopped, and this shell with it.';
  if (place.kind === 'sandbox' && code === 126)
    return 'It could not be confined, so nothing ran. The line above says why.';
  if (place.kind === 'sandbox' && code === 137)
    return 'The sandbox ended it: a hidden or protected file was replaced outside, or memory ran out.';
  return code === null ? `The shell was ended by ${signal}.` : `The shell ended with code ${code}.`;
}

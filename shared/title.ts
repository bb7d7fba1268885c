/** An action in one line: what it is, and of what. */
import type { Action, CommandAction, FileChange, ReadAction, TerminalAction } from './action.ts';
import { drawnOf, gitWords } from './drawn.ts';

/** One line for a card, a log or a list: what it is, and of what. */
export function titleOf(action: Action): string {
  switch (action.kind) {
    case 'read':
      return readTitle(action);
    case 'edit':
      if (action.reverts !== undefined)
        return `Revert ${action.changes.length === 1 ? action.changes[0]!.path : `${action.changes.length} files`}`;
      return action.changes.length === 1 ? changeTitle(action.changes[0]!) : `Edit ${action.changes.length} files`;
    case 'question':
      return 'Question';
    case 'command':
      return commandTitle(action);
    case 'connect':
      return `Reach ${shownHost(action)}`;
    case 'task':
      return action.tool === 'list_tasks'
        ? 'List background commands'
        : `${action.tool === 'read_task' ? 'Read' : 'Stop'} ${action.id}`;
    case 'terminal':
      return terminalTitle(action);
  }
}

/** HOST:PORT, an IPv6 address in brackets. */
export const shownHost = ({ host, port }: { host: string; port: number }): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

const VERBS = {
  ...{ run_command: 'Run', git_commit: 'Commit to git', git_branch: 'Make the git branch' },
  ...{ git_switch: 'Switch to the git branch', git_restore: 'Restore from git', git_stash: 'Stash' },
} as const;

function commandTitle(action: CommandAction): string {
  const drawn = drawnOf(action);
  switch (drawn.kind) {
    case 'script':
      return `Run ${drawn.script}`;
    case 'commit':
      return `Commit ${drawn.paths === null ? 'all changes' : drawn.paths.join(', ')} to git: ${drawn.message.split('\n')[0]!}`;
    case 'argv': {
      const words = gitWords(action.argv).join(' ');
      if (action.tool === 'git_stash' && words === 'pop') return 'Take stashed changes back';
      if (action.tool === 'git_stash' && words === 'push') return 'Stash changes in git';
      return `${VERBS[action.tool]} ${words}`;
    }
  }
}

function terminalTitle(action: TerminalAction): string {
  switch (action.tool) {
    case 'open_terminal':
      return `Open terminal ${action.name}`;
    case 'host_terminal':
      return `Open host terminal ${action.name}`;
    case 'rename_terminal':
      return `Rename a terminal to ${action.name}`;
    case 'close_terminal':
      return 'Close a terminal';
  }
}

function changeTitle(change: FileChange): string {
  switch (change.op) {
    case 'create':
      return `Create ${change.path}`;
    case 'modify':
      return `Edit ${change.path}`;
    case 'delete':
      return `Delete ${change.path}`;
    case 'move':
      return `Move ${change.from} to ${change.path}`;
  }
}

function readTitle(action: ReadAction): string {
  switch (action.tool) {
    case 'read_file':
      return `Read ${action.path}`;
    case 'list_directory':
      return `List ${action.path}`;
    case 'find_files':
      return `Find ${action.query}`;
    case 'search_text':
      return `Search ${action.pattern}`;
  }
}

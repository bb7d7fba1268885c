/** The one line of a tool card: verb, target, state, duration. */
import type { Action, EditAction } from '../../shared/action.ts';
import type { ToolArgs } from '../../shared/message.ts';
import type { ToolItem } from '../../shared/timeline.ts';
import { shownHost, titleOf } from '../../shared/title.ts';
import { commandState, commandTarget } from '../command/line.ts';
import { countLines } from '../review/rows.ts';
import { hunksOf } from '../approval/selection.ts';
import type { IconName } from '../ui/icons.ts';
import type { Tone } from '../ui/tone.ts';

const TOOLS: Record<string, { verb: string; icon: IconName }> = {
  read_file: { verb: 'Read', icon: 'eye' },
  list_directory: { verb: 'List', icon: 'folder' },
  find_files: { verb: 'Find', icon: 'search' },
  search_text: { verb: 'Search', icon: 'search' },
  symbols: { verb: 'Symbols', icon: 'hash' },
  outline: { verb: 'Outline', icon: 'rows' },
  edit_file: { verb: 'Edit', icon: 'pencil' },
  write_file: { verb: 'Write', icon: 'plus' },
  apply_patch: { verb: 'Patch', icon: 'split' },
  move_file: { verb: 'Move', icon: 'out' },
  delete_file: { verb: 'Delete', icon: 'x' },
  run_command: { verb: 'Run', icon: 'term' },
  read_task: { verb: 'Output', icon: 'term' },
  stop_task: { verb: 'Stop', icon: 'stop' },
  list_tasks: { verb: 'Tasks', icon: 'list' },
  git_commit: { verb: 'Commit', icon: 'branch' },
  git_branch: { verb: 'Branch', icon: 'branch' },
  git_switch: { verb: 'Switch', icon: 'branch' },
  git_restore: { verb: 'Restore', icon: 'undo' },
  git_stash: { verb: 'Stash', icon: 'branch' },
  update_plan: { verb: 'Plan', icon: 'list' },
  ask_user: { verb: 'Ask', icon: 'quote' },
};

/** An unknown tool is named as the model named it. */
export function verbOf(name: string): { verb: string; icon: IconName } {
  return Object.hasOwn(TOOLS, name) ? TOOLS[name]! : { verb: 'Call', icon: 'more' };
}

export interface Target {
  /** Drawn as a path: its folder dimmed. Empty where there is none. */
  path: string;
  /** Drawn as code. */
  code: string;
  /** Drawn in the second voice. */
  note: string;
  counts: { added: number; removed: number } | null;
}

const target = (over: Partial<Target>): Target => ({ path: '', code: '', note: '', counts: null, ...over });

/** From what would be done where that is known, else from what the model asked for. */
export function targetOf(item: Pick<ToolItem, 'name' | 'action' | 'args'>): Target {
  if (item.action) return ofAction(item.action);
  if (item.args.kind === 'malformed') return target({ code: item.name, note: 'arguments that are not JSON' });
  const found = argOf(item.args, ['path', 'from', 'query', 'pattern', 'command', 'question']);
  const known = Object.hasOwn(TOOLS, item.name);
  if (!known) return target({ code: item.name });
  if (item.name === 'update_plan') return target({ note: `${listOf(item.args, 'steps')} steps` });
  return found.name === 'path' || found.name === 'from' ? target({ path: found.text }) : target({ code: found.text });
}

function ofAction(action: Action): Target {
  switch (action.kind) {
    case 'edit':
      return ofEdit(action);
    case 'question':
      return target({ note: action.question });
    case 'read':
      if (action.tool === 'find_files') return target({ code: action.query, note: below(action.path) });
      if (action.tool === 'search_text') return target({ code: action.pattern, note: below(action.path) });
      if (action.tool === 'list_directory') return target({ path: action.path });
      return target({ path: action.path, note: lineRange(action) });
    case 'command':
      return target(commandTarget(action));
    case 'connect':
      return target({ code: shownHost(action) });
    case 'task':
      return action.id === '' ? target({ note: 'in the background' }) : target({ code: action.id });
    case 'terminal':
      return target({ note: titleOf(action) });
  }
}

/** One line for a list of requests, as their cards have it. */
export function lineOf(action: Action): string {
  if (action.kind !== 'command') return titleOf(action);
  const { code, note } = commandTarget(action);
  return [verbOf(action.tool).verb, code, note].filter((word) => word !== '').join(' ');
}

const below = (path: string) => (path === '.' ? '' : `in ${path}`);

function lineRange({ startLine, endLine }: { startLine: number; endLine: number | null }): string {
  if (endLine !== null) return `${startLine}–${endLine}`;
  return startLine > 1 ? `from ${startLine}` : '';
}

function ofEdit(action: EditAction): Target {
  const counts = countLines(action.changes.flatMap(hunksOf));
  const [first] = action.changes;
  if (action.changes.length > 1) return target({ note: `${action.changes.length} files`, counts });
  const note = first!.op === 'move' ? `from ${first!.from}` : '';
  return target({ path: first!.path, note, counts });
}

function argOf(args: ToolArgs, names: string[]): { name: string; text: string } {
  if (args.kind === 'malformed') return { name: '', text: '' };
  for (const name of names) {
    const value = Object.hasOwn(args.value, name) ? args.value[name] : undefined;
    if (typeof value === 'string' && value !== '') return { name, text: value };
  }
  return { name: '', text: '' };
}

function listOf(args: ToolArgs, name: string): number {
  const value = args.kind === 'json' && Object.hasOwn(args.value, name) ? args.value[name] : undefined;
  return Array.isArray(value) ? value.length : 0;
}

export interface StateWord {
  tone: Tone;
  icon: IconName;
  word: string;
}

export function stateOf(item: ToolItem): StateWord {
  const ofCommand = commandState(item);
  if (ofCommand !== null) return ofCommand;
  switch (item.state) {
    case 'called':
      return { tone: 'plain', icon: 'more', word: 'Called' };
    case 'waiting':
      return { tone: 'waiting', icon: 'clock', word: 'Waiting' };
    case 'running':
      return { tone: 'plain', icon: 'play', word: 'Running' };
    case 'failed':
      return { tone: 'denied', icon: 'warn', word: 'Failed' };
    case 'stopped':
      return { tone: 'plain', icon: 'stop', word: 'Stopped' };
    case 'denied':
      return deniedWord(item);
    case 'done':
      return doneWord(item);
  }
}

function deniedWord({ approval, action }: ToolItem): StateWord {
  if (approval?.state === 'expired') return { tone: 'denied', icon: 'ban', word: 'Not answered' };
  if (action?.kind === 'question') return { tone: 'plain', icon: 'ban', word: 'Skipped' };
  if (approval?.answer === 'stop') return { tone: 'denied', icon: 'ban', word: 'Denied, turn stopped' };
  return { tone: 'denied', icon: 'ban', word: approval?.answer === 'deny' ? 'Denied by you' : 'Denied' };
}

function doneWord({ approval, action }: ToolItem): StateWord {
  const word = (() => {
    switch (approval?.answer) {
      case 'allow-once':
        return 'Allowed once';
      case 'allow-session':
        return 'Allowed for session';
      case 'allow-rule':
        return 'Allowed, with a rule';
      case 'allow-hunks':
        return action?.kind === 'edit' ? hunkWord(action.changes.flatMap(hunksOf).length) : 'Allowed in part';
      case 'edit':
        return 'Allowed as you wrote it';
      case 'reply':
        return 'Answered';
      default:
        return action ? 'Allowed' : 'Done';
    }
  })();
  return { tone: 'allowed', icon: 'check', word };
}

const hunkWord = (count: number) => (count === 1 ? '1 hunk allowed' : `${count} hunks allowed`);

/** Milliseconds from when it was let go on to its end, for a command those that it ran; null while it has none. */
export function tookMs(item: Pick<ToolItem, 'startedAt' | 'endedAt' | 'command'>): number | null {
  const { startedAt, endedAt, command } = item;
  if (command !== null) return command.end === null || command.end.lost ? null : command.end.durationMs;
  if (endedAt === '') return null;
  const took = Date.parse(endedAt) - Date.parse(startedAt);
  return Number.isFinite(took) ? Math.max(0, took) : null;
}

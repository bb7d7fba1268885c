/** One tool call as others may see it: what it was, of what, who let it, and what came of it. */
import type { Action, CommandAction, FileChange, ReadAction } from '../../shared/action.ts';
import { drawnOf, gitWords } from '../../shared/drawn.ts';
import type { AnswerKind } from '../../shared/event.ts';
import type { ShareChange, ShareTool, ShareVerb } from '../../shared/share.ts';

/** What is known of a call until it is answered. */
export interface OpenCall {
  name: string;
  /** As it was let through, or is to be. */
  action: Action | null;
  proposed: Action | null;
  /** The policy calls a file of it sensitive: its content and its output are not shown. */
  isSensitive: boolean;
  state: ShareTool['state'];
  by: ShareTool['by'];
  answer: AnswerKind | '';
  words: string;
  code: number | null;
  durationMs: number | null;
}

export const openCall = (name: string): OpenCall => ({
  ...{ name, action: null, proposed: null, isSensitive: false, state: 'done', by: 'none', answer: '', words: '' },
  ...{ code: null, durationMs: null },
});

export interface CallEnd {
  isError: boolean;
  /** What the model was told. Of commands alone it is shown, where the owner lets it. */
  content: string;
  at: string;
  output: boolean;
}

export function toolStep(call: OpenCall, { isError, content, at, output }: CallEnd): ShareTool {
  const { action, state, by, answer, words, code, durationMs } = call;
  const { verb, target } = titleOf(call);
  const isPart = answer === 'allow-hunks';
  const shows = output && action?.kind === 'command' && !call.isSensitive && by !== 'nobody' && state !== 'denied';
  return {
    kind: 'tool',
    at,
    verb,
    target,
    state: action === null && isError ? 'failed' : state,
    by,
    answer: ANSWERS[answer],
    words,
    changes: action?.kind === 'edit' ? action.changes.map((change) => changeOf(change, call.isSensitive)) : [],
    landed: isPart ? hunksOf(action) : 0,
    hunks: isPart ? hunksOf(call.proposed) : 0,
    output: shows ? printed(content) : null,
    code,
    durationMs,
  };
}

const ANSWERS: Record<AnswerKind | '', ShareTool['answer']> = {
  '': '',
  'allow-once': 'once',
  'allow-session': 'session',
  'allow-rule': 'rule',
  'allow-hunks': 'part',
  edit: 'edited',
  reply: 'replied',
  deny: 'denied',
  stop: 'stopped',
};

/** The first line says how it ended, which the step says by itself. */
const printed = (content: string): string =>
  content.replace(/^(?:Exit code -?\d+[^\n]*|Ended by [^\n]*|Stopped after [^\n]*)(?:\n|$)/, '');

const hunksOf = (action: Action | null): number =>
  action?.kind !== 'edit'
    ? 0
    : action.changes.reduce((sum, { diff }) => sum + (diff.kind === 'text' ? diff.hunks.length : 0), 0);

function changeOf({ op, path, from, diff }: FileChange, isSensitive: boolean): ShareChange {
  const place = { op, path, from: op === 'move' ? from : '' };
  if (diff.kind === 'opaque') return { ...place, added: 0, removed: 0, hunks: [], left: 'opaque' };
  const { added, removed } = diff;
  if (isSensitive) return { ...place, added, removed, hunks: [], left: 'sensitive' };
  const hunks = diff.hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => ({
    ...{ oldStart, oldLines, newStart, newLines },
    lines: [...lines],
  }));
  return { ...place, added, removed, hunks, left: '' };
}

interface Title {
  verb: ShareVerb;
  target: string;
}

const EDITS = { create: 'Create', modify: 'Edit', delete: 'Delete', move: 'Move' } as const;

function titleOf({ action, name }: OpenCall): Title {
  if (action === null) return { verb: 'Use', target: KNOWN_TOOLS.test(name) ? name : '' };
  switch (action.kind) {
    case 'edit': {
      const [first, ...others] = action.changes;
      if (first === undefined || others.length > 0) return { verb: 'Edit', target: `${action.changes.length} files` };
      return { verb: EDITS[first.op], target: first.path };
    }
    case 'read':
      return readTitle(action);
    case 'question':
      return { verb: 'Ask', target: [action.question, ...action.choices.map((choice) => `· ${choice}`)].join('\n') };
    case 'command':
      return commandTitle(action);
    case 'task':
      return { verb: action.tool === 'stop_task' ? 'Stop' : 'Check', target: 'background commands' };
    // None of these is a tool of the agent: what a command reaches, and terminals, are not shared.
    case 'connect':
    case 'terminal':
      return { verb: 'Use', target: '' };
  }
}

function readTitle(action: ReadAction): Title {
  switch (action.tool) {
    case 'read_file':
      return { verb: 'Read', target: action.path };
    case 'list_directory':
      return { verb: 'List', target: action.path };
    case 'find_files':
      return { verb: 'Find', target: action.query };
    case 'search_text':
      return { verb: 'Search', target: action.pattern };
  }
}

/** A name that is one of ours: of what a model makes up, nothing is passed on. */
const KNOWN_TOOLS = /^[a-z]+(?:_[a-z]+){0,3}$/;

const COMMAND_VERBS: Record<CommandAction['tool'], ShareVerb> = {
  run_command: 'Run',
  git_commit: 'Commit',
  git_branch: 'Branch',
  git_switch: 'Switch',
  git_restore: 'Restore',
  git_stash: 'Stash',
};

function commandTitle(action: CommandAction): Title {
  const drawn = drawnOf(action);
  const verb = COMMAND_VERBS[action.tool];
  switch (drawn.kind) {
    case 'script':
      return { verb, target: drawn.script };
    case 'commit':
      return { verb, target: drawn.message };
    case 'argv':
      return { verb, target: gitWords(action.argv).join(' ') };
  }
}

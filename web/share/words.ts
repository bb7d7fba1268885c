/** The steps of a share in words: what a call was, who let it, how it ended, what befell a turn. */
import type { ShareChange, ShareStep, ShareTool, ShareVerb } from '../../shared/share.ts';
import type { IconName } from '../ui/icons.ts';
import type { Tone } from '../ui/tone.ts';
import { day } from '../ui/when.ts';

export const VERB_ICONS: Record<ShareVerb, IconName> = {
  Read: 'eye',
  List: 'folder',
  Find: 'search',
  Search: 'search',
  Edit: 'pencil',
  Create: 'plus',
  Delete: 'trash',
  Move: 'file',
  Run: 'term',
  Commit: 'branch',
  Branch: 'branch',
  Switch: 'branch',
  Restore: 'undo',
  Stash: 'archive',
  Ask: 'comment',
  Check: 'term',
  Stop: 'stop',
  Use: 'more',
};

/** Verbs whose target is a path, drawn as one. */
export const ON_PATH = new Set<ShareVerb>(['Read', 'List', 'Edit', 'Create', 'Delete', 'Move']);

export interface Standing {
  tone: Tone;
  icon: IconName;
  word: string;
}

/** Who said yes or no, and how it ended: the one that matters more. */
export function standingOf(tool: ShareTool): Standing {
  const { state, by, answer, code } = tool;
  if (state === 'denied') {
    const word = by === 'owner' ? 'Denied by the owner' : by === 'nobody' ? 'Never answered' : 'Denied by a rule';
    return { tone: 'denied', icon: 'ban', word };
  }
  if (state === 'stopped') return { tone: 'plain', icon: 'stop', word: 'Stopped' };
  if (state === 'failed')
    return { tone: 'denied', icon: 'warn', word: code === null ? 'Failed' : `Failed, exit ${code}` };
  return { tone: 'allowed', icon: 'check', word: ALLOWED[answer](tool) };
}

const ALLOWED: Record<ShareTool['answer'], (tool: ShareTool) => string> = {
  '': ({ by }) => (by === 'none' ? 'Done' : 'Allowed'),
  once: () => 'Allowed by the owner',
  session: () => 'Allowed for the session',
  rule: () => 'Allowed, and made a rule',
  part: ({ landed, hunks }) => `${landed} of ${hunks} hunks`,
  edited: () => 'Allowed as the owner edited it',
  replied: () => 'Answered',
  denied: () => 'Denied',
  stopped: () => 'Stopped',
};

export const countsOf = (changes: readonly ShareChange[]): { added: number; removed: number } | null =>
  changes.length === 0
    ? null
    : {
        added: changes.reduce((sum, { added }) => sum + added, 0),
        removed: changes.reduce((sum, { removed }) => sum + removed, 0),
      };

export const LEFT: Record<ShareChange['left'], string> = {
  '': '',
  sensitive: 'Its lines are not shared: a rule calls the file sensitive.',
  opaque: 'It has no lines to show.',
  long: 'Its lines are not shared: they are too many.',
};

type Notice = Extract<ShareStep, { kind: 'notice' }>['what'];

export const NOTICES: Record<Notice, { tone: 'info' | 'warning' | 'error'; title: string }> = {
  stopped: { tone: 'info', title: 'Stopped by the owner' },
  interrupted: { tone: 'warning', title: 'Interrupted by a restart' },
  limit: { tone: 'warning', title: 'Stopped at a limit' },
  failed: { tone: 'error', title: 'The turn failed' },
  forked: { tone: 'info', title: 'Forked here: what stands above was copied from another session' },
  imported: { tone: 'info', title: 'Imported: what stands above came from elsewhere' },
  cut: { tone: 'warning', title: 'The share ends here: the session is too long to be shown whole' },
};

/** How requests were answered, of those that a person was asked. */
export function answersIn(steps: readonly ShareStep[]): { allowed: number; denied: number } {
  const asked = steps.filter((step) => step.kind === 'tool').filter(({ by }) => by === 'owner' || by === 'nobody');
  const denied = asked.filter(({ state }) => state === 'denied').length;
  return { allowed: asked.length - denied, denied };
}

/** `23 h 41 min`, `41 min`, `less than a minute`; of what is past, empty. */
export function leftUntil(end: Date, now: Date): string {
  const minutes = Math.floor((end.getTime() - now.getTime()) / 60_000);
  if (end <= now) return '';
  if (minutes < 1) return 'less than a minute';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

/** `today` and `yesterday` in the midst of a sentence; dates as they are. */
export const dayWord = (at: Date, now: Date): string =>
  day(at, now).replace(/^(?:Today|Yesterday)$/, (word) => word.toLowerCase());

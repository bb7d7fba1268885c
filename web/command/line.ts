/** The one line of a command's card: what was run, how it stands, how it ended. */
import type { CommandAction } from '../../shared/action.ts';
import { drawnOf, gitWords } from '../../shared/drawn.ts';
import type { ToolItem } from '../../shared/timeline.ts';
import type { CommandEnd } from '../../shared/timeline-command.ts';
import type { StateWord } from '../chat/tool-line.ts';
import { counted } from '../ui/size.ts';

/** Its first line as code, and what a line has no room for as a note. */
export function commandTarget(action: CommandAction): { code: string; note: string } {
  const drawn = drawnOf(action);
  if (drawn.kind === 'argv') return { code: gitWords(action.argv).join(' '), note: '' };
  const text = drawn.kind === 'script' ? drawn.script : drawn.message;
  const [first, more] = firstLine(text);
  const place = drawn.kind === 'script' && action.cwd !== '.' ? `in ${action.cwd}` : '';
  const files = drawn.kind === 'commit' && drawn.paths !== null ? counted(drawn.paths.length, 'path') : '';
  return { code: first, note: [more, place, files].filter((word) => word !== '').join(', ') };
}

/** The first line that is not blank, and how many follow it. */
function firstLine(text: string): [string, string] {
  const lines = text.replace(/\s+$/, '').split('\n');
  const at = Math.max(0, lines.findIndex((line) => line.trim() !== '')); // prettier-ignore
  const more = lines.length - at - 1;
  return [lines[at]!.trim(), more > 0 ? `and ${counted(more, 'more line')}` : ''];
}

/** How it ended; null while it runs and where it never began. */
export function endOf({
  command,
  outcome,
}: Pick<ToolItem, 'command' | 'outcome'>): Omit<CommandEnd, 'findings' | 'output'> | null {
  return command?.end ?? (outcome?.status === 'exited' ? { ...outcome, lost: false } : null);
}

/** In place of the state of any other call; null where that says it all. */
export function commandState(item: ToolItem): StateWord | null {
  if (item.command?.end?.lost) return { tone: 'waiting', icon: 'stop', word: 'Cut off' };
  if (item.command === null || (item.state !== 'done' && item.state !== 'failed')) return null;
  const end = endOf(item);
  const { background } = item.command.facts;
  if (end === null) return background ? { tone: 'plain', icon: 'play', word: 'In the background' } : null;
  if (end.uncovered) return { tone: 'denied', icon: 'shieldx', word: 'Ended by the sandbox' };
  if (end.timedOut) return { tone: 'denied', icon: 'clock', word: 'Timed out' };
  if (end.code === null && end.signal === '') return { tone: 'plain', icon: 'stop', word: 'Stopped' };
  if (end.code !== 0) return { tone: 'denied', icon: 'warn', word: 'Failed' };
  return background ? { tone: 'allowed', icon: 'check', word: 'Ended' } : null;
}

/** `exit 0`, `SIGKILL`; empty where there is none. */
export function exitWord(item: Pick<ToolItem, 'command' | 'outcome'>): string {
  const end = endOf(item);
  if (end === null) return '';
  return end.code === null ? end.signal : `exit ${end.code}`;
}

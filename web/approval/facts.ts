/** What a card says of its request, from the action and the verdict alone: title, marks, reach, and what will happen. */
import type { Action, CommandAction, ConnectAction, EditAction, FileChange } from '../../shared/action.ts';
import { pathsOf } from '../../shared/action.ts';
import type { PendingApproval } from '../../shared/api.ts';
import type { AnswerKind } from '../../shared/event.ts';
import { shownHost } from '../../shared/title.ts';
import type { PathMark, Reason, Verdict } from '../../shared/verdict.ts';
import { commandTitle, hiddenInCommand, taskTitle, timeWords } from '../command/facts.ts';
import { countLines } from '../review/rows.ts';
import { terminalHappening, terminalTitle, terminalTouches } from '../terminal/facts.ts';
import type { IconName } from '../ui/icons.ts';
import { hiddenCount } from '../ui/visible.ts';
import { hunksOf, unitsOf, type Unit } from './selection.ts';

/** What a card is drawn from; a request in the list of all, and one in a conversation, both are this. */
export type CardRequest = Pick<
  PendingApproval,
  'id' | 'digest' | 'action' | 'verdict' | 'answers' | 'expiresAt' | 'requestedAt'
>;

/** A word and the exact names it is said of; the names are drawn as code. */
export interface Title {
  verb: string;
  names: string[];
  rest: string;
}

const VERBS = { create: 'Create', modify: 'Edit', delete: 'Delete', move: 'Move' } as const;

export function titleParts(action: Action): Title {
  switch (action.kind) {
    case 'question':
      return { verb: 'The agent asks', names: [], rest: '' };
    case 'read':
      return { verb: READ_VERBS[action.tool], names: [readTarget(action)], rest: '' };
    case 'edit': {
      const [first] = action.changes;
      if (action.changes.length > 1) return { verb: 'Edit', names: [], rest: `${action.changes.length} files` };
      return {
        verb: VERBS[first!.op],
        names: first!.op === 'move' ? [first!.from, first!.path] : [first!.path],
        rest: '',
      };
    }
    case 'command':
      return { ...commandTitle(action), rest: '' };
    case 'connect':
      return { verb: 'Reach', names: [shownHost(action)], rest: '' };
    case 'task':
      return { verb: taskTitle(action), names: action.id === '' ? [] : [action.id], rest: '' };
    case 'terminal':
      return { ...terminalTitle(action), rest: '' };
  }
}

const READ_VERBS = {
  read_file: 'Read',
  list_directory: 'List',
  find_files: 'Find',
  search_text: 'Search',
} as const;

function readTarget(action: Action & { kind: 'read' }): string {
  if (action.tool === 'find_files') return action.query;
  return action.tool === 'search_text' ? action.pattern : action.path;
}

/** The first rule that spoke and called a path this. */
const calling = (verdict: Verdict, mark: PathMark): Reason | undefined =>
  verdict.reasons.find(({ about }) => about.kind === mark);

/** What would be changed is run by something, or can be. */
const canRunLater = (verdict: Verdict): boolean =>
  [calling(verdict, 'execSurface'), calling(verdict, 'executable')].some((reason) => reason !== undefined);

export interface Mark {
  tone: 'waiting' | 'denied';
  icon: IconName;
  text: string;
  title: string;
}

const CHIPS: { mark: PathMark; icon: IconName; text: string }[] = [
  { mark: 'execSurface', icon: 'bolt', text: 'exec surface' },
  { mark: 'executable', icon: 'bolt', text: 'becomes executable' },
  { mark: 'sensitive', icon: 'lock', text: 'sensitive' },
];

/** The chips behind the title. */
export function marksOf(action: Action, verdict: Verdict): Mark[] {
  const marks: Mark[] = [];
  for (const { mark, icon, text } of CHIPS) {
    const reason = calling(verdict, mark);
    if (reason) marks.push({ tone: 'waiting', icon, text, title: reason.why });
  }
  if (action.kind === 'connect' && action.method !== 'CONNECT')
    marks.push({ tone: 'waiting', icon: 'eye', text: 'not encrypted', title: 'Whoever is on the way can read it' });
  if (action.kind === 'terminal' && action.tool === 'host_terminal')
    marks.push({ tone: 'denied', icon: 'warn', text: 'no sandbox', title: 'It runs on this machine itself' });
  if (action.kind === 'command' && action.network.mode !== 'none') {
    const text = action.network.mode === 'host' ? 'network of this machine' : 'network';
    marks.push({ tone: 'waiting', icon: 'globe', text, title: 'What it can read, it could send' });
  }
  if (!verdict.inspectable)
    marks.push({ tone: 'denied', icon: 'noeye', text: 'not inspectable', title: 'It could not be read to its end' });
  const hidden = hiddenIn(action);
  if (hidden > 0) {
    const text = hidden === 1 ? '1 hidden character' : `${hidden} hidden characters`;
    marks.push({ tone: 'denied', icon: 'warn', text, title: 'Drawn below as what they are' });
  }
  return marks;
}

/**
 * Hidden characters in what is asked for: in names, in what is executed, and in lines that would be added. In those a line end
 * of CR LF is not one; in a script it is.
 */
export function hiddenIn(action: Action): number {
  if (action.kind === 'command') return hiddenInCommand(action);
  const texts = pathsOf(action);
  if (action.kind === 'connect') texts.push(action.command.title);
  if (action.kind === 'question') texts.push(action.question, ...action.choices);
  if (action.kind === 'edit') texts.push(...action.changes.flatMap(addedLines));
  return texts.reduce((sum, text) => sum + hiddenCount(text), 0);
}

const addedLines = (change: FileChange) =>
  hunksOf(change).flatMap((hunk) =>
    hunk.lines.filter((line) => line.startsWith('+')).map((line) => line.slice(1).replace(/\r$/, '')),
  );

export interface Touch {
  icon: IconName;
  text: string;
  /** Exact names, drawn as code. */
  names: string[];
}

const SHOWN_NAMES = 4;

/** What it could touch: reads, writes, network. */
export function touchesOf(action: Action, verdict: Verdict): Touch[] {
  switch (action.kind) {
    case 'question':
      return [{ icon: 'noeye', text: 'nothing: your answer goes to the agent', names: [] }];
    case 'read': {
      const text = action.tool === 'read_file' ? 'reads' : 'searches below';
      return [{ icon: 'eye', text, names: [action.path] }, NO_NETWORK];
    }
    case 'edit': {
      const touches = [...writes(action), ...deletes(action)];
      if (canRunLater(verdict)) touches.push({ icon: 'bolt', text: 'can be run later by other tools', names: [] });
      return [...touches, NO_NETWORK];
    }
    case 'command':
      return commandTouches(action);
    case 'connect':
      return [{ icon: 'globe', text: `sends what the ${askerOf(action)} can read to`, names: [shownHost(action)] }];
    case 'task':
      return [{ icon: 'noeye', text: 'nothing but a command that this session started', names: [] }];
    case 'terminal':
      return terminalTouches(action);
  }
}

const askerOf = ({ tool }: ConnectAction) => (tool === 'connect' ? 'command' : 'terminal');

/** Its network is told with the command itself. */
function commandTouches({ git }: CommandAction): Touch[] {
  const touches: Touch[] = [
    { icon: 'eye', text: 'reads the workspace without what may hold secrets, and installed programs', names: [] },
    { icon: 'pencil', text: 'can write any file of the workspace that is not protected', names: [] },
  ];
  const kept: Touch = { icon: 'branch', text: 'writes what git keeps, but nothing there that could run', names: [] };
  return git === 'guarded' ? [...touches, kept] : touches;
}

const NO_NETWORK: Touch = { icon: 'nonet', text: 'no network', names: [] };

function writes(action: EditAction): Touch[] {
  const names = action.changes.filter((change) => change.op !== 'delete').map((change) => change.path);
  return names.length === 0 ? [] : [{ icon: 'pencil', ...named('writes', names) }];
}

function deletes(action: EditAction): Touch[] {
  const gone = action.changes.filter((change) => change.op === 'delete' || change.op === 'move');
  return gone.length === 0 ? [] : [{ icon: 'x', ...named('removes', gone.map((change) => change.from)) }]; // prettier-ignore
}

function named(verb: string, names: string[]): { text: string; names: string[] } {
  const more = names.length - SHOWN_NAMES;
  return more > 0 ? { text: `${verb} ${names.length} files`, names: [] } : { text: verb, names };
}

export interface Happening {
  /** The sentence's first words, drawn strong; then the names, the counts, and what else is to be said. */
  lead: string;
  names: string[];
  added: number;
  removed: number;
  after: string;
}

/** What an answer of yes would do, in one sentence. `out` are the keys of what is left out. */
export function happening(action: Action, out: ReadonlySet<string>): Happening {
  if (action.kind !== 'edit') return { names: [], added: 0, removed: 0, after: '', ...simply(action) };
  const units = unitsOf(action);
  const landing = units.filter((unit) => !out.has(unit.key));
  const { added, removed } = countLines(landing.flatMap((unit) => unit.hunks));
  const names = action.changes.length === 1 ? [action.changes[0]!.path] : [];
  if (landing.length === units.length) return { lead: wholeLead(action, units), names, added, removed, after: '' };
  const noun = units.every((unit) => !unit.whole) ? 'hunks' : 'parts';
  const left = units.filter((unit) => out.has(unit.key)).map((unit) => unit.number);
  const after = landing.length === 0 ? 'Tick one, or deny.' : leftWords(left, noun);
  return { lead: `Lands ${landing.length} of ${units.length} ${noun}`, names, added, removed, after };
}

function simply(action: Exclude<Action, EditAction>): Partial<Happening> & Pick<Happening, 'lead'> {
  switch (action.kind) {
    case 'read':
      return { lead: 'Reads once', names: [readTarget(action)] };
    case 'question':
      return { lead: 'Sends your answer to the agent' };
    case 'connect':
      return { lead: `Lets this ${askerOf(action)} reach`, names: [shownHost(action)], after: 'Until it ends.' };
    case 'task':
      return { lead: taskTitle(action), names: action.id === '' ? [] : [action.id] };
    case 'terminal':
      return terminalHappening(action);
    case 'command': {
      const most = `${timeWords(action.limits.wallMs)} at most`;
      if (action.background) return { lead: 'Starts it once, in the background', after: `Confined, ${most}.` };
      return { lead: 'Runs it once', after: `Confined, ${most}.` };
    }
  }
}

function wholeLead(action: EditAction, units: Unit[]): string {
  if (action.changes.length > 1) return `Makes all changes in ${action.changes.length} files`;
  switch (action.changes[0]!.op) {
    case 'create':
      return 'Creates';
    case 'delete':
      return 'Deletes';
    case 'move':
      return 'Moves to';
    case 'modify':
      if (units[0]?.whole) return 'Replaces the bytes of';
      return units.length === 1 ? 'Lands 1 hunk' : `Lands all ${units.length} hunks`;
  }
}

function leftWords(numbers: number[], noun: string): string {
  const one = noun === 'hunks' ? 'Hunk' : 'Part';
  if (numbers.length === 1) return `${one} ${numbers[0]} returns to the agent.`;
  if (numbers.length > SHOWN_NAMES) return `${numbers.length} ${noun} return to the agent.`;
  return `${one}s ${numbers.slice(0, -1).join(', ')} and ${numbers.at(-1)} return to the agent.`;
}

/** Why "Allow for session" is not on offer; empty where it is. */
export function whyNoSession(answers: readonly AnswerKind[], verdict: Verdict): string {
  if (answers.includes('allow-session')) return '';
  if (calling(verdict, 'execSurface')) return 'Exec surfaces always ask.';
  if (calling(verdict, 'executable')) return 'What becomes executable always asks.';
  if (calling(verdict, 'sensitive')) return 'What may hold secrets always asks.';
  if (!verdict.inspectable) return 'Not inspectable: no session answer.';
  const floor = verdict.reasons.find((reason) => reason.decision === 'prompt' && reason.layer !== 'default');
  return floor ? `Rule ${floor.rule} asks each time.` : 'This is asked each time.';
}

/** Why "Make a rule" is not on offer; empty where it is. */
export function whyNoRule(answers: readonly AnswerKind[], verdict: Verdict): string {
  if (answers.includes('allow-rule')) return '';
  return answers.includes('allow-session')
    ? 'A rule is made from a command that is known to the letter, with what it runs, from one file, or from one host.'
    : whyNoSession(answers, verdict);
}

/** Riskiest first, then the one that waits longest. */
export function byRisk<T extends Pick<CardRequest, 'action' | 'verdict' | 'requestedAt'>>(requests: readonly T[]): T[] {
  const key = (one: T) => `${riskOf(one.action, one.verdict)}\0${one.requestedAt}`;
  return [...requests].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/**
 * 0 is the riskiest: what cannot be read to its end; what runs later or reaches the network; other commands, secrets and
 * removals; other writes; reads; questions.
 */
function riskOf(action: Action, verdict: Verdict): number {
  if (!verdict.inspectable) return 0;
  if (canRunLater(verdict)) return 1;
  if (action.kind === 'connect') return 1;
  if (action.kind === 'command') return action.network.mode === 'none' ? 2 : 1;
  if (action.kind === 'terminal') return 1;
  if (calling(verdict, 'sensitive')) return 2;
  if (action.kind === 'edit') return action.changes.some((change) => change.op === 'delete') ? 2 : 3;
  return action.kind === 'read' ? 4 : 5;
}

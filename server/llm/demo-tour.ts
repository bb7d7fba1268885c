/** The scripted demo's next turn: a pure function of what was said and done so far. */
import type { Message } from '../../shared/message.ts';
import { changeFor, fileToRead, newFile } from './demo-edit.ts';
import * as words from './demo-words.ts';
import { argOf, lastOf, roundsOf, type Round, type Step } from './rounds.ts';
import type { ScriptTurn } from './script.ts';

type Call = NonNullable<ScriptTurn['calls']>[number];

/**
 * The first message, whatever it says, begins the tour; it goes on until it is over, also after a stop. Then commands are
 * obeyed; an edit that trust was missing for is proposed again; the second part is shown once; all else gets a short help.
 */
export function nextDemoTurn(messages: readonly Message[]): ScriptTurn {
  const rounds = roundsOf(messages);
  const now = rounds.at(-1) ?? { asked: '', said: '', steps: [] };
  const tour = tourIn(rounds);
  const command = commandIn(now.asked);
  if (!tour) return intro;
  if (!tour.over) return goOn(tour.steps);
  if (now.steps.length === 0) {
    if (command) return { calls: [command] };
    if (/^\s*(tour|again|restart)\b/i.test(now.asked)) return intro;
    if (kindOf(lastOf(tour.after, ...EDITS)) === 'untrusted') return onceMore(tour, now);
    return /^\s*(undo|key)\b/i.test(now.asked) || tour.sawSecond ? reply(now.asked, tour) : second(now.steps);
  }
  if (command) return { text: `${told(now.steps.at(-1))}\n\n${words.COMMANDS}` };
  return begins(now.steps, 'find_files') ? second(now.steps) : onceMore(tour, now);
}

const EDITS = ['edit_file', 'write_file'];

interface Tour {
  /** Of the tour itself, and with all that followed it. */
  steps: Step[];
  after: Step[];
  over: boolean;
  sawSecond: boolean;
}

/** The last tour that was begun. */
function tourIn(rounds: Round[]): Tour | null {
  const from = rounds.findLastIndex(({ steps }) => begins(steps, 'list_directory'));
  if (from < 0) return null;
  const own = rounds.slice(from);
  const end = own.findIndex(({ said }) => said.includes(words.CLOSING));
  const after = own.flatMap(({ steps }) => steps);
  const steps = end < 0 ? after : own.slice(0, end + 1).flatMap((round) => round.steps);
  return { steps, after, over: end >= 0, sawSecond: begins(after, 'find_files') };
}

/** Both parts begin with their tool beside a plan in one answer, and nothing else does. */
const begins = (steps: Step[], tool: string) =>
  steps.some(
    ({ call, answer }) =>
      call.name === tool && steps.some((other) => other.call.name === 'update_plan' && other.answer === answer),
  );

const firstPlan = (done: number): Call => ({ name: 'update_plan', args: words.planWith(words.FIRST_PLAN, done) });
const secondPlan = (done: number): Call => ({ name: 'update_plan', args: words.planWith(words.SECOND_PLAN, done) });

const intro: ScriptTurn = { text: words.INTRO, calls: [firstPlan(0), { name: 'list_directory', args: { path: '.' } }] };

const OUTSIDE = '../outside-of-the-workspace.txt';
const isOutside = (step: Step) => argOf(step, 'path') === OUTSIDE;

/** Each stage looks at what really came of those before it. */
function goOn(steps: Step[]): ScriptTurn {
  const listing = listingIn(steps);
  const edit = lastOf(steps, ...EDITS);
  const read = lastOf(
    steps.filter((step) => !isOutside(step)),
    'read_file',
  );
  const outside = steps.find(isOutside);
  if (!edit) {
    const path = fileToRead(listing);
    if (!read && path !== '')
      return { text: words.reading(path), calls: [firstPlan(1), { name: 'read_file', args: { path } }] };
    return propose(changeFor(read, listing), [firstPlan(2)]);
  }
  if (!outside) {
    if (kindOf(edit) === 'failed' && edit.call.name === 'edit_file') {
      const simpler = propose(newFile(listing), []);
      return { ...simpler, text: `${words.misfit(edit.result?.content ?? '')}\n\n${simpler.text}` };
    }
    return {
      text: `${reactTo(edit)}\n\n${words.BEFORE_OUTSIDE}`,
      calls: [firstPlan(3), { name: 'read_file', args: { path: OUTSIDE } }],
    };
  }
  if (steps.at(-1) === outside) {
    const refusal = outside.result?.isError ? words.refused(outside.result.content) : words.notRefused;
    return { text: refusal, calls: [firstPlan(words.FIRST_PLAN.length)] };
  }
  return { text: words.CLOSE };
}

function listingIn(steps: Step[]): string {
  const result = lastOf(steps, 'list_directory')?.result;
  return result && !result.isError ? result.content : '';
}

function propose(change: Call, before: Call[]): ScriptTurn {
  const path = typeof change.args === 'string' ? '' : String(change.args['path']);
  return { text: words.proposing(path, change.name === 'write_file'), calls: [...before, change] };
}

type Kind = 'none' | 'done' | 'untrusted' | 'policy' | 'person' | 'failed';

/** Told by the words that the gate gives to a model, which is all that a model has. */
function kindOf(edit: Step | undefined): Kind {
  if (!edit?.result) return 'none';
  const { content, isError } = edit.result;
  if (!isError) return 'done';
  if (content.startsWith('Denied by policy')) return /not trusted/i.test(content) ? 'untrusted' : 'policy';
  return content.startsWith('The person denied') ? 'person' : 'failed';
}

function reactTo(edit: Step): string {
  const path = argOf(edit, 'path');
  const content = edit.result?.content ?? '';
  switch (kindOf(edit)) {
    case 'done': {
      const thanks = /left out the rest/.test(content) ? words.partlyDone(path) : words.done(path);
      return `${thanks} ${words.undoing(path, edit.call.name === 'write_file')}`;
    }
    case 'untrusted':
      return words.untrusted(content);
    case 'policy':
      return words.againstPolicy(content);
    case 'person':
      return words.denied(/They say: (.*)$/s.exec(content)?.[1] ?? '');
    case 'none':
    case 'failed':
      return words.failed(content);
  }
}

/** The change for which trust was missing, on what stands there now. */
function onceMore({ after }: Tour, now: Round): ScriptTurn {
  const listing = listingIn(after);
  const edit = lastOf(now.steps, ...EDITS);
  if (edit) return { text: `${reactTo(edit)}\n\n${words.KEY_HELP}` };
  const before = lastOf(after, ...EDITS);
  const read = lastOf(now.steps, 'read_file');
  if (!read && before?.call.name === 'edit_file')
    return { calls: [{ name: 'read_file', args: { path: argOf(before, 'path') } }] };
  return propose(changeFor(read, listing), []);
}

function second(steps: Step[]): ScriptTurn {
  const search = lastOf(steps, 'search_text');
  const question = lastOf(steps, 'ask_user');
  if (!search) {
    const calls: Call[] = [
      { name: 'find_files', args: { query: 'readme' } },
      { name: 'search_text', args: { pattern: 'import' } },
    ];
    return { text: words.SECOND_INTRO, calls: [secondPlan(0), ...calls] };
  }
  if (!question) {
    const asking: Call = { name: 'ask_user', args: { question: words.QUESTION, choices: words.CHOICES } };
    return {
      text: `${words.searched(search.result?.content ?? '')}\n\n${words.BEFORE_QUESTION}`,
      calls: [secondPlan(1), asking],
    };
  }
  if (steps.at(-1) !== question) return { text: words.COMMANDS };
  const text = question.result && !question.result.isError ? words.answered(question.result.content) : words.unanswered;
  return { text, calls: [secondPlan(words.SECOND_PLAN.length)] };
}

/** `read PATH` and its like: what a person can have this script do. */
function commandIn(asked: string): Call | null {
  const [, verb, what] = /^\s*(list|read|find|search)\s+(\S.*?)\s*$/i.exec(asked) ?? [];
  switch (verb?.toLowerCase()) {
    case 'list':
      return { name: 'list_directory', args: { path: what! } };
    case 'read':
      return { name: 'read_file', args: { path: what! } };
    case 'find':
      return { name: 'find_files', args: { query: what! } };
    case 'search':
      return { name: 'search_text', args: { pattern: what! } };
    default:
      return null;
  }
}

const told = (step: Step | undefined): string =>
  step?.result?.isError ? words.failed(step.result.content) : 'There it is, in the card above.';

function reply(asked: string, { after }: Tour): ScriptTurn {
  if (/^\s*key\b/i.test(asked)) return { text: words.KEY_HELP };
  if (!/^\s*undo\b/i.test(asked)) return { text: words.COMMANDS };
  const edit = after.findLast((step) => EDITS.includes(step.call.name) && kindOf(step) === 'done');
  return {
    text: edit
      ? words.undoing(argOf(edit, 'path'), edit.call.name === 'write_file')
      : 'I changed nothing, so there is nothing to undo.',
  };
}

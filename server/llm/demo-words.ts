/** What the scripted demo says. Plain words, and nothing that the page does not show. */
import type { PlanStep } from '../../shared/message.ts';

export const FIRST_PLAN = [
  'Look at what is here',
  'Read one file',
  'Propose a change and wait for you',
  'Show a refusal',
];
export const SECOND_PLAN = ['Look for files and for text', 'Ask you a question'];

/** A plan with so many of its steps done; the next one is under way. */
export const planWith = (texts: string[], done: number): { steps: PlanStep[] } => ({
  steps: texts.map((text, at) => ({ text, state: at < done ? 'done' : at === done ? 'active' : 'pending' })),
});

/** Stands in the last words of the tour, and nowhere else: by it the demo knows that the tour is over. */
export const CLOSING = 'That was the tour.';

export const KEY_HELP =
  'To work with a model, stop vtcode, set `ANTHROPIC_API_KEY` or `OPENAI_API_KEY` in the environment, and start it again. ' +
  'Or start the server of LM Studio on its usual port, 1234: it is found by itself. ' +
  'Other servers go into your `config.toml`, under `[providers.NAME]`.';

export const COMMANDS =
  'I am a script, so I understand only a few things: `list PATH`, `read PATH`, `find NAME`, `search WORD`, `undo`, `key`, and `tour` to see it all again.';

export const INTRO =
  'This is a scripted demo: there is no model behind it, and nothing leaves this machine. ' +
  'The tools are real, though: what you see is your workspace, and what you allow is written.\n\nFirst I look at what is here.';

export const CLOSE = `${CLOSING} ${KEY_HELP}\n\nSend another message for a second, shorter part: searching, and a question to you.`;

export const SECOND_INTRO =
  'The second part. I look for files by their name and for text in files, both at once: reads do not wait for each other.';

export const BEFORE_QUESTION = 'The agent can also ask you something, and wait.';
export const QUESTION = 'What would you try first with a real model?';
export const CHOICES = ['Have code explained', 'Have a bug mended', 'Have a test written'];

export const BEFORE_OUTSIDE = 'Now something that is refused: I ask for a file outside of the workspace.';

export const reading = (path: string) => `I read \`${path}\`. Reading inside the workspace asks nobody.`;

export const proposing = (path: string, isNew: boolean) =>
  `I propose a change: ${isNew ? `a new file, \`${path}\`` : `one line in \`${path}\``}. ` +
  'You see exactly what would be written, and until you allow it nothing is. You can deny it, too, and say why.';

export const misfit = (content: string) =>
  `That edit does not fit the file: ${quote(content)} It changed nothing. I take a simpler one.`;

export const undoing = (path: string, isNew: boolean) =>
  isNew
    ? `To undo it, delete \`${path}\`.`
    : `To undo it, take the line out of \`${path}\` again, or restore the file with git.`;

export const done = (path: string) => `Thank you. \`${path}\` is written, with exactly the bytes that you saw.`;
export const partlyDone = (path: string) =>
  `Thank you. You let a part of it land: \`${path}\` has that part and no more.`;
export const denied = (reason: string) =>
  `You denied it, so nothing was changed.${reason === '' ? '' : ` Your reason came through: ${quote(reason)}`}`;
export const untrusted = (content: string) =>
  `That was denied before anybody was asked: ${quote(content)} Nothing was changed. ` +
  'Press «Trust workspace» at the top of the page, then send me any message: I propose it again.';
export const againstPolicy = (content: string) => `The policy denied it, and nothing was changed: ${quote(content)}`;
export const failed = (content: string) => `It did not come to pass: ${quote(content)}`;

export const refused = (content: string) =>
  `Refused, as it should be: ${quote(content)} A path outside of the workspace is refused without a question.`;
export const notRefused = 'That was not refused, which I had not expected: please report it.';

export const searched = (content: string) => `Both came back. The search for \`import\` says: ${quote(content)}`;
export const answered = (content: string) => `Your answer came through: ${quote(content)}`;
export const unanswered = 'No answer is an answer too: the agent is told so, and goes on without.';

/** A result's own words, short, on one line, and marked as such. */
function quote(content: string): string {
  const line = content.replace(/\s+/g, ' ').trim();
  return `«${line.length > 300 ? `${line.slice(0, 299)}…` : line}»`;
}

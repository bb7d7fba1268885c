/** One event as prose, for the file that is written while a session runs: it says what is new, and never goes back. */
import type { Action, Outcome } from '../../../shared/action.ts';
import type { EventData, EventType, SessionEvent } from '../../../shared/event.ts';
import { titleOf } from '../../../shared/title.ts';
import { fenced, inlineCode, plainLine } from '../markdown-text.ts';
import { inertProse } from '../prose.ts';
import { changeLine, diffs, folded, reasonLines, when } from './words.ts';

type Teller<T extends EventType> = (data: EventData<T>, event: SessionEvent) => string;

/** Markdown in which nothing acts; empty for what only the record needs. */
export function eventText(event: SessionEvent): string {
  // The type of an event picks its teller; TypeScript cannot tie the two.
  const teller = TELLERS[event.type] as Teller<EventType> | undefined;
  try {
    return teller?.(event.data, event) ?? '';
  } catch {
    return note(event, event.type); // an older version recorded it with other fields: the record below has them
  }
}

const note = (event: SessionEvent, title: string, text = ''): string =>
  `> **${plainLine(title)}**${text === '' ? '' : ` ${plainLine(text)}`} (${when(event.at)})`;

const TELLERS: { [T in EventType]?: Teller<T> } = {
  'session.renamed': ({ title }, event) => note(event, 'Renamed:', title),
  'session.imported': ({ file, session, events, receipt }, event) =>
    note(
      event,
      'Imported:',
      `what is above came with ${file} (${events} events of ${session}, receipt ${receipt}), and is history only`,
    ),
  'records.rebuilt': ({ files, events, unverified }, event) =>
    note(
      event,
      'Database made anew',
      `of ${files} files with ${events} events; ${unverified.length} chains unverified`,
    ),
  'turn.started': ({ provider, model, mode }, event) => note(event, 'Turn', `${provider}/${model}, mode ${mode}`),
  'turn.completed': ({ steps, toolCalls }, event) =>
    note(event, 'Turn completed', `${steps} steps, ${toolCalls} tool calls`),
  'turn.failed': ({ message, hint }, event) => note(event, message, hint),
  'turn.interrupted': ({ by, message }, event) => note(event, `Interrupted (${by})`, message),
  'message.user': ({ text }, event) => `### You, ${when(event.at)}\n\n${inertProse(text)}`,
  'message.reasoning': ({ text }) => folded('Reasoning', text),
  'message.assistant': ({ model, parts }, event) => {
    const texts = parts.flatMap((part) => (part.type === 'text' && part.text !== '' ? [inertProse(part.text)] : []));
    const calls = parts.flatMap((part) => (part.type === 'tool_call' ? [inlineCode(part.name)] : []));
    const said = calls.length === 0 ? texts : [...texts, `Calls ${calls.join(', ')}`];
    return [`### Agent ${model === '' ? '' : `${inlineCode(model)}, `}${when(event.at)}`, ...said].join('\n\n');
  },
  'tool.answered': ({ content, isError }) => folded(isError ? 'Error' : 'Result', content),
  'action.proposed': ({ action, digest, verdict }, event) =>
    [
      `#### ${plainLine(titleOf(action))}`,
      `${inlineCode(action.tool)}, ${when(event.at)}, digest ${inlineCode(digest)}`,
      reasonLines(verdict).join('\n'),
      shownAction(action),
    ]
      .filter((text) => text !== '')
      .join('\n\n'),
  'action.denied': ({ by, message }, event) => note(event, `Denied (${by}):`, message),
  'action.finished': ({ outcome }, event) => note(event, outcomeWords(outcome)),
  'approval.requested': ({ digest, answers, expiresAt }) =>
    `Asks a person, who may answer ${answers.join(', ')} until ${when(expiresAt)}; digest ${inlineCode(digest)}`,
  'approval.resolved': ({ answer, digest, effective, text, action }, event) =>
    [
      `Answered **${answer}** by ${inlineCode(event.actor)}, ${when(event.at)}, on digest ${inlineCode(digest)}${text === '' ? '' : ` with the words: ${plainLine(text)}`}`,
      effective === digest || action === null
        ? ''
        : `Let through in part, digest ${inlineCode(effective)}:\n\n${shownAction(action)}`,
    ]
      .filter((said) => said !== '')
      .join('\n\n'),
  'approval.expired': ({ why, message }, event) => note(event, `The request expired (${why})`, message),
  'file.changed': (data) =>
    `${changeLine(data)}${data.reverts === undefined ? '' : ` (takes back ${inlineCode(data.reverts)})`}`,
  'command.started': ({ policy, tier, network, git, cwd }, event) =>
    note(event, 'Started', `in ${cwd}, confined (${tier}), network ${network}, git ${git}, sandbox policy ${policy}`),
  'command.finished': ({ code, signal, durationMs, bytes, timedOut, lost }, event) =>
    note(
      event,
      lost
        ? 'Cut off with the server: how it ended is not known'
        : code === null
          ? `Ended by ${signal === '' ? 'a signal' : signal}`
          : `Exit code ${code}`,
      `${durationMs} ms, ${bytes} bytes printed${timedOut ? ', out of time' : ''}`,
    ),
  'provider.failed': ({ provider, message }, event) => note(event, `${provider} did not answer`, message),
  'server.started': ({ version, provider, model }, event) =>
    note(event, 'Server started', `${version}, ${provider}/${model}`),
  'sandbox.probed': ({ tier, why }, event) => note(event, `Sandbox ${tier}`, why),
  'mode.changed': ({ mode }, event) => note(event, `Mode ${mode}`, `by ${event.actor}`),
  'model.changed': ({ provider, model }, event) => note(event, `Model ${provider}/${model}`, `by ${event.actor}`),
  'trust.granted': ({ digest, files }, event) => note(event, `Trusted ${files.length} files`, `digest ${digest}`),
  'trust.revoked': ({ why }, event) => note(event, 'Trust ended', why),
};

function shownAction(action: Action): string {
  switch (action.kind) {
    case 'edit':
      return diffs(action).join('\n').trim();
    case 'command':
      return fenced(action.script === '' ? action.argv.join(' ') : action.script, 'sh');
    case 'question':
      return fenced([action.question, ...action.choices.map((choice) => `- ${choice}`)].join('\n'), 'text');
    case 'read':
    case 'task':
      return '';
    default:
      return fenced(JSON.stringify(action, null, 2), 'json');
  }
}

function outcomeWords(outcome: Outcome): string {
  switch (outcome.status) {
    case 'done':
      return `Done: ${outcome.summary}`;
    case 'exited':
      return outcome.code === null ? `Ended by ${outcome.signal}` : `Ended with exit code ${outcome.code}`;
    case 'failed':
      return `Failed: ${outcome.message}`;
    case 'stopped':
      return `Stopped: ${outcome.message}`;
    default:
      return 'Ended';
  }
}

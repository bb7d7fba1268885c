/** What `vtcode exec` tells while the turn runs: the answer on stdout; reasoning, verdicts and progress on stderr. */
import type { EventData, SessionEvent } from '../../shared/event.ts';
import { titleOf } from '../../shared/title.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { type Io, shown } from './io.ts';

export interface Report {
  take(event: SessionEvent): void;
  /** Whether something was refused because nobody could be asked. */
  personNeeded(): boolean;
  /** Resolves when stdout has taken all of it. */
  flushed(): Promise<void>;
}

export function createReport(io: Pick<Io, 'out' | 'err'>, wish: { json: boolean; toolOutput: boolean }): Report {
  const asked = new Set<string>();
  let needed = false;
  let written = Promise.resolve();
  const out = (text: string) => {
    written = written.then(() => io.out(text));
  };
  return {
    take(event) {
      if (event.type === 'action.proposed' && wouldAsk(event.data)) asked.add(event.data.actionId);
      if (event.type === 'action.denied' && event.data.by === 'policy') needed ||= asked.has(event.data.actionId);
      for (const line of said(event)) io.err(`vtcode: ${line}\n`);
      if (wish.json) out(`${JSON.stringify(event)}\n`);
      else for (const text of printed(event, wish.toolOutput)) out(plain(text.endsWith('\n') ? text : `${text}\n`));
    },
    personNeeded: () => needed,
    flushed: () => written,
  };
}

const wouldAsk = ({ action, verdict }: EventData<'action.proposed'>) =>
  verdict.decision === 'prompt' || (verdict.decision === 'allow' && action.kind === 'question');

/** The words of an answer that calls no more tools; and what tools answered, where that is asked for. */
function printed(event: SessionEvent, toolOutput: boolean): string[] {
  if (event.type === 'tool.answered') return toolOutput ? [event.data.content] : [];
  if (event.type !== 'message.assistant' || callsTools(event.data)) return [];
  return [wordsOf(event.data)].filter((text) => text !== '');
}

const callsTools = ({ parts }: EventData<'message.assistant'>) => parts.some(({ type }) => type === 'tool_call');
const wordsOf = ({ parts }: EventData<'message.assistant'>) =>
  parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

/** What would move the cursor or colour the terminal is spelt out; lines and tabs are as they are. */
const plain = (text: string): string =>
  text.replace(/(?![\n\t])\p{Cc}/gu, (sign) => `U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`);

/** Lines for the person or the collector at stderr. */
function said(event: SessionEvent): string[] {
  switch (event.type) {
    case 'turn.started':
      return [
        `session ${event.chain}, ${shown(`${event.data.provider}/${event.data.model}`)}, mode ${event.data.mode}`,
      ];
    case 'sandbox.probed':
      return [`sandbox ${event.data.tier}: ${shown(event.data.why)}`];
    case 'message.reasoning':
      return each('reasoning', event.data.text);
    case 'message.assistant':
      return callsTools(event.data) ? each('says', wordsOf(event.data)) : [];
    case 'action.proposed':
      return [
        `${event.data.verdict.decision} ${shown(oneLine(titleOf(event.data.action)))} ${rulesOf(event.data.verdict)}`,
      ];
    case 'action.denied':
      return [`denied: ${shown(oneLine(event.data.message))}`];
    case 'command.started': {
      const { tier, network, git, layers } = event.data;
      return [`confined: sandbox ${tier}, network ${network}, git ${git}, ${JSON.stringify(layers)}`];
    }
    case 'command.finished':
      return [
        `ended: ${event.data.code === null ? `signal ${event.data.signal}` : `exit ${event.data.code}`}, ${event.data.durationMs} ms`,
      ];
    case 'file.changed':
      return [`${event.data.op} ${shown(oneLine(event.data.path))} +${event.data.added} -${event.data.removed}`];
    case 'network.requested':
      return [
        `${event.data.decision} ${shown(oneLine(`${event.data.host}:${event.data.port}`))} (${shown(event.data.rule)})`,
      ];
    case 'provider.failed':
      return [`the provider failed: ${shown(oneLine(`${event.data.code}: ${event.data.message}`))}`];
    case 'turn.failed':
      return [`failed: ${shown(oneLine(`${event.data.message} ${event.data.hint}`))}`];
    case 'turn.interrupted':
      return [`interrupted by ${event.data.by}: ${shown(oneLine(event.data.message))}`];
    default:
      return [];
  }
}

const each = (what: string, text: string): string[] =>
  text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => `${what}: ${shown(line)}`);

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

const rulesOf = ({ decision, reasons }: Verdict): string => {
  const deciding = reasons.filter((reason) => reason.decision === decision);
  return `(${deciding.map(({ rule, why }) => shown(oneLine(`${rule}: ${why}`))).join('; ')})`;
};

/** A session as markdown that a person can read: what was said, what was asked and answered, what changed. */
import type { SessionInfo } from '../../shared/api.ts';
import type { SessionEvent } from '../../shared/event.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { ApprovalView, Timeline, TimelineItem, ToolItem } from '../../shared/timeline.ts';
import { titleOf } from '../../shared/title.ts';
import { fenced, inlineCode, plainLine } from './markdown-text.ts';
import { inertProse } from './prose.ts';
import { NOT_MASKED } from './redaction.ts';
import { changeLine, diffs, folded, reasonLines, when } from './md/words.ts';

export interface ConversationFacts {
  session: SessionInfo;
  timeline: Timeline;
  /** Of the events that it was folded from; at least one. */
  count: number;
  last: SessionEvent;
  /** What was masked, in words; null where nothing was. */
  masked: readonly string[] | null;
}

/** Its pieces depend on these facts alone: the same session makes the same text. */
export function* conversation(facts: ConversationFacts): Iterable<string> {
  yield head(facts);
  for (const item of facts.timeline.items) yield `\n${block(item)}\n`;
  yield `\n${foot(facts)}`;
}

function head({ session, timeline, count, masked }: ConversationFacts): string {
  const { usage, changes } = timeline;
  const lines = [
    `# ${plainLine(session.title)}`,
    '',
    `- Session ${inlineCode(session.id)}, begun ${when(session.createdAt)}, last touched ${when(session.updatedAt)}`,
    `- ${count} events; ${usage.input + usage.cacheRead + usage.cacheWrite} tokens in, ${usage.output} out`,
    ...redactionLines(masked),
  ];
  if (changes.length > 0) lines.push('', '## Files changed', '', ...changes.map(changeLine));
  return `${lines.join('\n')}\n\n## Conversation\n`;
}

/** What a reader must know of an export before its first line. */
export function redactionLines(masked: readonly string[] | null): string[] {
  if (masked === null) return ['- This export is not redacted: it holds what was read and written, as it was.'];
  return [
    `- Redacted. Masked: ${masked.length === 0 ? 'nothing was found' : masked.join(', ')}.`,
    ...NOT_MASKED.map((what) => `- Not masked: ${what}.`),
  ];
}

function block(item: TimelineItem): string {
  switch (item.kind) {
    case 'user':
      return `### You, ${when(item.at)}\n\n${inertProse(item.text)}`;
    case 'assistant':
      return `### Agent ${item.model === '' ? '' : `${inlineCode(item.model)}, `}${when(item.at)}\n\n${item.parts.map((one) => part(one)).join('\n\n')}`;
    case 'notice':
      return `> **${plainLine(item.title)}** ${plainLine(item.text)} (${when(item.at)})`;
    case 'tool':
      return tool(item);
  }
}

function part({ type, text }: { type: 'text' | 'reasoning'; text: string }): string {
  return type === 'text' ? inertProse(text) : folded('Reasoning', text);
}

function tool(item: ToolItem): string {
  const title = item.action ? titleOf(item.action) : item.name;
  const lines = [`#### ${plainLine(title)}: ${item.state}`, '', `${inlineCode(item.name)}, ${when(item.at)}`];
  if (item.verdict) lines.push('', ...reasonLines(item.verdict));
  if (item.approval) lines.push('', approvalLine(item.approval));
  if (item.digest) lines.push('', `Digest ${inlineCode(item.digest)}`);
  if (item.action?.kind === 'edit') lines.push('', ...diffs(item.action));
  else if (item.args.kind === 'json') lines.push('', fenced(JSON.stringify(item.args.value, null, 2), 'json'));
  else lines.push('', fenced(item.args.raw, 'text'));
  if (item.command?.end?.lost) lines.push('', 'It was cut off with the server: how it ended is not known.');
  if (item.result) lines.push('', folded(item.result.isError ? 'Error' : 'Result', item.result.content));
  return lines.join('\n');
}

function approvalLine({ state, answer, by, text, resolvedAt, digest }: ApprovalView): string {
  if (state === 'open') return `Waits for a person; digest ${inlineCode(digest)}.`;
  if (state === 'expired') return `Expired ${when(resolvedAt)}: ${plainLine(text)}`;
  const words = text === '' ? '' : ` with the words: ${plainLine(text)}`;
  return `Answered **${answer}** by ${inlineCode(by)}, ${when(resolvedAt)}, on digest ${inlineCode(digest)}${words}`;
}

function foot({ last, count }: ConversationFacts): string {
  const cut =
    count >= LIMITS.exportEvents.value ? ` The export ends at its bound of ${LIMITS.exportEvents.value} events.` : '';
  return `---\n\nEnd of the session: event ${last.chainSeq}, hash ${inlineCode(last.hash)}.${cut}\n`;
}

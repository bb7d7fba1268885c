/** A session as markdown that a person can read: what was said, what was asked and answered, what changed. */
import type { SessionInfo } from '../../shared/api.ts';
import type { SessionEvent } from '../../shared/event.ts';
import { LIMITS } from '../../shared/limits.ts';
import { fold, type ApprovalView, type Timeline, type TimelineItem, type ToolItem } from '../../shared/timeline.ts';
import { titleOf } from '../../shared/title.ts';
import { fenced, inlineCode, plainLine } from './markdown-text.ts';
import { changeLine, diffs, folded, reasonLines, when } from './md/words.ts';

/** Chunks that make up the whole text. Its bytes depend on the events alone: the same session exports the same. */
export async function* renderMarkdown(session: SessionInfo, events: Iterable<SessionEvent>): AsyncIterable<string> {
  // Its parser is loaded by the first export, not at each start.
  const { inertProse } = await import('./prose.ts');
  let last: SessionEvent | null = null;
  let count = 0;
  const timeline = fold(
    (function* () {
      for (const event of events) {
        if (++count > LIMITS.exportEvents.value) return;
        last = event;
        yield event;
      }
    })(),
  );
  yield head(session, timeline, count);
  for (const item of timeline.items) yield `\n${block(item, inertProse)}\n`;
  yield `\n${foot(last, count)}`;
}

function head(session: SessionInfo, timeline: Timeline, count: number): string {
  const { usage, changes } = timeline;
  const lines = [
    `# ${plainLine(session.title)}`,
    '',
    `- Session ${inlineCode(session.id)}, begun ${when(session.createdAt)}, last touched ${when(session.updatedAt)}`,
    `- ${count} events; ${usage.input + usage.cacheRead + usage.cacheWrite} tokens in, ${usage.output} out`,
    '- This export is not redacted: it holds what was read and written, as it was.',
  ];
  if (changes.length > 0) lines.push('', '## Files changed', '', ...changes.map(changeLine));
  return `${lines.join('\n')}\n\n## Conversation\n`;
}

type Prose = (text: string) => string;

function block(item: TimelineItem, prose: Prose): string {
  switch (item.kind) {
    case 'user':
      return `### You, ${when(item.at)}\n\n${prose(item.text)}`;
    case 'assistant':
      return `### Agent ${item.model === '' ? '' : `${inlineCode(item.model)}, `}${when(item.at)}\n\n${item.parts.map((one) => part(one, prose)).join('\n\n')}`;
    case 'notice':
      return `> **${plainLine(item.title)}** ${plainLine(item.text)} (${when(item.at)})`;
    case 'tool':
      return tool(item);
  }
}

function part({ type, text }: { type: 'text' | 'reasoning'; text: string }, prose: Prose): string {
  return type === 'text' ? prose(text) : folded('Reasoning', text);
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

function foot(last: SessionEvent | null, count: number): string {
  const chain = last === null ? 'no event' : `event ${count}, hash ${inlineCode(last.hash)}`;
  const cut =
    count > LIMITS.exportEvents.value ? ` The export ends at its bound of ${LIMITS.exportEvents.value} events.` : '';
  return `---\n\nEnd of the session: ${chain}.${cut}\n`;
}

/** What of an event is searched: the words of people and models, the titles of what was done. */
import { pathsOf } from '../../shared/action.ts';
import type { SessionEvent } from '../../shared/event.ts';
import { LIMITS } from '../../shared/limits.ts';
import { titleOf } from '../../shared/title.ts';

/** Null where nothing of it is searched. Control characters are blanks. */
export function searchText(event: SessionEvent): string | null {
  const text = wordsOf(event)
    ?.replace(/\p{Cc}+/gu, ' ')
    .trim();
  return text ? text.slice(0, LIMITS.searchTextChars.value) : null;
}

function wordsOf(event: SessionEvent): string | null {
  switch (event.type) {
    case 'session.created':
    case 'session.renamed':
      return event.data.title;
    case 'message.user':
    case 'message.reasoning':
      return event.data.text;
    case 'message.assistant':
      return event.data.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join(' ');
    case 'plan.updated':
      return event.data.steps.map(({ text }) => text).join(' ');
    case 'action.proposed':
      return [titleOf(event.data.action), ...pathsOf(event.data.action)].join(' ');
    case 'tool.answered':
      return event.data.content.trimStart().split('\n', 1)[0]!.slice(0, LIMITS.resultTitleChars.value);
    case 'approval.resolved':
      return event.data.text;
    case 'turn.failed':
    case 'turn.interrupted':
      return event.data.message;
    default:
      return null;
  }
}

/** The text of a file of records: its head, and batches of events, each as prose and then whole in a block. */
import type { SessionEvent } from '../../../shared/event.ts';
import type { SessionId } from '../../../shared/ids.ts';
import { partOf } from '../../base/text.ts';
import { plainLine } from '../markdown-text.ts';
import { eventText } from './event-text.ts';
import { eventLine, recordBlock, summaryOf } from './file.ts';
import { writeFront, type Front } from './front.ts';

/** What of a title stands in the front matter; the events have all of it. */
const TITLE_CHARS = 300;

export function recordHead(facts: Pick<Front, 'chain' | 'title' | 'created'>): string {
  const title = partOf(facts.title, 0, TITLE_CHARS);
  const front = writeFront({ vtcode: 1, kind: 'record', ...facts, title, redacted: false });
  return `${front}\n# ${plainLine(title) || 'Session'}\n`;
}

/** The file of a deleted session. */
export function recordStone(chain: SessionId, lines: readonly string[]): string {
  const title = 'Deleted session';
  const front = writeFront({ vtcode: 1, kind: 'record', chain, title, created: '', redacted: false });
  return `${front}\n# ${title}\n\nIts content was removed. What is left seals the chain.\n\n${recordBlock(lines, summaryOf(1, lines.length))}`;
}

/** Events that follow each other in their chain; at least one. The text begins with a line end and ends with one. */
export function recordBatch(events: readonly SessionEvent[]): string {
  const prose = events.map(eventText).filter((text) => text !== '');
  const summary = summaryOf(events[0]!.chainSeq, events.at(-1)!.chainSeq);
  return `\n${[...prose, recordBlock(events.map(eventLine), summary)].join('\n\n')}`;
}

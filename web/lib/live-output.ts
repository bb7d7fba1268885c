/** What commands printed before the reader's eyes is in no record: it is carried over to a timeline that is folded anew. */
import type { Timeline } from '../../shared/timeline.ts';

/** Puts what `before` holds of live output into `next`, and answers `next`. */
export function keepOutput(before: Timeline, next: Timeline): Timeline {
  for (const held of before.items) {
    if (held.kind !== 'tool' || held.command === null || held.command.output.last < 0) continue;
    const at = next.index.get(held.key);
    const item = at === undefined ? undefined : next.items[at];
    if (at === undefined || item?.kind !== 'tool' || item.command === null) continue;
    next.items[at] = { ...item, command: { ...item.command, output: held.command.output } };
  }
  return next;
}

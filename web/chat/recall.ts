/** Earlier messages on the up arrow, as in a shell. */
import type { TimelineItem } from '../../shared/timeline.ts';

/** What was said, newest first, without the same twice in a row. */
export function saidBefore(items: readonly TimelineItem[]): string[] {
  const said = items.flatMap((item) => (item.kind === 'user' ? [item.text] : [])).reverse();
  return said.filter((text, i) => text !== said[i - 1]);
}

/** The next older (`step` 1) or newer (`step` −1) one; null where there is none, or where the reader has written their own. */
export function recalled(said: readonly string[], current: string, step: 1 | -1): string | null {
  const at = current === '' ? -1 : said.indexOf(current);
  if (current !== '' && at < 0) return null;
  const next = at + step;
  if (next === -1) return '';
  return said[next] ?? null;
}

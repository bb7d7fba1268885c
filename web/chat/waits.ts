/** What a running turn waits for, in words. */
import type { Timeline } from '../../shared/timeline.ts';

/** Empty where no turn runs. `pending` is the number of requests that wait for the person. */
export function waitsFor({ turn, items }: Timeline, pending: number): string {
  if (turn?.state !== 'running') return '';
  if (pending > 0) return '';
  const busy = items.findLast((item) => item.kind === 'tool' && (item.state === 'running' || item.state === 'called'));
  return busy ? 'Working' : 'Waiting for the model';
}

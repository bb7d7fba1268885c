/** What `vtcode doctor` says of the collector that records are sent to: whether it takes them, and what waits. */
import { Fault } from '../base/fault.ts';
import type { CollectorFound } from '../config/collector.ts';
import { readCursor } from '../store/siem/cursor.ts';
import { openStoreReader } from '../store/store.ts';
import type { Line } from './doctor.ts';

/** None where no collector is named. It asks nothing of the collector: it says what came of the last request. */
export function collectorLines(found: CollectorFound, stateDir: string): Line[] {
  const line = (state: Line['state'], text: string, mend = ''): Line[] => [
    { what: 'collector', state, found: text, mend },
  ];
  if (found.kind === 'none') return [];
  if (found.kind === 'unusable') return line('bad', found.problem.message, found.problem.hint);
  const { host } = new URL(found.setup.endpoint);
  try {
    const cursor = readCursor(stateDir);
    if (cursor === null) return line('good', `${host}: gets what is recorded from the next start on`);
    const { at, trouble, since } = cursor;
    const waiting = `${newestOf(stateDir) - cursor.seq} events wait`;
    if (trouble === '') return line('good', `${host}: has all up to ${at || 'the first event'}; ${waiting}`);
    return line('warn', `${host}: ${trouble}, since ${since}; ${waiting}`, 'see [audit.otlp] in the settings above');
  } catch (error) {
    if (error instanceof Fault) return line('bad', error.message, error.hint ?? '');
    throw error;
  }
}

function newestOf(stateDir: string): number {
  const store = openStoreReader(stateDir);
  try {
    return store.log.newest()?.seq ?? 0;
  } finally {
    store.close();
  }
}

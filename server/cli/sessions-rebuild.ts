/** `vtcode sessions rebuild`: the database made anew from the files of records; no server may run meanwhile. */
import { lockWorkspace } from '../lock.ts';
import { rebuildStore, type Rebuilt } from '../store/rebuild.ts';
import type { Args } from './args.ts';
import { type Io, shown } from './io.ts';
import { findPlace } from './place.ts';
import { sealsOf } from './seals.ts';

export async function rebuildCommand(args: Args, io: Io): Promise<number> {
  const place = await findPlace(io, args.flags.get('dir') ?? '.', 'look');
  const lock = await lockWorkspace(place.stateDir);
  try {
    const seals = await sealsOf(place);
    const rebuilt = await rebuildStore({ stateDir: place.stateDir, seals, now: new Date().toISOString() });
    await io.out(args.flags.has('json') ? `${JSON.stringify(rebuilt)}\n` : tell(rebuilt));
    return 0;
  } finally {
    lock.release();
  }
}

function tell({ files, events, backup, unverified, torn }: Rebuilt): string {
  const lines = [
    `Made anew from ${files} files with ${events} events.`,
    backup === '' ? 'There was no database before.' : `The old database is kept as ${backup}.`,
    ...torn.map(
      ({ file, line }) => `${shown(file)}:${line}: the file was cut off here; what stands before it was taken`,
    ),
    ...unverified.map(
      ({ chain, verified, events: count, why }) => `${chain}: ${verified} of ${count} events are signed for; ${why}`,
    ),
    unverified.length === 0
      ? 'Signed heads speak for all of it.'
      : 'What is not signed for may have been changed by whoever could write these files. It is marked in the record.',
    'Approvals and grants in it are history: none of them lets anything run.',
    '',
  ];
  return lines.join('\n');
}

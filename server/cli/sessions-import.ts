/** `vtcode sessions import`: a session from elsewhere, taken in by the server where one runs. */
import { basename, resolve } from 'node:path';
import * as z from 'zod';
import { SessionId } from '../../shared/ids.ts';
import { nameInActor, systemUser } from '../base/user.ts';
import { lockWorkspace } from '../lock.ts';
import { importFile } from '../store/import.ts';
import { refuseLostDatabase } from '../store/lost.ts';
import { openStore } from '../store/store.ts';
import type { Args } from './args.ts';
import { type Io, shown } from './io.ts';
import { findPlace, type Place } from './place.ts';
import { sealsOf } from './seals.ts';
import { askServer } from './through-server.ts';

const Answer = z.object({ session: SessionId, events: z.int(), receipt: z.enum(['own', 'foreign', 'none']) });
type Answer = z.infer<typeof Answer>;

export async function importCommand(args: Args, io: Io): Promise<number> {
  const path = resolve(io.cwd, args.rest[0]!);
  const place = await findPlace(io, args.flags.get('dir') ?? '.', 'make');
  const asked = await askServer(place.stateDir, { op: 'sessions import', path });
  const { session, events, receipt } = asked ? Answer.parse(asked.result) : await alone(place, path);
  io.err(
    `${events} events of ${shown(basename(path))}, ${RECEIPTS[receipt]}. They are history: no approval in it holds here.\n`,
  );
  await io.out(`${session}\n`);
  return 0;
}

const RECEIPTS: Record<Answer['receipt'], string> = {
  own: 'with a receipt that was signed here',
  foreign: 'with a receipt that was signed with another key',
  none: 'without a receipt',
};

/** With the workspace's lock held: no server writes meanwhile. */
async function alone(place: Place, path: string): Promise<Answer> {
  const lock = await lockWorkspace(place.stateDir);
  try {
    refuseLostDatabase(place.stateDir);
    const store = await openStore(place.stateDir, await sealsOf(place));
    try {
      return await importFile(store, path, `user:${nameInActor(systemUser().name)}/command-line`);
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
}

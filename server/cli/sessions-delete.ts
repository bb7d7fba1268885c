/** `vtcode sessions delete`: removes what a session holds, through the server where one runs. */
import { Fault } from '../base/fault.ts';
import { nameInActor, systemUser } from '../base/user.ts';
import { lockWorkspace } from '../lock.ts';
import { openStore } from '../store/store.ts';
import type { Args } from './args.ts';
import { type Io, shown } from './io.ts';
import { findPlace, type Place } from './place.ts';
import { sealsOf } from './seals.ts';
import { readId, withStore } from './sessions.ts';
import { throughServer } from './through-server.ts';

export async function deleteCommand(args: Args, io: Io): Promise<number> {
  const id = readId(args);
  const place = await findPlace(io, args.flags.get('dir') ?? '.', 'look');
  await withStore(args, io, async (store) => {
    const { title, createdAt } = store.sessions.get(id);
    io.err(`Of ${shown(title)}, begun ${createdAt}, all that was said and done goes, and cannot be brought back.\n`);
    io.err('Its events stay in the chain as tombstones: when, who and of what type, and a hash.\n');
  });
  await confirmed(args, io);
  if (!(await throughServer(place.stateDir, { op: 'sessions delete', id }))) await alone(place, id);
  await io.out('Deleted.\n');
  return 0;
}

/** With the workspace's lock held: no server writes meanwhile. */
async function alone(place: Place, id: ReturnType<typeof readId>): Promise<void> {
  const lock = await lockWorkspace(place.stateDir);
  try {
    const store = await openStore(place.stateDir, await sealsOf(place));
    try {
      await store.trash.remove(id, `user:${nameInActor(systemUser().name)}/command-line`);
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
}

async function confirmed(args: Args, io: Io): Promise<void> {
  if (args.flags.has('yes')) return;
  if (!io.person) {
    const hint = 'To delete it without a question, add --yes.';
    const message = 'Deleting is asked of a person, and there is no terminal to ask on.';
    throw new Fault({ status: 409, code: 'person_needed', message, hint });
  }
  const answer = await io.ask('Delete it? [y/N] ');
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new Fault({ status: 409, code: 'declined', message: 'Nothing was deleted.' });
}

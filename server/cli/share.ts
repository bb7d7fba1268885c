/** `vtcode share`: what was shared of a workspace, also of sessions that are gone; and one of these taken back. */
import { ShareId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { ShareInfo } from '../../shared/share.ts';
import { nameInActor, systemUser } from '../base/user.ts';
import { lockWorkspace } from '../lock.ts';
import { openStore, openStoreReader } from '../store/store.ts';
import { type Args, usage } from './args.ts';
import { type Io, shown } from './io.ts';
import { findPlace, type Place } from './place.ts';
import { sealsOf } from './seals.ts';
import { throughServer } from './through-server.ts';

export async function listCommand(args: Args, io: Io): Promise<number> {
  const place = await findPlace(io, args.flags.get('dir') ?? '.', 'look');
  const store = openStoreReader(place.stateDir);
  try {
    const now = new Date().toISOString();
    const all = store.shares.list({ now, limit: LIMITS.sharesListed.value, session: null });
    // Who looks at one now, only the server knows: it is not guessed at.
    if (args.flags.has('json'))
      await io.out(all.map(({ viewers: _, ...share }) => `${JSON.stringify(share)}\n`).join(''));
    else await io.out(all.map(row).join('') || 'Nothing was shared. A link is made on the page, with Share.\n');
    return 0;
  } finally {
    store.close();
  }
}

const STATES: Record<ShareInfo['state'], (share: ShareInfo) => string> = {
  open: ({ expiresAt }) => `opens until ${expiresAt}`,
  expired: ({ expiresAt }) => `ended ${expiresAt}`,
  revoked: ({ endedAt }) => `taken back ${endedAt}`,
  deleted: ({ endedAt }) => `ended with its session${endedAt === '' ? '' : ` ${endedAt}`}`,
  lost: () => 'opens nothing: the records were made anew',
};

function row(share: ShareInfo): string {
  const { id, title, session, state, live, createdAt, views, viewedAt } = share;
  const opened = views === 0 ? 'never opened' : `opened ${views === 1 ? 'once' : `${views} times`}, last ${viewedAt}`;
  return `${state.padEnd(8)}  ${shown(title === '' ? session : title)}\n          ${live ? 'live' : 'frozen'}, made ${createdAt}, ${STATES[state](share)}; ${opened}\n          ${id}\n`;
}

export async function revokeCommand(args: Args, io: Io): Promise<number> {
  const id = ShareId.safeParse(args.rest[0]);
  if (!id.success) {
    const came = JSON.stringify(args.rest[0] ?? '');
    throw usage(
      `the id of a share is expected, shr_ and 26 letters or digits; came ${came}.`,
      'List them: vtcode share list',
    );
  }
  const place = await findPlace(io, args.flags.get('dir') ?? '.', 'look');
  if (!(await throughServer(place.stateDir, { op: 'share revoke', id: id.data }))) await alone(place, id.data);
  await io.out('Taken back.\n');
  return 0;
}

/** With the workspace's lock held: no server serves it meanwhile. */
async function alone(place: Place, id: ShareId): Promise<void> {
  const lock = await lockWorkspace(place.stateDir);
  try {
    const store = await openStore(place.stateDir, await sealsOf(place));
    try {
      store.shares.revoke(id, `user:${nameInActor(systemUser().name)}/command-line`);
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
}

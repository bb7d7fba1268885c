/** `vtcode grants`: the standing rules of a workspace, with their last use; one of them taken away. */
import { type Grant, grantPlace, grantText } from '../../shared/grant.ts';
import { GrantId } from '../../shared/ids.ts';
import { nameInActor, systemUser } from '../base/user.ts';
import { listGrants, revokeGrant } from '../gate/grant-list.ts';
import { lockWorkspace } from '../lock.ts';
import { openStore, openStoreReader } from '../store/store.ts';
import { type Args, usage } from './args.ts';
import { type Io, shown } from './io.ts';
import { findPlace, type Place } from './place.ts';
import { sealsOf } from './seals.ts';
import { readSettings } from './settings.ts';
import { throughServer } from './through-server.ts';

export async function listCommand(args: Args, io: Io): Promise<number> {
  const place = await findPlace(io, args.flags.get('dir') ?? '.', 'look');
  const store = openStoreReader(place.stateDir);
  try {
    const { report } = await readSettings(place);
    const now = new Date().toISOString();
    const all = await listGrants({ root: place.root, grants: store.grants, trusted: report.trusted, now });
    const chosen = args.flags.has('all') || args.flags.has('json') ? all : all.filter(stands);
    if (args.flags.has('json')) await io.out(chosen.map((one) => `${JSON.stringify(one)}\n`).join(''));
    else await io.out(chosen.map(row).join('') || 'No standing rule. One is made from a request, on the page.\n');
    return 0;
  } finally {
    store.close();
  }
}

const stands = ({ state }: Grant) => state !== 'revoked' && state !== 'expired';

function row({ id, rule, scope, until, state, usedAt, uses }: Grant): string {
  const where = [grantPlace(rule), scope === 'session' ? 'one session' : ''].filter(Boolean).join(', ');
  const used = uses === 0 ? 'never used' : `used ${uses} times, last ${usedAt}`;
  return `${state.padEnd(8)}  ${shown(grantText(rule))}\n          ${shown(where || 'the workspace')}; until ${until}; ${used}\n          ${id}\n`;
}

export async function revokeCommand(args: Args, io: Io): Promise<number> {
  const id = GrantId.safeParse(args.rest[0]);
  if (!id.success) {
    const came = JSON.stringify(args.rest[0] ?? '');
    throw usage(
      `the id of a rule is expected, grt_ and 26 letters or digits; came ${came}.`,
      'List them: vtcode grants list',
    );
  }
  const place = await findPlace(io, args.flags.get('dir') ?? '.', 'look');
  if (!(await throughServer(place.stateDir, { op: 'grants revoke', id: id.data }))) await alone(place, id.data);
  await io.out('Taken away.\n');
  return 0;
}

/** With the workspace's lock held: no server writes meanwhile. */
async function alone(place: Place, id: GrantId): Promise<void> {
  const lock = await lockWorkspace(place.stateDir);
  try {
    const store = await openStore(place.stateDir, await sealsOf(place));
    try {
      revokeGrant(store, id, `user:${nameInActor(systemUser().name)}/command-line`);
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
}

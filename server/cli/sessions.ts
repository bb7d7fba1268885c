/** `vtcode sessions`: the sessions of a workspace, read from the records; also while a server runs. */
import { join } from 'node:path';
import type { SessionInfo } from '../../shared/api.ts';
import { SessionId } from '../../shared/ids.ts';
import { fold } from '../../shared/timeline.ts';
import { asFault } from '../store/open.ts';
import { openStoreReader, type StoreReader } from '../store/store.ts';
import { type Args, usage } from './args.ts';
import { type Io, shown } from './io.ts';
import { findPlace } from './place.ts';

export const listCommand = (args: Args, io: Io): Promise<number> =>
  withStore(args, io, async (store) => {
    for (const page of pages(store, args.flags.has('archived'))) {
      if (args.flags.has('json')) await io.out(page.map((info) => `${JSON.stringify(info)}\n`).join(''));
      else await io.out(page.map(row).join(''));
    }
  });

export async function showCommand(args: Args, io: Io): Promise<number> {
  const id = readId(args);
  return withStore(args, io, async (store) => {
    const info = store.sessions.get(id);
    const usage = store.sessions.usage(id);
    const changes = store.sessions.changes(id, 'session');
    if (args.flags.has('json')) return io.out(`${JSON.stringify({ session: info, usage, changes })}\n`);
    const { items } = fold(store.log.all(id));
    await io.out(
      [
        shown(info.title),
        `  id       ${info.id}`,
        `  begun    ${info.createdAt}`,
        `  touched  ${info.updatedAt}`,
        `  state    ${stateOf(info)}`,
        `  entries  ${items.length}`,
        `  tokens   ${usage.input + usage.cacheRead + usage.cacheWrite} in, ${usage.output} out`,
        ...changes.map(({ op, path, added, removed }) => `  ${op.padEnd(7)}  ${shown(path)} +${added} -${removed}`),
        '',
      ].join('\n'),
    );
  });
}

export async function withStore(args: Args, io: Io, work: (store: StoreReader) => Promise<void>): Promise<number> {
  const { stateDir } = await findPlace(io, args.flags.get('dir') ?? '.', 'look');
  const store = openStoreReader(stateDir);
  try {
    await work(store);
    return 0;
  } catch (error) {
    throw asFault(error, join(stateDir, 'vtcode.db'));
  } finally {
    store.close();
  }
}

function* pages(store: StoreReader, archived: boolean): Iterable<SessionInfo[]> {
  let cursor: string | null = null;
  do {
    const page: ReturnType<StoreReader['sessions']['list']> = store.sessions.list({ query: '', cursor, archived });
    yield page.sessions;
    cursor = page.next;
  } while (cursor !== null);
}

export function readId(args: Args): SessionId {
  const text = args.rest[0] ?? '';
  const id = SessionId.safeParse(text);
  if (id.success) return id.data;
  throw usage(
    `ID is expected to be that of a session, ses_ and 26 characters; came ${JSON.stringify(text)}.`,
    'To see them: vtcode sessions list',
  );
}

export const row = (info: SessionInfo) =>
  `${info.id}  ${info.updatedAt}  ${stateOf(info).padEnd(11)}  ${shown(info.title)}\n`;

export function stateOf({ state, waiting, lastTurn }: SessionInfo): string {
  if (state === 'waiting') return `waiting (${waiting})`;
  return state === 'running' || lastTurn === 'none' ? state : lastTurn;
}

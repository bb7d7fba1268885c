/** `vtcode sessions search`: the sessions that hold some words, each with the place where they stand. */
import type { ListedSession } from '../../shared/api.ts';
import { type Args, usage } from './args.ts';
import { type Io, shown } from './io.ts';
import { row, withStore } from './sessions.ts';

export async function searchCommand(args: Args, io: Io): Promise<number> {
  const query = args.rest[0]?.trim() ?? '';
  if (query === '') throw usage('QUERY is expected to hold a word; came none.', 'More than one word: in quotes.');
  return withStore(args, io, async (store) => {
    const isJson = args.flags.has('json');
    const told = new Set<string>();
    for (let cursor: string | null = null; ;) {
      const page: ReturnType<typeof store.sessions.list> = store.sessions.list({ query, cursor, archived: false });
      const fresh = page.sessions.filter(({ id }) => !told.has(id));
      for (const { id } of fresh) told.add(id);
      await io.out(fresh.map((info) => (isJson ? `${JSON.stringify(info)}\n` : lines(info))).join(''));
      cursor = page.next;
      if (cursor === null) break;
    }
    if (told.size === 0 && !isJson) io.err('Nothing found.\n');
  });
}

const lines = (info: ListedSession): string =>
  info.match === null ? row(info) : `${row(info)}    ${info.match.type}: ${shown(info.match.text)}\n`;

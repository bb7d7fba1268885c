/** The full text of the sessions (SQLite's FTS5): written with each event, asked by the page and the command line. */
import type { SearchMatch } from '../../shared/records-api.ts';
import type { SessionEvent } from '../../shared/event.ts';
import type { SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Db } from './open.ts';
import { searchText } from './search-text.ts';
import { snippetOf, wantedIn } from './snippet.ts';

/** Adds the text of an event, in its transaction. */
export function createSearchIndex(raw: Db['raw']): (event: SessionEvent) => void {
  const insert = raw.prepare('INSERT INTO search (rowid, text) VALUES (?, ?)');
  return (event) => {
    const text = event.chain === 'workspace' ? null : searchText(event);
    if (text !== null) insert.run(event.seq, text);
  };
}

export interface Found {
  session: SessionId;
  match: SearchMatch;
}

export interface SearchPage {
  found: Found[];
  /** Matches from here down were not looked at; null where there are none. A session may come again with an older one. */
  next: number | null;
}

/** The newest match of each session, newest first, below `before`. Of a query without a word nothing is found. */
export type Search = (query: string, before: number) => SearchPage;

export function createSearch(raw: Db['raw']): Search {
  const newest = raw.prepare<{ words: string; before: number; scan: number }, Newest>(NEWEST);
  const textOf = raw.prepare<[number], { text: string }>('SELECT text FROM search WHERE rowid = CAST(? AS INTEGER)');
  return (query, before) => {
    const words = matchOf(query);
    if (words === null) return { found: [], next: null };
    const wanted = wantedIn(query);
    const limit = LIMITS.searchPage.value;
    const scan = LIMITS.searchScan.value;
    const rows: Newest[] = [];
    const known = new Set<string>();
    let next: number | null = before;
    for (let left = LIMITS.searchScans.value; left > 0 && next !== null && rows.length < limit; left--) {
      const page: Newest[] = newest.all({ words, before: next, scan });
      for (const row of page) {
        if (known.has(row.session) || rows.length === limit) continue;
        known.add(row.session);
        rows.push(row);
      }
      const [first] = page;
      if (first === undefined || first.scanned < scan) next = null;
      else next = first.lowest;
    }
    // Where the page is full, the next one goes on below what it shows.
    if (rows.length === limit) next = rows.at(-1)!.seq;
    const found = rows
      .filter(({ there }) => there)
      .map(({ seq, type, session }) => ({
        session,
        match: { seq, type, ...snippetOf(textOf.get(seq)!.text, wanted) },
      }));
    return { found, next };
  };
}

interface Newest {
  seq: number;
  type: string;
  session: SessionId;
  /** Whether the session is still there; one that was deleted is gone from the search a moment later. */
  there: number;
  /** Of all matches that were looked at: how many, and where the last one stands. */
  scanned: number;
  lowest: number;
}

/** Of each session the newest of the next matches. */
// Cast, for a number of JavaScript is bound as a real, and FTS5 passes over a rowid that is no integer.
const NEWEST = `
  WITH hit AS MATERIALIZED (
    SELECT rowid AS seq FROM search WHERE search MATCH $words AND rowid < CAST($before AS INTEGER) ORDER BY rowid DESC LIMIT $scan
  )
  SELECT max(e.seq) AS seq, e.type, e.chain AS session,
    EXISTS (SELECT 1 FROM sessions WHERE id = e.chain AND trashed_until = '') AS there,
    (SELECT count(*) FROM hit) AS scanned, (SELECT min(seq) FROM hit) AS lowest
  FROM hit JOIN events AS e ON e.seq = hit.seq
  GROUP BY e.chain ORDER BY seq DESC`;

/** Every word must be there; the last one may go on, since it is often still being typed. Null where there is no word. */
function matchOf(query: string): string | null {
  const words = query
    .replace(/[\p{Cc}"]/gu, ' ')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  if (words.length === 0) return null;
  const quoted = words.map((word) => `"${word}"`);
  return /\s$/.test(query) ? quoted.join(' ') : `${quoted.join(' ')}*`;
}

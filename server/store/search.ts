/** The full text of the sessions (SQLite's FTS5): written with each event, asked by the page and the command line. */
import type { SearchMatch } from '../../shared/records-api.ts';
import type { SessionEvent } from '../../shared/event.ts';
import type { SessionId } from '../../shared/ids.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Db } from './open.ts';
import { searchText } from './search-text.ts';

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
  /** Matches from here down were not looked at; null where there are none. */
  next: number | null;
}

/** The newest match of each session, newest first, below `before`. Of a query without a word nothing is found. */
export type Search = (query: string, before: number) => SearchPage;

export function createSearch(raw: Db['raw']): Search {
  const newest = raw.prepare<{ words: string; before: number; scan: number; limit: number }, Newest>(NEWEST);
  const shown = raw.prepare<[string, number], { text: string }>(
    `SELECT snippet(search, 0, char(2), char(3), '…', ${LIMITS.snippetWords.value}) AS text FROM search WHERE search MATCH ? AND rowid = ?`,
  );
  return (query, before) => {
    const words = matchOf(query);
    if (words === null) return { found: [], next: null };
    const limit = LIMITS.searchPage.value;
    const rows = newest.all({ words, before, scan: LIMITS.searchScan.value, limit });
    const found = rows.map(({ seq, type, session }) => ({
      session,
      match: { seq, type, ...marked(shown.get(words, seq)!.text) },
    }));
    return { found, next: rows.length === limit ? rows.at(-1)!.seq : null };
  };
}

interface Newest {
  seq: number;
  type: string;
  session: SessionId;
}

/** Of each session the newest of the matches; only so many matches are looked at, so that a common word costs no more than a rare one. */
const NEWEST = `
  SELECT max(e.seq) AS seq, e.type, e.chain AS session
  FROM (SELECT rowid AS seq FROM search WHERE search MATCH $words AND rowid < $before ORDER BY rowid DESC LIMIT $scan) AS hit
  JOIN events AS e ON e.seq = hit.seq
  WHERE EXISTS (SELECT 1 FROM sessions WHERE id = e.chain AND trashed_until = '')
  GROUP BY e.chain ORDER BY seq DESC LIMIT $limit`;

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

/** The snippet without its marks, and where they stood. */
function marked(snippet: string): Pick<SearchMatch, 'text' | 'spans'> {
  let text = '';
  const spans: { from: number; to: number }[] = [];
  for (const piece of snippet.split(/(\u0002[^\u0003]*\u0003)/)) {
    const plain = piece.replace(/[\u0002\u0003]/g, '');
    if (piece.startsWith('\u0002')) spans.push({ from: text.length, to: text.length + plain.length });
    text += plain;
  }
  return { text, spans };
}

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
  /** The newest match when the first page was read; 0 where there was none. */
  moment: number;
  /** The next page goes on below it; null where nothing is left. */
  next: number | null;
}

/**
 * The newest match of each session, newest first, of those up to `moment`; each session once over all pages, though it holds more
 * matches below. `place`: where the page before ended. Of a query without a word nothing is found.
 */
export type Search = (query: string, from: { moment: number; place: number }) => SearchPage;

export function createSearch(raw: Db['raw']): Search {
  const matches = raw.prepare<[string, number], number>(MATCHES).pluck();
  const sessionOf = createSessions(raw);
  const shown = raw.prepare<[number], { type: string; session: SessionId; there: number; text: string }>(SHOWN);
  return (query, { moment, place }) => {
    const words = matchOf(query);
    const page: SearchPage = { found: [], moment: 0, next: null };
    if (words === null) return page;
    const wanted = wantedIn(query);
    const newest: number[] = [];
    const known = new Set<string>();
    let looked = 0;
    for (const seq of matches.iterate(words, moment)) {
      page.moment ||= seq;
      if (seq < place) looked += 1;
      if (looked > LIMITS.searchLooked.value) page.next = seq + 1;
      else {
        const session = sessionOf(seq);
        if (known.has(session)) continue;
        known.add(session);
        if (seq >= place) continue; // an earlier page has it
        newest.push(seq);
        if (newest.length === LIMITS.searchPage.value) page.next = seq;
      }
      if (page.next !== null) break;
    }
    for (const seq of newest) {
      const { type, session, there, text } = shown.get(seq)!;
      if (there) page.found.push({ session, match: { seq, type, ...snippetOf(text, wanted) } });
    }
    return page;
  };
}

/** Whose an event is. Asked for falling numbers; where a session's follow each other, it looks ahead and need not ask for each. */
function createSessions(raw: Db['raw']): (seq: number) => string {
  interface Place {
    chain: string;
    chainSeq: number;
  }
  const placeOf = raw.prepare<[number], Place>('SELECT chain, chain_seq AS chainSeq FROM events WHERE seq = ?');
  let run = { chain: '', from: 0, to: 0 };
  return (seq) => {
    if (seq >= run.from && seq <= run.to) return run.chain;
    const { chain, chainSeq } = placeOf.get(seq)!;
    const isSame = chain === run.chain;
    run = { chain, from: seq, to: seq };
    // As many places back in the chain as in all events: everything in between is of this chain.
    for (let step = 64; isSame; step *= 4) {
      const before = placeOf.get(seq - step);
      if (before?.chain !== chain || before.chainSeq !== chainSeq - step) break;
      run.from = seq - step;
    }
    return chain;
  };
}

// Cast, for a number of JavaScript is bound as a real, and FTS5 passes over a rowid that is no integer.
const MATCHES = `
  SELECT rowid FROM search WHERE search MATCH ? AND rowid <= CAST(? AS INTEGER) ORDER BY rowid DESC`;

/** `there`: one that was deleted is gone from the search a moment later. */
const SHOWN = `
  SELECT e.type, e.chain AS session, s.text,
    EXISTS (SELECT 1 FROM sessions WHERE id = e.chain AND trashed_until = '') AS there
  FROM events AS e JOIN search AS s ON s.rowid = e.seq WHERE e.seq = CAST(? AS INTEGER)`;

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

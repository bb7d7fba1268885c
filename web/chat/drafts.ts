/** Unsent words, kept by session in this browser until they are sent. */
import { readPref, writePref } from '../lib/prefs.ts';

const KEY = 'drafts';
/** Sessions whose drafts are kept; the one untouched for longest goes first. */
const MOST = 30;

export interface Draft {
  text: string;
  /** Files that were picked by name while it was written. */
  files: string[];
}

const EMPTY: Draft = { text: '', files: [] };

export function readDraft(session: string): Draft {
  return parse(readPref(KEY)).find(([id]) => id === session)?.[1] ?? EMPTY;
}

/** An empty text forgets the draft. */
export function writeDraft(session: string, draft: Draft): void {
  const others = parse(readPref(KEY)).filter(([id]) => id !== session);
  const all = draft.text === '' ? others : [...others, [session, draft]];
  writePref(KEY, JSON.stringify(all.slice(-MOST)));
}

/** What stands in storage may be anything: what is not a list of drafts is none. */
function parse(stored: string | null): [string, Draft][] {
  try {
    const held: unknown = JSON.parse(stored ?? '[]');
    return Array.isArray(held) ? held.filter(isEntry) : [];
  } catch {
    return []; // not ours, or cut short: there is no draft then
  }
}

function isEntry(entry: unknown): entry is [string, Draft] {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string') return false;
  const draft: unknown = entry[1];
  if (typeof draft !== 'object' || draft === null || !('text' in draft) || !('files' in draft)) return false;
  return (
    typeof draft.text === 'string' && Array.isArray(draft.files) && draft.files.every((f) => typeof f === 'string')
  );
}

/** Finds files by their paths: letters in order, a part of a name, or a glob. */
import fuzzysort, { type Prepared } from 'fuzzysort';
import { LIMITS } from '../../shared/limits.ts';
import { fits, parseGlob } from '../base/glob.ts';
import { crawl, type Crawl } from './crawl.ts';

export interface Found {
  /** Best first. */
  paths: string[];
  truncated: boolean;
}

export type Find = (query: string, signal: AbortSignal) => Promise<Found>;

/** How long a crawl stands, in milliseconds: someone who types a name asks several times a second. */
const FRESH_MS = 3_000;

export function createFind(root: string, now: () => number = Date.now): Find {
  let last: { at: number; files: Promise<Crawl & { prepared: Prepared[] }> } | null = null;

  const files = () => {
    if (last && now() - last.at < FRESH_MS) return last.files;
    // The crawl serves whoever asks next too: it is not one asker's to stop. Its own bounds end it.
    const reading = crawl(root, new AbortController().signal).then((found) => ({
      ...found,
      prepared: found.paths.map((path) => fuzzysort.prepare(path)),
    }));
    last = { at: now(), files: reading };
    reading.catch(() => (last = null));
    return reading;
  };

  return async (query, signal) => {
    const { paths, prepared, truncated } = await files();
    signal.throwIfAborted();
    const limit = LIMITS.findResults.value;
    if (query.trim() === '') return { paths: paths.slice(0, limit), truncated: truncated || paths.length > limit };
    const found = /[*?]/.test(query) ? byGlob(paths, query) : byLetters(prepared, query);
    return { paths: found.slice(0, limit), truncated: truncated || found.length > limit };
  };
}

const byLetters = (prepared: Prepared[], query: string): string[] =>
  fuzzysort.go(query, prepared, { limit: LIMITS.findResults.value + 1 }).map((result) => result.target);

/** Without a `/` a glob fits a name at any depth. */
function byGlob(paths: string[], query: string): string[] {
  const pattern = query.toLowerCase();
  const glob = parseGlob(pattern.includes('/') ? pattern : `**/${pattern}`);
  return paths.filter((path) => fits(glob, path.toLowerCase().split('/')));
}

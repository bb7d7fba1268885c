/** Finds files by their paths: letters in order, a part of a name, or a glob, in an index that lives for a few seconds. */
import fuzzysort, { type Result, type Snapshot } from 'fuzzysort';
import { join } from 'node:path';
import { setImmediate as pause } from 'node:timers/promises';
import { LIMITS } from '../../shared/limits.ts';
import { fits, parseGlob } from '../base/glob.ts';
import { crawl } from './crawl.ts';
import { lookAt } from './look.ts';

export interface Found {
  /** Best first. */
  paths: string[];
  /** More fit than are given, or not all files were looked at. */
  truncated: boolean;
}

/** An empty query gives the first files by name. Throws the signal's reason. */
export type Find = (query: string, signal: AbortSignal) => Promise<Found>;

interface Index {
  paths: string[];
  /** In pieces, so that a search of many files lets others run in between. */
  pieces: Piece[];
  truncated: boolean;
}

interface Piece {
  paths: string[];
  /** Compact, and made ready only as far as it is searched; a target for each path would take a kilobyte each. */
  letters: Snapshot;
}

const PIECE = 8_192;

export function createFind(root: string): Find {
  let index: Promise<Index> | null = null;
  let sign = '';

  const current = (): Promise<Index> => {
    const now = signOfWrites(root);
    if (index !== null && now === sign) return index;
    sign = now;
    // The crawl serves whoever asks next too: it is not one asker's to stop. Its own bounds end it.
    const building = crawl(root, new AbortController().signal).then(({ paths, truncated }) => {
      setTimeout(forget, LIMITS.crawlCacheMs.value).unref();
      return { paths, pieces: piecesOf(paths), truncated };
    });
    const forget = () => void (index === building && (index = null));
    building.catch(forget);
    index = building;
    return building;
  };

  return async (query, signal) => {
    const { paths, pieces, truncated } = await current();
    signal.throwIfAborted();
    const asked = query.trim();
    const search =
      asked === ''
        ? firstOf(paths)
        : /[*?]/.test(asked)
          ? byGlob(pieces, asked, signal)
          : byLetters(pieces, asked, signal);
    const { found, more } = await search;
    return { paths: found, truncated: truncated || more };
  };
}

/** Every write of ours passes through this folder, and changes its time: what the agent has just made is found at once. */
function signOfWrites(root: string): string {
  return String(lookAt(join(root, '.vtcode/tmp'))?.mtimeNs);
}

function piecesOf(paths: readonly string[]): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < paths.length; at += PIECE) {
    const some = paths.slice(at, at + PIECE);
    pieces.push({ paths: some, letters: fuzzysort.snapshot(some) });
  }
  return pieces;
}

interface Ranked {
  found: string[];
  more: boolean;
}

const LIMIT = LIMITS.findResults.value;

const firstOf = (paths: readonly string[]): Ranked => ({ found: paths.slice(0, LIMIT), more: paths.length > LIMIT });

async function byLetters(pieces: readonly Piece[], query: string, signal: AbortSignal): Promise<Ranked> {
  const best: Result[] = [];
  let total = 0;
  for (const { letters } of pieces) {
    const results = fuzzysort.go(query, letters, { limit: LIMIT, threshold: 0 });
    total += results.total;
    best.push(...results);
    await pause();
    signal.throwIfAborted();
  }
  best.sort((a, b) => b.score - a.score);
  return { found: best.slice(0, LIMIT).map((result) => result.target), more: total > LIMIT };
}

/** Without a `/` a glob fits a name at any depth. Case does not matter. */
async function byGlob(pieces: readonly Piece[], query: string, signal: AbortSignal): Promise<Ranked> {
  const glob = parseGlob(query.toLowerCase().replace(/^\.?\//, ''));
  const namesOf = query.includes('/')
    ? (path: string) => path.toLowerCase().split('/')
    : (path: string) => [path.slice(path.lastIndexOf('/') + 1).toLowerCase()];
  const fitting: string[] = [];
  for (const { paths } of pieces) {
    for (const path of paths) if (fits(glob, namesOf(path))) fitting.push(path);
    if (fitting.length > LIMIT) break;
    await pause();
    signal.throwIfAborted();
  }
  return firstOf(fitting);
}

/** Carries out the reads of the agent: files, folders, searches. Each answer is text that a model can go on from. */
import type { ReadAction } from '../../shared/action.ts';
import type { FileEntry, TextMatch } from '../../shared/api.ts';
import { LIMITS } from '../../shared/limits.ts';
import { refusalOf } from '../base/contained.ts';
import type { Spawn } from '../base/spawn.ts';
import { visible } from '../base/visible.ts';
import type { PathRule } from '../policy/paths.ts';
import type { Performed } from '../run/perform.ts';
import { done, failed } from './answer.ts';
import { createFind, type Found } from './find.ts';
import { createGitStates } from './git-state.ts';
import { createGrep, type Grepped } from './grep.ts';
import { listFolder, type Listing } from './list.ts';
import { readFile } from './read-file.ts';

export interface ReaderOptions {
  /** The workspace by its real path. */
  root: string;
  spawn: Spawn;
  /** Absolute path of ripgrep. */
  rgPath: string;
  /** The rules about paths that the settings add, as they stand at this moment. */
  pathRules(): Promise<readonly PathRule[]>;
}

export type Reader = (action: ReadAction, signal: AbortSignal) => Promise<Performed>;

/** Never throws for what a file system can answer; throws the signal's reason when it is stopped. */
export function createReader({ root, spawn, rgPath, pathRules }: ReaderOptions): Reader {
  const gitStates = createGitStates(root);
  const find = createFind(root);
  const grep = createGrep({ root, spawn, rgPath, pathRules });
  const read = async (action: ReadAction, signal: AbortSignal): Promise<Performed> => {
    switch (action.tool) {
      case 'read_file':
        return readFile(root, action, signal);
      case 'list_directory': {
        const facts = { git: await gitStates(), rules: await pathRules() };
        const listing = await listFolder(root, action.path, facts);
        return listing.ok ? listed(listing) : failed(listing.code, listing.message);
      }
      case 'find_files':
        return named(action.query, await find(action.query, signal));
      case 'search_text': {
        const found = await grep({ ...action, signal });
        return found.ok ? matched(found) : failed(found.code, found.message);
      }
    }
  };
  return async (action, signal) => {
    try {
      return await read(action, signal);
    } catch (error) {
      const { code, message } = refusalOf(error, action.path); // the signal's reason, and bugs, are thrown on
      return failed(code, message);
    }
  };
}

/** Room for the notes behind the lines. */
const CHARS = LIMITS.toolResultChars.value - 1_000;

/** As many of the lines as fit, and the notes; `empty` where there is neither. */
function text(
  lines: readonly string[],
  { empty, notes, truncated }: { empty: string; notes: string[]; truncated: boolean },
): Performed {
  let chars = 0;
  const fitting = lines.findIndex((line) => (chars += line.length + 1) > CHARS);
  const kept = fitting < 0 ? lines : lines.slice(0, fitting);
  const left = lines.length - kept.length;
  const more = left > 0 ? [`[${left} further lines left out for the length]`] : [];
  const content = [...kept, ...more, ...notes].join('\n') || empty;
  return done(content, { bytes: Buffer.byteLength(content), truncated: truncated || left > 0 });
}

function listed({ path, entries, left }: Listing): Performed {
  const notes = left > 0 ? [`[${left} further names left out: use find_files]`] : [];
  return text(entries.map(entryLine), { empty: `${shown(path)} is empty.`, notes, truncated: left > 0 });
}

function named(query: string, { paths, truncated }: Found): Performed {
  const notes = truncated ? ['[there are more: narrow the query]'] : [];
  return text(paths.map(shown), { empty: `No file fits ${visible(query)}.`, notes, truncated });
}

function matched({ matches, truncated, timedOut, guarded, tooLong }: Extract<Grepped, { ok: true }>): Performed {
  const notes = [
    ...(truncated ? ['[there are more matches: narrow the pattern, the path or the glob]'] : []),
    ...(timedOut ? ['[the search took too long and was stopped: narrow it]'] : []),
    ...(guarded > 0
      ? [`[matches in ${count(guarded, 'file')} left out, as likely to hold secrets: read_file asks the person]`]
      : []),
    ...(tooLong > 0 ? [`[${count(tooLong, 'line')} matched and left out, as too long]`] : []),
  ];
  return text(matchLines(matches), { empty: 'No match.', notes, truncated: truncated || timedOut });
}

const count = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;

/** A path whole, hidden characters shown. */
const shown = (path: string) => visible(path, LIMITS.pathBytes.value);

function entryLine({ name, kind, size, git, protected: isProtected, sensitive }: FileEntry): string {
  const marked = `${shown(name)}${kind === 'directory' ? '/' : kind === 'link' ? '@' : ''}`;
  const facts = [
    ...(kind === 'file' ? [`${size} bytes`] : kind === 'other' ? ['not a regular file'] : []),
    ...(git === 'clean' || git === 'none' ? [] : [git]),
    ...(isProtected ? ['protected'] : []),
    ...(sensitive ? ['sensitive: reading it asks the person'] : []),
  ];
  return facts.length === 0 ? marked : `${marked}  (${facts.join(', ')})`;
}

/** Grouped by file, as ripgrep shows them to a person: the path is said once. */
function matchLines(matches: readonly TextMatch[]): string[] {
  let last = '';
  return matches.flatMap(({ path, line, text: found }) => {
    const head = path === last ? [] : [shown(path)];
    last = path;
    return [...head, `${String(line).padStart(4)}\t${found}`];
  });
}

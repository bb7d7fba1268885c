/** Carries out the reads of the agent: files, folders, searches. Each answer is text that a model can go on from. */
import type { ReadAction } from '../../shared/action.ts';
import type { FileEntry, TextMatch } from '../../shared/api.ts';
import type { Spawn } from '../base/spawn.ts';
import { visible } from '../base/visible.ts';
import type { Performed } from '../run/perform.ts';
import { done, failed } from './answer.ts';
import { createFind } from './find.ts';
import { createGitStates } from './git-state.ts';
import { createGrep } from './grep.ts';
import { listFolder } from './list.ts';
import { readFile } from './read-file.ts';

export interface ReaderOptions {
  /** The workspace by its real path. */
  root: string;
  spawn: Spawn;
  /** Absolute path of ripgrep. */
  rgPath: string;
}

export type Reader = (action: ReadAction, signal: AbortSignal) => Promise<Performed>;

/** Never throws for what a file system can answer; throws the signal's reason when it is stopped. */
export function createReader({ root, spawn, rgPath }: ReaderOptions): Reader {
  const gitStates = createGitStates(root);
  const find = createFind(root);
  const grep = createGrep({ root, spawn, rgPath });
  return async (action, signal) => {
    switch (action.tool) {
      case 'read_file':
        return readFile(root, action, signal);
      case 'list_directory': {
        const listing = await listFolder(root, action.path, await gitStates());
        if (!listing.ok) return failed(listing.code, listing.message);
        return text(listing.entries.map(entryLine), { empty: `${visible(action.path)} is empty.`, left: listing.left });
      }
      case 'find_files': {
        const { paths, truncated } = await find(action.query, signal);
        const more = truncated ? ['[there are more: narrow the query]'] : [];
        return text([...paths.map((path) => visible(path)), ...more], {
          empty: `No file fits ${visible(action.query)}.`,
          left: 0,
        });
      }
      case 'search_text': {
        const found = await grep({ ...action, signal });
        if (!found.ok) return failed('bad_pattern', found.message);
        const notes = found.truncated ? ['[there are more matches: narrow the pattern, the path or the glob]'] : [];
        if (found.timedOut) notes.push('[the search took too long and was stopped: narrow it]');
        return text([...matchLines(found.matches), ...notes], { empty: 'No match.', left: 0 });
      }
    }
  };
}

function text(lines: string[], { empty, left }: { empty: string; left: number }): Performed {
  const more = left > 0 ? [`[${left} further names left out]`] : [];
  const content = lines.length === 0 ? empty : [...lines, ...more].join('\n');
  return done(content, { bytes: Buffer.byteLength(content), truncated: left > 0 });
}

function entryLine({ name, kind, size, git, protected: isProtected, sensitive }: FileEntry): string {
  const shown = `${visible(name)}${kind === 'directory' ? '/' : kind === 'link' ? '@' : ''}`;
  const facts = [
    ...(kind === 'file' ? [`${size} bytes`] : kind === 'other' ? ['not a regular file'] : []),
    ...(git === 'clean' || git === 'none' ? [] : [git]),
    ...(isProtected ? ['protected'] : []),
    ...(sensitive ? ['sensitive: reading it asks the person'] : []),
  ];
  return facts.length === 0 ? shown : `${shown}  (${facts.join(', ')})`;
}

/** Grouped by file, as ripgrep shows them to a person: the path is said once. */
function matchLines(matches: TextMatch[]): string[] {
  let last = '';
  return matches.flatMap(({ path, line, text: found }) => {
    const head = path === last ? [] : [visible(path)];
    last = path;
    return [...head, `${String(line).padStart(6)}\t${found}`];
  });
}

/** Searches text with ripgrep: bounded in time, lines and bytes, and blind to files that hold secrets. */
import { z } from 'zod';
import type { TextMatch } from '../../shared/api.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { Spawn } from '../base/spawn.ts';
import { classify } from '../policy/paths.ts';

export interface GrepRequest {
  /** A file or folder below the workspace; `.` for all of it. */
  path: string;
  /** As ripgrep has it: Rust's regular expressions, which take time in proportion to the text, whatever the pattern. */
  pattern: string;
  glob: string | null;
  signal: AbortSignal;
}

export type Grepped =
  { ok: true; matches: TextMatch[]; truncated: boolean; timedOut: boolean } | { ok: false; message: string };

export type Grep = (request: GrepRequest) => Promise<Grepped>;

/** A line of `rg --json`. Paths and lines that are not UTF-8 come as base64 in `bytes`. */
const Text = z.union([z.object({ text: z.string() }), z.object({ bytes: z.string() })]);
const Match = z.object({
  type: z.literal('match'),
  data: z.object({
    path: Text,
    lines: Text,
    line_number: z.int(),
    submatches: z.array(z.object({ start: z.int() })),
  }),
});

/** Larger files are passed over: no source is, and a line of such a file says nothing. */
const MAX_FILE = '8M';
const OPTIONS = ['--smart-case', `--max-filesize=${MAX_FILE}`, '--glob=!**/.git/**', '--glob=!**/.vtcode/**'];

export function createGrep({ root, spawn, rgPath }: { root: string; spawn: Spawn; rgPath: string }): Grep {
  return async ({ path, pattern, glob, signal }) => {
    const matches: TextMatch[] = [];
    const isHidden = sensitiveCheck();
    const limit = LIMITS.searchMatches.value;
    const line = (bytes: Buffer, cut: boolean): boolean => {
      const match = cut ? null : readMatch(bytes);
      if (match && !isHidden(match.path)) matches.push(match);
      return matches.length <= limit; // one more than is shown tells that there is more
    };
    const filter = glob === null ? [] : [`--glob=${glob}`];
    const argv = [rgPath, ...filter, ...OPTIONS, '-e', pattern, '--', path === '.' ? './' : `./${path}`];
    const result = await spawn.run('search', argv, {
      signal,
      cwd: root,
      env: 'minimal',
      stdin: 'none',
      timeoutMs: LIMITS.searchMs.value,
      maxOutputBytes: LIMITS.searchOutputBytes.value,
      onLine: { maxLineBytes: LIMITS.lineChars.value * 16, line },
    });
    signal.throwIfAborted();
    if (result.startError !== '')
      return { ok: false, message: `The searcher could not be started: ${result.startError}` };
    // 2 with matches: some file could not be read; what was found stands.
    if (result.code === 2 && matches.length === 0 && result.stderr.length > 0)
      return { ok: false, message: wordsOf(result.stderr) };
    const truncated = matches.length > limit || result.truncated;
    return { ok: true, matches: matches.slice(0, limit), truncated, timedOut: result.timedOut };
  };
}

function readMatch(bytes: Buffer): TextMatch | null {
  if (!bytes.includes('"type":"match"')) return null;
  const parsed = Match.safeParse(JSON.parse(bytes.toString('utf8')));
  if (!parsed.success) return null;
  const { path, lines, line_number: line, submatches } = parsed.data.data;
  const text = textOf(lines).replace(/\r?\n$/, '');
  const at = submatches[0]?.start ?? 0;
  return {
    path: textOf(path).replace(/^\.\//, ''),
    line,
    column: columnOf(text, at),
    text: text.slice(0, LIMITS.lineChars.value),
  };
}

const textOf = (held: z.infer<typeof Text>) =>
  'text' in held ? held.text : Buffer.from(held.bytes, 'base64').toString('utf8');

/** ripgrep counts bytes; a person counts characters, from 1. */
const columnOf = (text: string, byte: number) =>
  Buffer.from(text, 'utf8').subarray(0, byte).toString('utf8').length + 1;

/** Each file is judged once. */
function sensitiveCheck(): (path: string) => boolean {
  const known = new Map<string, boolean>();
  return (path) => {
    const held = known.get(path) ?? classify(path).sensitive.length > 0;
    known.set(path, held);
    return held;
  };
}

/** Its own words, without the name of the program and what it says of its options. */
function wordsOf(stderr: Buffer): string {
  const text = stderr.toString('utf8').trim().slice(0, LIMITS.reasonChars.value);
  return text.replace(/^rg: /gm, '').replace(/\n\nConsider enabling[^]*$/, '');
}

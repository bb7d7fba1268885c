/** Searches text with ripgrep: bounded in time, lines and bytes, and blind to files that hold secrets. */
import * as z from 'zod';
import type { TextMatch } from '../../shared/api.ts';
import { LIMITS } from '../../shared/limits.ts';
import { locate } from '../base/contained.ts';
import { partOf } from '../base/text.ts';
import { visible } from '../base/visible.ts';
import { classify, type PathRule } from '../policy/paths.ts';
import type { ReaderOptions } from './reader.ts';

export interface GrepRequest {
  /** A file or folder below the workspace; `.` for all of it. */
  path: string;
  /** As ripgrep has it: Rust's regular expressions, which take time in proportion to the text, whatever the pattern. */
  pattern: string;
  glob: string | null;
  signal: AbortSignal;
}

export type Grepped =
  | {
      ok: true;
      matches: TextMatch[];
      /** There are more matches than are given. */
      truncated: boolean;
      timedOut: boolean;
      /** Files with matches that were left out, for they are likely to hold secrets. */
      guarded: number;
      /** Lines that matched and are too long to be reported. */
      tooLong: number;
    }
  | { ok: false; code: string; message: string };

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

/** After those of the caller, so that these have the last word. */
const OPTIONS = [
  '--smart-case',
  `--max-filesize=${LIMITS.searchFileBytes.value / 1024}K`,
  '--iglob=!.git',
  '--iglob=!.vtcode',
];
const ENVIRONMENT = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' };

export function createGrep({ root, spawn, rgPath, pathRules }: ReaderOptions): Grep {
  return async ({ path, pattern, glob, signal }) => {
    // The searcher opens by path and follows a link that it is given: what was judged must still stand there.
    const place = locate(root, path, 'none');
    if (!place.ok) return place;
    place.close();
    const kind = place.node?.facts.kind;
    if (kind !== 'file' && kind !== 'directory')
      return { ok: false, code: 'not_found', message: `There is no ${visible(path)} that can be searched.` };

    const found = collector(await pathRules());
    const filter = glob === null ? [] : [`--glob=${glob}`];
    const argv = [rgPath, ...filter, ...OPTIONS, '-e', pattern, '--', path === '.' ? './' : `./${path}`];
    const result = await spawn.run('search', argv, {
      signal,
      cwd: root,
      env: ENVIRONMENT,
      stdin: 'none',
      timeoutMs: LIMITS.searchMs.value,
      maxOutputBytes: LIMITS.searchOutputBytes.value,
      onLine: { maxLineBytes: LIMITS.searchLineBytes.value, line: found.line },
    });
    signal.throwIfAborted();
    if (result.startError !== '') {
      return { ok: false, code: 'not_started', message: `The searcher could not be started: ${result.startError}` };
    }
    // 2 with matches: some file could not be read; what was found stands.
    if (result.code === 2 && found.matches.length === 0 && result.stderr.length > 0) {
      return { ok: false, code: 'bad_pattern', message: wordsOf(result.stderr) };
    }
    const { matches, guarded, tooLong } = found;
    const truncated = matches.length > LIMITS.searchMatches.value || result.truncated;
    const shown = matches.slice(0, LIMITS.searchMatches.value).sort(byPlace);
    return {
      ok: true,
      matches: shown,
      truncated,
      timedOut: result.timedOut,
      guarded: guarded.size,
      tooLong: tooLong.count,
    };
  };
}

/** Takes the reports line by line, and says when there are enough of them. */
function collector(rules: readonly PathRule[]) {
  const matches: TextMatch[] = [];
  const guarded = new Set<string>();
  const tooLong = { count: 0 };
  const isGuarded = guardedCheck(rules);
  let bytes = 0;
  const line = (report: Buffer, cut: boolean): boolean => {
    const isMatch = report.subarray(0, MATCH.length).equals(MATCH);
    if (cut && isMatch) tooLong.count++;
    const match = cut || !isMatch ? null : readMatch(report);
    if (match === null) return tooLong.count < LIMITS.searchMatches.value;
    if (isGuarded(match.path)) guarded.add(match.path);
    else {
      matches.push(match);
      bytes += match.path.length + match.text.length;
    }
    // One more than is shown tells that there is more.
    return matches.length <= LIMITS.searchMatches.value && bytes < LIMITS.searchOutputBytes.value;
  };
  return { matches, guarded, tooLong, line };
}

const MATCH = Buffer.from('{"type":"match"');

function readMatch(bytes: Buffer): TextMatch | null {
  const parsed = Match.safeParse(JSON.parse(bytes.toString('utf8')));
  if (!parsed.success) return null;
  const { path, lines, line_number: line, submatches } = parsed.data.data;
  const raw = bytesOf(lines);
  const start = raw.subarray(0, submatches[0]?.start ?? 0).toString('utf8').length;
  const text = raw.toString('utf8').replace(/\r?\n$/, '');
  return {
    path: bytesOf(path).toString('utf8').replace(/^\.\//, ''),
    line,
    column: start + 1,
    text: around(text, start),
  };
}

const bytesOf = (held: z.infer<typeof Text>) =>
  'text' in held ? Buffer.from(held.text, 'utf8') : Buffer.from(held.bytes, 'base64');

/** The line, or of a long one what stands around the match. */
function around(text: string, start: number): string {
  const max = LIMITS.lineChars.value;
  if (text.length <= max) return text;
  const from = Math.max(0, Math.min(start - max / 4, text.length - max));
  return `${from > 0 ? '…' : ''}${partOf(text, from, from + max)}${from + max < text.length ? '…' : ''}`;
}

const byPlace = (a: TextMatch, b: TextMatch) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1);

/** Each file is judged once. */
function guardedCheck(rules: readonly PathRule[]): (path: string) => boolean {
  const known = new Map<string, boolean>();
  return (path) => {
    const held = known.get(path) ?? isGuardedPath(path, rules);
    known.set(path, held);
    return held;
  };
}

function isGuardedPath(path: string, rules: readonly PathRule[]): boolean {
  const found = classify(path, rules);
  return found.sensitive.length > 0 || found.protected.length > 0;
}

/** Its own words, without the name of the program and what it says of its options. */
function wordsOf(stderr: Buffer): string {
  const text = stderr.toString('utf8').trim().slice(0, LIMITS.reasonChars.value);
  return text.replace(/^rg: /gm, '').replace(/\n\nConsider enabling[^]*$/, '');
}

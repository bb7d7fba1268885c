/** What a verdict may ask of the workspace as it stands. The gate answers; the same answers give the same verdict. */

/** What stands under a path, all links followed. `path` is relative to the workspace, `.` for its root; `size` in bytes, of a file. */
export type Entry =
  | { at: 'inside'; path: string; kind: 'file' | 'directory' | 'other' | 'absent'; size: number }
  | { at: 'outside' }
  /** It could not be looked at. */
  | { at: 'unknown' };

/** What a name runs: a program outside the workspace, one inside of it, or nothing that was found. */
export type Program =
  | { kind: 'system'; path: string }
  | { kind: 'workspace'; path: string }
  /** Outside, and in no directory of PATH. */
  | { kind: 'stray'; path: string }
  | { kind: 'none' };

/** What a program that reads all below a folder would come upon, and should not without a question. */
export interface Below {
  /** Files that are likely to hold a secret. `tracked`: git has them in its index. */
  secrets: readonly { path: string; tracked: boolean }[];
  /** Links that lead to such a file or out of the workspace. */
  links: readonly string[];
  /** Names with blanks, quotes or line breaks, or that begin with a dash: xargs would read them as several words, or as flags. */
  odd: readonly string[];
  /** There are more of one of these than are told. */
  isCut: boolean;
}

export interface World {
  /** `cwd` is relative to the workspace; `path` is as a program would get it. */
  entry(cwd: string, path: string): Entry;
  /** The words that bash makes of a pattern (server/base/glob.ts), in its order; none where nothing fits; null: too many, or not known. */
  glob(cwd: string, pattern: string): readonly string[] | null;
  program(name: string, cwd: string): Program;
  /** Null: not known yet, or too much to look through. */
  below(folder: string): Below | null;
}

/** Knows nothing: what would need an answer is asked for by its caller, a person. */
export const NO_WORLD: World = {
  entry: () => ({ at: 'unknown' }),
  glob: () => null,
  program: () => ({ kind: 'none' }),
  below: () => null,
};

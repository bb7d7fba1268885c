/** What a path is to the policy: protected, sensitive, an exec surface, or none; and by which rules. Pure. */
import type { Layer, PathKind } from '../../shared/verdict.ts';
import { foldName, withoutStream } from '../base/fold.ts';
import { fits, parseGlob, type Glob } from '../base/glob.ts';
import { EXEC_BUILD_RULES } from './paths-build.ts';
import { EXEC_RULES } from './paths-exec.ts';
import { PROTECTED_RULES, SENSITIVE_RULES } from './paths-guarded.ts';

/** What a rule calls a path decides what comes of it: no write, a question, a search that passes it over. */
export interface PathRule {
  id: string;
  kind: PathKind;
  layer: Layer;
  /** file:line, or `builtin/NAME`. */
  source: string;
  /**
   * Globs (server/base/glob.ts), compared without regard to case, Unicode form and other spellings of one name. Without a `/`:
   * a name at any depth. With one: a path from the workspace's root; `**` stands for any folders. What fits a folder holds for
   * all that is in it.
   */
  patterns: readonly string[];
  why: string;
}

/** A rule of ours carries its own proof: paths that it holds for, and near ones that it does not. */
export interface BuiltinPathRule extends PathRule {
  match: readonly string[];
  notMatch: readonly string[];
}

/** Each rule that holds, by its kind; empty where none does. */
export interface PathClass {
  protected: PathRule[];
  sensitive: PathRule[];
  execSurface: PathRule[];
}

export const BUILTIN_PATH_RULES: readonly BuiltinPathRule[] = [
  ...PROTECTED_RULES,
  ...SENSITIVE_RULES,
  ...EXEC_RULES,
  ...EXEC_BUILD_RULES,
];

/**
 * Judges a path by its names alone, as `parsePath` gives it. All spellings that some file system takes as one name are one:
 * `.GIT`, `.git `, `.ＧＩＴ`, `.g\u200cit` and `.git::$INDEX_ALLOCATION` are `.git` here. `extra` are rules of the settings.
 */
export function classify(path: string, extra: readonly PathRule[] = []): PathClass {
  const names = path.split('/').map(foldName);
  const found = new Set(spellings(names).flatMap((one) => matching(BUILTIN, one)));
  for (const rule of extra) if (ruleFits(rule, names)) found.add(rule);
  const of = (kind: PathRule['kind']) => [...found].filter((rule) => rule.kind === kind);
  return { protected: of('protected'), sensitive: of('sensitive'), execSurface: of('execSurface') };
}

interface Index {
  /** Rules by a plain name that stands anywhere in a path: nearly all of them. */
  names: Map<string, PathRule[]>;
  /** The others, each with letters that any path it fits must have: most are dismissed by these. */
  globs: { letters: string; glob: Glob; rule: PathRule }[];
}

const BUILTIN = indexOf(BUILTIN_PATH_RULES);

function indexOf(rules: readonly PathRule[]): Index {
  const index: Index = { names: new Map(), globs: [] };
  for (const rule of rules) {
    for (const pattern of rule.patterns) {
      const folded = foldPattern(pattern);
      if (/[/*?[\\]/.test(folded)) index.globs.push({ letters: lettersOf(folded), glob: globOf(folded), rule });
      else index.names.set(folded, [...(index.names.get(folded) ?? []), rule]);
    }
  }
  return index;
}

function matching(index: Index, names: readonly string[]): PathRule[] {
  const found = names.flatMap((name) => index.names.get(name) ?? []);
  const path = names.join('/');
  for (const { letters, glob, rule } of index.globs) {
    if (path.includes(letters) && !found.includes(rule) && fits(glob, names)) found.push(rule);
  }
  return found;
}

/** The longest stretch of a built-in pattern that is no sign of a glob and no set. */
function lettersOf(pattern: string): string {
  const plain = pattern.replace(/\[[^\]]*\]/g, '*').split(/[/*?]+/);
  return plain.reduce((longest, one) => (one.length > longest.length ? one : longest), '');
}

const COMPILED = new WeakMap<PathRule, Glob[]>();

function compiled(rule: PathRule): Glob[] {
  const known = COMPILED.get(rule);
  if (known) return known;
  const globs = rule.patterns.map((pattern) => globOf(foldPattern(pattern)));
  COMPILED.set(rule, globs);
  return globs;
}

const ruleFits = (rule: PathRule, names: readonly string[]) =>
  spellings(names).some((one) => compiled(rule).some((glob) => fits(glob, one)));

/** The names, and where a colon stands in one, the files whose streams they may be. */
const spellings = (names: readonly string[]): (readonly string[])[] =>
  names.some((name) => name.includes(':')) ? [names, names.map(withoutStream)] : [names];

/** Letters only: the signs of a glob stand as they are. */
function foldPattern(pattern: string): string {
  return pattern.normalize('NFKC').toUpperCase().toLowerCase();
}

function globOf(pattern: string): Glob {
  const anchored = pattern.replace(/^\//, '').replace(/\/(\*\*)?$/, '');
  const glob = parseGlob(anchored);
  // The trailing `folders` takes in all that is below.
  return [...(pattern.includes('/') ? [] : (['folders'] as const)), ...glob, 'folders'];
}

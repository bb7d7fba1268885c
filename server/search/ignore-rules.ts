/**
 * The rules of a .gitignore (gitignore(5)), read and matched in a time that its author cannot blow up. The file comes with the
 * repository; made into a regular expression, as the usual library does, a pattern of many double stars takes seconds a path.
 */
import { fits, parseGlob, type Glob } from '../base/glob.ts';
import { LIMITS } from '../../shared/limits.ts';

interface IgnoreRule {
  /** `!`: what an earlier rule ignores is not ignored. */
  negated: boolean;
  foldersOnly: boolean;
  /** True: matched against the path below the file's folder; false: against the last name alone. */
  anchored: boolean;
  /** The name itself, where the pattern has no signs: nearly always, and quicker. */
  plain: string | null;
  glob: Glob;
}

/** The rules of one file, for what is in `base` (a relative path, empty for the root) and below. */
export interface IgnoreFile {
  base: string;
  rules: readonly IgnoreRule[];
}

export function parseIgnore(base: string, text: string): IgnoreFile {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  const rules: IgnoreRule[] = [];
  for (const line of lines) {
    if (rules.length >= LIMITS.ignoreRules.value) break;
    const rule = parseRule(line);
    if (rule !== null) rules.push(rule);
  }
  return { base, rules };
}

/**
 * What the files say of one path: `null` where none of them speaks. The files stand outermost first; the innermost that speaks
 * decides, in it the last rule that fits. Whether a folder above is ignored is for the caller to ask first: nothing below it
 * can be taken in again.
 */
export function isIgnored(files: readonly IgnoreFile[], path: string, isFolder: boolean): boolean | null {
  for (let f = files.length - 1; f >= 0; f--) {
    const { base, rules } = files[f]!;
    const names = (base === '' ? path : path.slice(base.length + 1)).split('/');
    for (let r = rules.length - 1; r >= 0; r--) {
      if (ruleFits(rules[r]!, names, isFolder)) return !rules[r]!.negated;
    }
  }
  return null;
}

function ruleFits(rule: IgnoreRule, names: readonly string[], isFolder: boolean): boolean {
  if (rule.foldersOnly && !isFolder) return false;
  if (rule.anchored) return fits(rule.glob, names);
  const name = names[names.length - 1]!;
  return rule.plain === null ? fits(rule.glob, [name]) : rule.plain === name;
}

function parseRule(line: string): IgnoreRule | null {
  let pattern = withoutTrailingSpaces(line.replace(/\r$/, ''));
  if (pattern === '' || pattern.startsWith('#')) return null;
  const negated = pattern.startsWith('!');
  if (negated) pattern = pattern.slice(1);
  const foldersOnly = pattern.endsWith('/');
  if (foldersOnly) pattern = pattern.slice(0, -1);
  const anchored = pattern.includes('/');
  if (pattern.startsWith('/')) pattern = pattern.slice(1);
  if (pattern === '') return null;
  const plain = /[*?[\\]/.test(pattern) ? null : pattern;
  // What is in a folder, but not the folder: `x/**` needs at least one name more.
  const glob = parseGlob(pattern.endsWith('/**') ? `${pattern}/*` : pattern);
  return { negated, foldersOnly, anchored, plain, glob };
}

/** Spaces at the end do not count, unless a backslash stands before the first of them. */
function withoutTrailingSpaces(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === ' ') end--;
  let slashes = 0;
  while (line[end - 1 - slashes] === '\\') slashes++;
  return end < line.length && slashes % 2 === 1 ? line.slice(0, end + 1) : line.slice(0, end);
}

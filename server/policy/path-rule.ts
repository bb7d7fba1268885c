/** How the built-in rules about names are written down: patterns as words, and examples that a test holds them to. */
import type { PathKind } from '../../shared/verdict.ts';
import type { BuiltinPathRule } from './paths.ts';

export interface RuleText {
  /** Parted by blanks and line breaks. */
  patterns: string;
  why: string;
  match: readonly string[];
  notMatch: readonly string[];
}

export const builtin = (kind: PathKind, id: string, text: RuleText): BuiltinPathRule => ({
  id,
  kind,
  layer: 'builtin',
  source: 'builtin/paths',
  ...text,
  patterns: text.patterns.trim().split(/\s+/),
});
